package io.terrace.tier.disk;

import io.terrace.DiskSettings;
import io.terrace.InvalidSettingException;

/**
 * The sizes of one cache's log, derived from its settings.
 *
 * @param maxBytes the most bytes the files may take, but for one region
 * @param regionBytes the size of a region
 * @param chunkBytes the size of a chunk, and of the largest body that is kept in one piece
 * @param maxPrefixBytes the most that key and metadata may take
 * @param maxEntryBytes the largest body
 */
record DiskLimits(
    long maxBytes, int regionBytes, int chunkBytes, int maxPrefixBytes, long maxEntryBytes) {
  static final long MIN_MAX_BYTES = 256 << 10;
  private static final int REGIONS = 8;
  private static final int PAGE_BYTES = 4096;
  private static final int MAX_CHUNK_BYTES = 256 << 10;

  /**
   * @throws InvalidSettingException if there are too few bytes for regions of a useful size
   */
  static DiskLimits of(DiskSettings settings) {
    if (settings.maxBytes() < MIN_MAX_BYTES) {
      throw new InvalidSettingException(
          "disk.max-bytes", "must be at least " + MIN_MAX_BYTES + ", not " + settings.maxBytes());
    }
    long region = Math.min(settings.regionBytes(), settings.maxBytes() / REGIONS);
    region = Math.min(region, Location.MAX_REGION_BYTES) / PAGE_BYTES * PAGE_BYTES;
    int regionBytes = (int) Math.max(region, MIN_MAX_BYTES / REGIONS);
    int chunkBytes = Math.min(MAX_CHUNK_BYTES, regionBytes / 4);
    long largest = Math.min(settings.maxBytes() / 2, manifestLimit(regionBytes, chunkBytes));
    return new DiskLimits(
        settings.maxBytes(),
        regionBytes,
        chunkBytes,
        Math.min(RecordCodec.MAX_PREFIX_BYTES, regionBytes / 4),
        Math.min(settings.maxEntryBytes(), largest));
  }

  /** The longest body whose manifest takes no more than a quarter of a region. */
  private static long manifestLimit(int regionBytes, int chunkBytes) {
    return (long) regionBytes / 4 / Parts.PART_BYTES * chunkBytes;
  }
}
