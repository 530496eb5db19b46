package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.PurgeMode;
import io.terrace.tier.Change;
import io.terrace.tier.Changes;
import io.terrace.tier.EntryKey;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code change.lua} and the other scripts tell. Numbers are big-endian: a byte for the
 * format, 16 bits for the partition, 64 for the step before, the step and its origin each, 16 for
 * the number of changes. A change of a key: its kind, 64 bits of version, 128 of hash, 32 for the
 * length of the key, the key. A clear: its kind, 64 bits. A tag: its kind, the mode, 64 bits, 16
 * for the length of the tag, the tag.
 */
final class MessageCodec {
  private static final int FORMAT = 1;
  private static final int CLEAR = 6;
  private static final int TAG = 7;
  private static final int FILLED = 8;
  private static final int ANNOUNCED = 9;
  private static final int CONTENDED = 10;
  private static final int HARD = 1;
  private static final int SOFT = 2;

  private MessageCodec() {}

  /**
   * Reads bytes that nobody vouches for; null if they are not a message.
   *
   * @param partitions how many there are
   */
  static @Nullable Changes decode(byte[] message, int partitions) {
    ByteBuffer in = ByteBuffer.wrap(message);
    try {
      if (in.get() != FORMAT) {
        return null;
      }
      int partition = Short.toUnsignedInt(in.getShort());
      long previous = in.getLong();
      long sequence = in.getLong();
      long origin = in.getLong();
      List<Change> changes = new ArrayList<>();
      for (int left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
        Change change = change(in);
        if (change == null) {
          return null;
        }
        changes.add(change);
      }
      boolean sound =
          partition < partitions && previous >= 0 && previous < sequence && !changes.isEmpty();
      return !sound || in.hasRemaining()
          ? null
          : new Changes(partition, previous, sequence, origin, changes);
    } catch (BufferUnderflowException e) {
      return null;
    }
  }

  private static @Nullable Change change(ByteBuffer in) {
    int kind = in.get();
    return switch (kind) {
      case 1 -> ofKey(Change.Kind.CREATED, in);
      case 2 -> ofKey(Change.Kind.UPDATED, in);
      case 3 -> ofKey(Change.Kind.REMOVED, in);
      case 4 -> ofKey(Change.Kind.EXPIRED, in);
      case 5 -> ofKey(Change.Kind.HEADER, in);
      case CLEAR -> new Change.Clear(in.getLong());
      case TAG -> ofTag(in);
      case FILLED -> ofKey(Change.Kind.FILLED, in);
      case ANNOUNCED -> ofKey(Change.Kind.ANNOUNCED, in);
      case CONTENDED -> ofKey(Change.Kind.CONTENDED, in);
      default -> null;
    };
  }

  private static Change ofKey(Change.Kind kind, ByteBuffer in) {
    long version = in.getLong();
    long hashHigh = in.getLong();
    long hashLow = in.getLong();
    EntryKey key = new EntryKey(bytes(in, in.getInt()), hashHigh, hashLow);
    return new Change.OfKey(kind, key, version);
  }

  private static @Nullable Change ofTag(ByteBuffer in) {
    int mode = in.get();
    long through = in.getLong();
    String tag = new String(bytes(in, Short.toUnsignedInt(in.getShort())), UTF_8);
    return switch (mode) {
      case HARD -> new Change.OfTag(tag, PurgeMode.HARD, through);
      case SOFT -> new Change.OfTag(tag, PurgeMode.SOFT, through);
      default -> null;
    };
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
