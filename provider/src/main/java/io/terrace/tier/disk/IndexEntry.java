package io.terrace.tier.disk;

/**
 * What the index knows of an entry.
 *
 * @param location where its record begins, see {@link Location}
 * @param version the entry's version
 * @param sizes the record's length, the length of everything the entry holds in the log, and flags
 */
record IndexEntry(long location, long version, long sizes) {
  /*
   * sizes, from the top: 28 bits length of the record, 34 bits length of all records of the entry,
   * both in units of 8 bytes, 1 bit LONG, 1 bit READ.
   */
  static final long READ = 1;
  static final long LONG = 2;
  private static final int LIVE_SHIFT = 2;
  private static final int RECORD_SHIFT = 36;
  private static final long LIVE_MASK = (1L << (RECORD_SHIFT - LIVE_SHIFT)) - 1;

  /**
   * @param partsBytes what the entry holds beside its record
   * @param flags {@link #READ}, {@link #LONG}, both or 0
   */
  static IndexEntry of(long location, long version, int recordBytes, long partsBytes, long flags) {
    long live = Math.min((recordBytes + partsBytes) >>> 3, LIVE_MASK);
    long record = recordBytes / 8L;
    return new IndexEntry(
        location, version, (record << RECORD_SHIFT) | (live << LIVE_SHIFT) | flags);
  }

  int recordBytes() {
    return (int) (sizes >>> RECORD_SHIFT) << 3;
  }

  /** What the entry holds in the log, its body's other records included. */
  long liveBytes() {
    return liveBytes(sizes);
  }

  static long liveBytes(long sizes) {
    return (sizes >>> LIVE_SHIFT & LIVE_MASK) << 3;
  }

  /** Whether the body lies in other records. */
  boolean isLong() {
    return (sizes & LONG) != 0;
  }

  /** Whether the entry was read since its record was written. */
  boolean wasRead() {
    return (sizes & READ) != 0;
  }
}
