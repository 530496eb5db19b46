package io.terrace.tier.disk;

/**
 * Where a record begins: the region's sequence number in the upper 36 bits, the offset in units of
 * 8 bytes in the lower 28. Never 0, since regions count from 1.
 */
final class Location {
  static final long MAX_REGION = (1L << 36) - 1;
  static final int MAX_REGION_BYTES = 1 << 30;
  private static final int OFFSET_BITS = 28;

  private Location() {}

  static long of(long region, long offset) {
    return region << OFFSET_BITS | offset >>> 3;
  }

  static long region(long location) {
    return location >>> OFFSET_BITS;
  }

  static long offset(long location) {
    return (location & (1L << OFFSET_BITS) - 1) << 3;
  }
}
