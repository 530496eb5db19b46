package io.terrace.stack;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.terrace.BodyDigest;
import io.terrace.EntryInfo;
import io.terrace.StreamValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** When two streams are equal: as long as one another and of one digest. */
final class StreamEquality {
  private static final int BUFFER_BYTES = 64 << 10;

  private StreamEquality() {}

  /**
   * Whether both have the same bytes; false also where that cannot be known, since one of them is a
   * source that can be read only once.
   *
   * @throws UncheckedIOException if a source cannot be read
   */
  static boolean areEqual(StreamValue one, StreamValue other) {
    if (one == other) {
      return true;
    }
    if (one.length() >= 0 && other.length() >= 0 && one.length() != other.length()) {
      return false;
    }
    try {
      BodyDigest digest = digest(one);
      return digest != null && digest.equals(digest(other));
    } catch (IOException e) {
      throw new UncheckedIOException("two values cannot be compared: " + e.getMessage(), e);
    }
  }

  private static @Nullable BodyDigest digest(StreamValue value) throws IOException {
    EntryInfo info = value.info();
    if (info != null) {
      return info.digest();
    }
    return value.isRepeatable() ? digestOf(value) : null;
  }

  private static BodyDigest digestOf(StreamValue source) throws IOException {
    HashStream128 digest = Hashing.xxh3_128().hashStream();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    try (ReadableByteChannel channel = source.channel()) {
      while (channel.read(buffer.clear()) >= 0) {
        update(digest, buffer.flip());
      }
    }
    return value(digest);
  }

  /** Adds the remaining bytes, without moving the position. */
  static void update(HashStream128 digest, ByteBuffer bytes) {
    if (bytes.hasArray()) {
      digest.putBytes(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
      return;
    }
    ByteBuffer rest = bytes.duplicate();
    byte[] part = new byte[Math.min(rest.remaining(), BUFFER_BYTES)];
    while (rest.hasRemaining()) {
      int count = Math.min(part.length, rest.remaining());
      rest.get(part, 0, count);
      digest.putBytes(part, 0, count);
    }
  }

  static BodyDigest value(HashStream128 digest) {
    HashValue128 value = digest.get();
    return new BodyDigest(value.getMostSignificantBits(), value.getLeastSignificantBits());
  }
}
