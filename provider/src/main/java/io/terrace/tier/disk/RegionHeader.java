package io.terrace.tier.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The first 64 bytes of a region file.
 *
 * @param format the version of the format; magic, checksum and this field keep their places in
 *     every version
 * @param cacheId the cache the region belongs to
 * @param region the region's own number
 * @param firstRecord the number that the region's first record has
 * @param forcedThrough this region and all before it were on the device when the file was made
 */
record RegionHeader(int format, long cacheId, long region, long firstRecord, long forcedThrough) {
  static final int FORMAT = 1;

  private static final long MAGIC = 0x6E6F696765525254L; // "TRRegion"
  private static final int CRC = 8;
  private static final int CHECKED = 12;

  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(Region.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(MAGIC).putInt(0).putInt(format).putLong(cacheId).putLong(region);
    bytes.putLong(firstRecord).putLong(forcedThrough);
    return bytes.putInt(CRC, crc(bytes)).clear();
  }

  /** Decodes 64 bytes, or null if they are no header. */
  static @Nullable RegionHeader decode(ByteBuffer bytes) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getLong(0) != MAGIC || bytes.getInt(CRC) != crc(bytes)) {
      return null;
    }
    return new RegionHeader(
        bytes.getInt(CHECKED),
        bytes.getLong(16),
        bytes.getLong(24),
        bytes.getLong(32),
        bytes.getLong(40));
  }

  /** Reads the header of a region, or null if it is none or cannot be read. */
  static @Nullable RegionHeader of(Region region) {
    ByteBuffer bytes = ByteBuffer.allocate(Region.HEADER_BYTES);
    try {
      region.read(bytes, 0);
    } catch (IOException e) {
      return null;
    }
    return decode(bytes);
  }

  private static int crc(ByteBuffer bytes) {
    return RecordCodec.crc(bytes, CHECKED, Region.HEADER_BYTES - CHECKED);
  }
}
