package io.terrace.tier.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.BodyDigest;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The header of an entry to bytes and back. What scripts read and change stands at fixed places;
 * numbers are big-endian. The version and the stamp are the script's to fill in, so no checksum
 * covers them; the deadline has one of its own, as it is changed without knowing the rest. Both
 * cover the key, so that bytes of another key are never taken for this one's. {@code
 * docs/redis-layout.md} has the table and a sample.
 */
final class HeaderCodec {
  static final int FORMAT = 1;
  static final int FIXED_BYTES = 78;

  /** The most that key and metadata may take together. */
  static final int MAX_KEY_AND_METADATA_BYTES = 64 << 10;

  /** The longest header there is: metadata, digest, chunks. */
  static final int MAX_BYTES = FIXED_BYTES + MAX_KEY_AND_METADATA_BYTES + 64;

  static final int STALE = 1;
  static final int LONG = 2;
  static final int TAGGED = 4;
  static final int DIGEST = 8;
  static final int DESCRIBED = 16;
  private static final int ALL_FLAGS = STALE | LONG | TAGGED | DIGEST | DESCRIBED;

  private static final int DEADLINE_OFFSET = 18;
  private static final int CHECKS_OFFSET = 26;
  private static final int LENGTH_OFFSET = 34;

  private HeaderCodec() {}

  /** The bytes of a header, with zeros for version and stamp. */
  static byte[] encode(EntryHeader header, @Nullable Chunks chunks) {
    byte[] described = describe(header, chunks);
    ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + described.length);
    EntryKey key = header.key();
    out.put((byte) FORMAT).put((byte) flags(header, chunks));
    out.position(DEADLINE_OFFSET);
    out.putLong(header.expiresAtMillis());
    out.putInt(deadlineCheck(header.expiresAtMillis(), key)).putInt(0).putInt(out.capacity());
    out.putLong(key.hashHigh()).putLong(key.hashLow());
    out.putLong(header.createdAtMillis()).putLong(header.bodyLength());
    out.putInt(header.codecId()).putInt(header.checksum()).put(described);
    out.putInt(CHECKS_OFFSET + Integer.BYTES, check(out.array(), out.capacity(), key));
    return out.array();
  }

  private static int flags(EntryHeader header, @Nullable Chunks chunks) {
    Metadata metadata = header.metadata();
    boolean described = metadata.contentType() != null || !metadata.attributes().isEmpty();
    return (header.freshness() == Freshness.STALE ? STALE : 0)
        | (chunks == null ? 0 : LONG)
        | (metadata.tags().isEmpty() ? 0 : TAGGED)
        | (header.digest() == null ? 0 : DIGEST)
        | (described ? DESCRIBED : 0);
  }

  /** The checksum of a deadline, in UTC milliseconds, of a key. */
  static int deadlineCheck(long expiresAtMillis, EntryKey key) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(expiresAtMillis).flip());
    crc.update(key.bytes());
    return (int) crc.getValue();
  }

  private static int check(byte[] header, int length, EntryKey key) {
    CRC32C crc = new CRC32C();
    crc.update(header, 0, 2);
    crc.update(header, LENGTH_OFFSET, length - LENGTH_OFFSET);
    crc.update(key.bytes());
    return (int) crc.getValue();
  }

  /** What the metadata of a header take, in bytes. */
  static int metadataBytes(EntryHeader header) {
    return describe(header, null).length;
  }

  /** Whether an entry may have this tag: longer ones are never admitted. */
  static boolean mayHold(String tag) {
    return tag.length() < MAX_KEY_AND_METADATA_BYTES
        && tag.getBytes(UTF_8).length <= MAX_KEY_AND_METADATA_BYTES - 2 * Integer.BYTES;
  }

  private static byte[] describe(EntryHeader header, @Nullable Chunks chunks) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      if (chunks != null) {
        out.writeLong(chunks.idHigh());
        out.writeLong(chunks.idLow());
        out.writeInt(chunks.chunkBytes());
        out.writeInt(chunks.count());
      }
      writeDescription(header, out);
    } catch (IOException e) {
      throw new AssertionError("an array took no bytes", e);
    }
    return bytes.toByteArray();
  }

  private static void writeDescription(EntryHeader header, DataOutputStream out)
      throws IOException {
    Metadata metadata = header.metadata();
    if (!metadata.tags().isEmpty()) {
      out.writeInt(metadata.tags().size());
      for (String tag : metadata.tags()) {
        write(out, tag);
      }
    }
    BodyDigest digest = header.digest();
    if (digest != null) {
      out.writeLong(digest.high());
      out.writeLong(digest.low());
    }
    if (metadata.contentType() != null || !metadata.attributes().isEmpty()) {
      write(out, metadata.contentType());
      out.writeInt(metadata.attributes().size());
      for (Map.Entry<String, String> attribute : metadata.attributes().entrySet()) {
        write(out, attribute.getKey());
        write(out, attribute.getValue());
      }
    }
  }

  private static void write(DataOutputStream out, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeInt(-1);
      return;
    }
    byte[] utf8 = text.getBytes(UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  /**
   * How long the header says it is, of which the first bytes are given; 0 if it is none, and never
   * more than {@link #MAX_BYTES}.
   */
  static int length(byte[] bytes) {
    if (bytes.length < FIXED_BYTES || bytes[0] != FORMAT) {
      return 0;
    }
    int length = ByteBuffer.wrap(bytes).getInt(LENGTH_OFFSET);
    return length < FIXED_BYTES || length > MAX_BYTES ? 0 : length;
  }

  /**
   * Reads the header at the beginning of bytes that nobody vouches for.
   *
   * @return null if there is none, or not one of this key
   */
  static @Nullable StoredHeader decode(EntryKey key, byte[] bytes) {
    int length = length(bytes);
    if (length == 0 || length > bytes.length) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
    int flags = in.get(1);
    long deadline = in.getLong(DEADLINE_OFFSET);
    long checks = in.getLong(CHECKS_OFFSET);
    if ((flags & ~ALL_FLAGS) != 0
        || (int) (checks >>> Integer.SIZE) != deadlineCheck(deadline, key)
        || (int) checks != check(bytes, length, key)) {
      return null;
    }
    try {
      return decode(key, in, flags, checks);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable StoredHeader decode(
      EntryKey key, ByteBuffer in, int flags, long checks) {
    in.position(LENGTH_OFFSET + Integer.BYTES);
    long high = in.getLong();
    long low = in.getLong();
    boolean hashed = high == key.hashHigh() && low == key.hashLow();
    long created = in.getLong();
    long bodyLength = in.getLong();
    int codecId = in.getInt();
    int checksum = in.getInt();
    Chunks chunks =
        (flags & LONG) == 0
            ? null
            : new Chunks(in.getLong(), in.getLong(), in.getInt(), in.getInt());
    Set<String> tags = (flags & TAGGED) == 0 ? Set.of() : tags(in);
    BodyDigest digest = (flags & DIGEST) == 0 ? null : new BodyDigest(in.getLong(), in.getLong());
    Metadata metadata = metadata(in, tags, (flags & DESCRIBED) != 0);
    boolean sound = chunks == null ? bodyLength >= 0 : chunks.hold(bodyLength);
    long version = in.getLong(2);
    if (!hashed || !sound || version == EntryHeader.UNASSIGNED || in.hasRemaining()) {
      return null;
    }
    EntryHeader header =
        new EntryHeader(
            key,
            version,
            created,
            in.getLong(DEADLINE_OFFSET),
            bodyLength,
            codecId,
            checksum,
            metadata,
            digest,
            (flags & STALE) == 0 ? Freshness.FRESH : Freshness.STALE);
    return new StoredHeader(header, in.getLong(10), in.limit(), chunks, checks);
  }

  /** The hash that the header of a key of these bytes says it has; null if there is no header. */
  static @Nullable EntryKey key(byte[] keyBytes, byte[] header) {
    if (length(header) == 0) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(header);
    return new EntryKey(
        keyBytes, in.getLong(LENGTH_OFFSET + 4), in.getLong(LENGTH_OFFSET + 4 + Long.BYTES));
  }

  private static Set<String> tags(ByteBuffer in) {
    Set<String> tags = new LinkedHashSet<>();
    for (int left = in.getInt(); left > 0; left--) {
      tags.add(text(in, in.getInt()));
    }
    return tags;
  }

  private static Metadata metadata(ByteBuffer in, Set<String> tags, boolean described) {
    if (!described) {
      return tags.isEmpty() ? Metadata.NONE : new Metadata(null, tags, Map.of());
    }
    int typeLength = in.getInt();
    String contentType = typeLength == -1 ? null : text(in, typeLength);
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      attributes.put(text(in, in.getInt()), text(in, in.getInt()));
    }
    return new Metadata(contentType, tags, attributes);
  }

  private static String text(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    String text = new String(in.array(), in.arrayOffset() + in.position(), length, UTF_8);
    in.position(in.position() + length);
    return text;
  }
}
