package io.terrace.tier.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.EntryTooLargeForTierException.Part;
import io.terrace.tier.MetadataCodec;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What an item says of its entry beside key, version and deadline, to bytes and back. A checksum
 * covers them, the key, its hash and the name of the object with the body. {@code
 * docs/aws-layout.md} has the table and a sample.
 */
final class HeaderCodec {
  static final byte FORMAT = 1;

  /** Beside metadata. */
  static final int FIXED_BYTES = 29;

  /** The most that key and metadata may take together: an item is 400 KB at most. */
  static final int MAX_KEY_AND_METADATA_BYTES = 64 << 10;

  private static final int CHECK_OFFSET = 1;

  private HeaderCodec() {}

  /** A header that takes more than there is room for is refused. */
  static void requireFits(EntryHeader header) throws EntryTooLargeForTierException {
    long bytes = (long) header.key().bytes().length + MetadataCodec.encode(header).length;
    if (bytes > MAX_KEY_AND_METADATA_BYTES) {
      throw new EntryTooLargeForTierException(
          AwsTier.NAME, bytes, MAX_KEY_AND_METADATA_BYTES, Part.KEY_AND_METADATA);
    }
  }

  /** Whether an entry may have this tag: longer ones are never admitted. */
  static boolean mayHold(String tag) {
    return tag.length() < MAX_KEY_AND_METADATA_BYTES
        && tag.getBytes(UTF_8).length <= MAX_KEY_AND_METADATA_BYTES;
  }

  /**
   * The bytes of a header.
   *
   * @param object the name of the object with the body, or null if the item has it
   */
  static byte[] encode(EntryHeader header, @Nullable String object) {
    byte[] described = MetadataCodec.encode(header);
    ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + described.length);
    out.put(FORMAT).putInt(0).putLong(header.createdAtMillis()).putLong(header.bodyLength());
    out.putInt(header.codecId()).putInt(header.checksum()).put(described);
    out.putInt(CHECK_OFFSET, check(out.array(), header.key(), object));
    return out.array();
  }

  private static int check(byte[] header, EntryKey key, @Nullable String object) {
    CRC32C crc = new CRC32C();
    crc.update(header, 0, CHECK_OFFSET);
    int rest = CHECK_OFFSET + Integer.BYTES;
    crc.update(header, rest, header.length - rest);
    ByteBuffer ofKey = ByteBuffer.allocate(ItemKeys.HASH_BYTES + Integer.BYTES);
    ofKey.putLong(key.hashHigh()).putLong(key.hashLow()).putInt(key.bytes().length);
    crc.update(ofKey.flip());
    crc.update(key.bytes());
    if (object != null) {
      crc.update(object.getBytes(UTF_8));
    }
    return (int) crc.getValue();
  }

  /**
   * Reads the bytes of a header, which nobody vouches for.
   *
   * @param key in the item
   * @param object the name in the item, or null if there is none
   * @return the header without version and deadline; null if the bytes are none of this key
   */
  static @Nullable EntryHeader decode(EntryKey key, byte[] bytes, @Nullable String object) {
    int keyBytes = key.bytes().length;
    if (bytes.length < FIXED_BYTES
        || (long) bytes.length + keyBytes > FIXED_BYTES + MAX_KEY_AND_METADATA_BYTES
        || bytes[0] != FORMAT
        || ByteBuffer.wrap(bytes).getInt(CHECK_OFFSET) != check(bytes, key, object)) {
      return null;
    }
    return decode(key, bytes);
  }

  private static @Nullable EntryHeader decode(EntryKey key, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).position(CHECK_OFFSET + Integer.BYTES);
    long createdAtMillis = in.getLong();
    long bodyLength = in.getLong();
    int codecId = in.getInt();
    int checksum = in.getInt();
    MetadataCodec.Described described = MetadataCodec.decode(bytes, in.position(), in.remaining());
    return described == null || bodyLength < 0
        ? null
        : new EntryHeader(
            key,
            EntryHeader.UNASSIGNED,
            createdAtMillis,
            EntryHeader.NEVER,
            bodyLength,
            codecId,
            checksum,
            described.metadata(),
            described.digest(),
            described.freshness());
  }
}
