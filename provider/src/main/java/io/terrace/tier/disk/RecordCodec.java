package io.terrace.tier.disk;

import io.terrace.PurgeMode;
import io.terrace.tier.EntryHeader;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Records to bytes and back. All numbers are little-endian; buffers must be. A record is made in
 * two steps: {@link #prepare} writes what its author knows, {@link #seal} what the log assigns,
 * under the log's lock, hence as little as possible.
 *
 * <p>The header's checksum is masked with the cache's id and the record's place, so that bytes
 * which look like a record, because somebody cached a region file, are none where they lie.
 */
final class RecordCodec {
  static final int HEADER_BYTES = 112;

  /** The most that key and metadata may take together. */
  static final int MAX_PREFIX_BYTES = 1 << 20;

  private static final int MAGIC = 0x00435254; // "TRC" and the type in the upper byte
  private static final int MAGIC_MASK = 0x00ffffff;

  private static final int CRC = 0;
  private static final int TYPE = 4;
  private static final int SEQUENCE = 8;
  private static final int VERSION = 16;
  private static final int HASH_HIGH = 24;
  private static final int HASH_LOW = 32;
  private static final int PREVIOUS_HIGH = 40;
  private static final int PREVIOUS_LOW = 48;
  private static final int KEY_BYTES = 56;
  private static final int METADATA_BYTES = 60;
  private static final int BODY_BYTES = 64;
  private static final int BODY_CRC = 68;
  private static final int CREATED = 72;
  private static final int EXPIRES = 80;
  private static final int ENTRY_BYTES = 88;
  private static final int CODEC = 96;
  private static final int ENTRY_CRC = 100;
  private static final int PARTS_BYTES = 104;

  /** What the place of the codec holds in the purge of a tag. */
  private static final int HARD = 1;

  private static final int SOFT = 2;

  private RecordCodec() {}

  static int align(int bytes) {
    return bytes + 7 & ~7;
  }

  /** What the checksum of the header at this place is combined with. */
  static int mask(long cacheId, long region, long offset) {
    long mixed = cacheId ^ region * 0x9E3779B97F4A7C15L ^ (offset + 1) * 0xC2B2AE3D27D4EB4FL;
    mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    return (int) (mixed ^ mixed >>> 32);
  }

  /** Writes the fields of an entry's header that are known before the log assigns the rest. */
  static void prepareEntry(
      ByteBuffer record, int start, RecordType type, EntryHeader header, Lengths lengths) {
    prepare(record, start, type, header.key().hashHigh(), header.key().hashLow(), lengths);
    record.putLong(start + CREATED, header.createdAtMillis());
    record.putLong(start + EXPIRES, header.expiresAtMillis());
    record.putLong(start + ENTRY_BYTES, header.bodyLength());
    record.putInt(start + CODEC, header.codecId());
    record.putInt(start + ENTRY_CRC, header.checksum());
  }

  /** Writes the fields of a chunk, which has neither key nor metadata. */
  static void prepareChunk(
      ByteBuffer record, int start, long hashHigh, long hashLow, long entryOffset, Lengths body) {
    prepare(record, start, RecordType.CHUNK, hashHigh, hashLow, body);
    record.putLong(start + ENTRY_BYTES, entryOffset);
  }

  /** Writes the purge of a tag, all but its version; the tag stands in the place of the key. */
  static void preparePurgeTag(ByteBuffer record, PurgeMode mode, byte[] tag) {
    record.put(HEADER_BYTES, tag);
    prepare(record, 0, RecordType.PURGE_TAG, 0, 0, new Lengths(tag.length, 0, 0, 0, 0));
    record.putInt(CODEC, mode == PurgeMode.HARD ? HARD : SOFT);
  }

  /** The mode of the purge of a tag. */
  static PurgeMode purgeMode(RecordHeader record) {
    return record.codecId() == SOFT ? PurgeMode.SOFT : PurgeMode.HARD;
  }

  /** Writes type, hash and lengths, and zeroes everything else, the padding included. */
  static void prepare(
      ByteBuffer record, int start, RecordType type, long hashHigh, long hashLow, Lengths lengths) {
    for (int at = 0; at < HEADER_BYTES; at += Long.BYTES) {
      record.putLong(start + at, 0);
    }
    record.putInt(start + TYPE, MAGIC | type.code << 24);
    record.putLong(start + HASH_HIGH, hashHigh);
    record.putLong(start + HASH_LOW, hashLow);
    record.putInt(start + KEY_BYTES, lengths.keyBytes);
    record.putInt(start + METADATA_BYTES, lengths.metadataBytes);
    record.putInt(start + BODY_BYTES, lengths.bodyBytes);
    record.putInt(start + BODY_CRC, lengths.bodyCrc);
    record.putLong(start + PARTS_BYTES, lengths.partsBytes);
    int end = HEADER_BYTES + lengths.keyBytes + lengths.metadataBytes + lengths.bodyBytes;
    for (int at = end; at < align(end); at++) {
      record.put(start + at, (byte) 0);
    }
  }

  /**
   * The lengths of a record's parts, and the checksum of its body.
   *
   * @param partsBytes of a manifest, the length of the records it names; else 0
   */
  record Lengths(int keyBytes, int metadataBytes, int bodyBytes, int bodyCrc, long partsBytes) {
    static final Lengths NONE = new Lengths(0, 0, 0, 0, 0);

    static Lengths ofBody(int bodyBytes, int bodyCrc) {
      return new Lengths(0, 0, bodyBytes, bodyCrc, 0);
    }
  }

  static void putVersion(ByteBuffer record, int start, long version) {
    record.putLong(start + VERSION, version);
  }

  /** Writes what the log assigns, and the checksum over it all. */
  static void seal(
      ByteBuffer record, int start, long sequence, long previousHigh, long previousLow, int mask) {
    record.putLong(start + SEQUENCE, sequence);
    record.putLong(start + PREVIOUS_HIGH, previousHigh);
    record.putLong(start + PREVIOUS_LOW, previousLow);
    int checked = prefixBytes(record, start) - TYPE;
    record.putInt(start + CRC, crc(record, start + TYPE, checked) ^ mask);
  }

  /** Whether the eight bytes at this place could begin a record. */
  static boolean mayBegin(ByteBuffer bytes, int start) {
    int magic = bytes.getInt(start + TYPE);
    return (magic & MAGIC_MASK) == MAGIC && RecordType.of(magic >>> 24) != null;
  }

  /**
   * The bytes before the body that the record at {@code start} claims to have, or -1 if it cannot
   * be a record. Nothing has been verified yet but that the claim is within bounds.
   *
   * @param maxRecordBytes how much room there is for the record
   */
  static int claimedPrefixBytes(ByteBuffer bytes, int start, long maxRecordBytes) {
    if (!mayBegin(bytes, start)) {
      return -1;
    }
    int keyBytes = bytes.getInt(start + KEY_BYTES);
    int metadataBytes = bytes.getInt(start + METADATA_BYTES);
    int bodyBytes = bytes.getInt(start + BODY_BYTES);
    if (keyBytes < 0 || metadataBytes < 0 || bodyBytes < 0) {
      return -1;
    }
    long prefixBytes = (long) HEADER_BYTES + keyBytes + metadataBytes;
    return prefixBytes > HEADER_BYTES + MAX_PREFIX_BYTES || prefixBytes + bodyBytes > maxRecordBytes
        ? -1
        : (int) prefixBytes;
  }

  /**
   * Reads the header at {@code start}, or null unless it is one and its checksum is right. The
   * buffer must hold everything before the body.
   */
  static @Nullable RecordHeader decode(ByteBuffer bytes, int start, long maxRecordBytes, int mask) {
    RecordType type = intactType(bytes, start, maxRecordBytes, mask);
    return type == null ? null : read(bytes, start, type);
  }

  /** As {@link #decode}, for those who pick the fields they need by themselves. */
  static @Nullable RecordType intactType(
      ByteBuffer bytes, int start, long maxRecordBytes, int mask) {
    if (bytes.limit() - start < HEADER_BYTES) {
      return null;
    }
    int prefixBytes = claimedPrefixBytes(bytes, start, maxRecordBytes);
    if (prefixBytes < 0 || bytes.limit() - start < prefixBytes) {
      return null;
    }
    int crc = crc(bytes, start + TYPE, prefixBytes - TYPE) ^ mask;
    return crc == bytes.getInt(start + CRC)
        ? RecordType.of(bytes.getInt(start + TYPE) >>> 24)
        : null;
  }

  private static RecordHeader read(ByteBuffer bytes, int start, RecordType type) {
    return new RecordHeader(
        type,
        bytes.getLong(start + SEQUENCE),
        version(bytes, start),
        hashHigh(bytes, start),
        hashLow(bytes, start),
        bytes.getLong(start + PREVIOUS_HIGH),
        bytes.getLong(start + PREVIOUS_LOW),
        keyBytes(bytes, start),
        metadataBytes(bytes, start),
        bodyBytes(bytes, start),
        bodyCrc(bytes, start),
        createdAtMillis(bytes, start),
        expiresAtMillis(bytes, start),
        entryBytes(bytes, start),
        codecId(bytes, start),
        entryCrc(bytes, start),
        bytes.getLong(start + PARTS_BYTES));
  }

  /** The length of the whole record, padding included. */
  static int recordBytes(ByteBuffer record, int start) {
    return align(prefixBytes(record, start) + bodyBytes(record, start));
  }

  /** The bytes before the body. */
  static int prefixBytes(ByteBuffer record, int start) {
    return HEADER_BYTES + keyBytes(record, start) + metadataBytes(record, start);
  }

  static boolean isChunk(ByteBuffer record, int start) {
    return record.getInt(start + TYPE) >>> 24 == RecordType.CHUNK.code;
  }

  static long version(ByteBuffer record, int start) {
    return record.getLong(start + VERSION);
  }

  static long hashHigh(ByteBuffer record, int start) {
    return record.getLong(start + HASH_HIGH);
  }

  static long hashLow(ByteBuffer record, int start) {
    return record.getLong(start + HASH_LOW);
  }

  static int keyBytes(ByteBuffer record, int start) {
    return record.getInt(start + KEY_BYTES);
  }

  static int metadataBytes(ByteBuffer record, int start) {
    return record.getInt(start + METADATA_BYTES);
  }

  static int bodyBytes(ByteBuffer record, int start) {
    return record.getInt(start + BODY_BYTES);
  }

  static int bodyCrc(ByteBuffer record, int start) {
    return record.getInt(start + BODY_CRC);
  }

  static long createdAtMillis(ByteBuffer record, int start) {
    return record.getLong(start + CREATED);
  }

  static long expiresAtMillis(ByteBuffer record, int start) {
    return record.getLong(start + EXPIRES);
  }

  static long entryBytes(ByteBuffer record, int start) {
    return record.getLong(start + ENTRY_BYTES);
  }

  static int codecId(ByteBuffer record, int start) {
    return record.getInt(start + CODEC);
  }

  static int entryCrc(ByteBuffer record, int start) {
    return record.getInt(start + ENTRY_CRC);
  }

  static int crc(ByteBuffer bytes, int start, int length) {
    CRC32C crc = new CRC32C();
    update(crc, bytes, start, length);
    return (int) crc.getValue();
  }

  /** Continues a checksum; the buffer's position and limit are left as they were. */
  static void update(CRC32C crc, ByteBuffer bytes, int start, int length) {
    if (bytes.hasArray()) {
      crc.update(bytes.array(), bytes.arrayOffset() + start, length);
      return;
    }
    int position = bytes.position();
    int limit = bytes.limit();
    crc.update(bytes.limit(start + length).position(start));
    bytes.limit(limit).position(position);
  }
}
