package io.terrace.tier.disk;

import org.jspecify.annotations.Nullable;

/**
 * Where the record of every entry is: about 60 bytes an entry, no object and no key. Cut into
 * segments, so that growing stops nobody for long. Finding is thread safe and waits for nobody;
 * {@link #put} and {@link #remove} are called by one thread at a time, under the log's lock.
 */
final class Index {
  private static final int SEGMENT_BITS = 8;

  private final IndexSegment[] segments = new IndexSegment[1 << SEGMENT_BITS];
  private volatile long size;
  private volatile long liveBytes;

  Index() {
    for (int i = 0; i < segments.length; i++) {
      segments[i] = new IndexSegment();
    }
  }

  private IndexSegment segment(long hashHigh) {
    return segments[(int) (hashHigh >>> (Long.SIZE - SEGMENT_BITS))];
  }

  @Nullable IndexEntry find(long hashHigh, long hashLow) {
    return segment(hashHigh).find(hashHigh, hashLow);
  }

  void markRead(long hashHigh, long hashLow, long location) {
    segment(hashHigh).markRead(hashHigh, hashLow, location);
  }

  /** Puts an entry and returns what was there. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, under the log's lock
  @Nullable IndexEntry put(long hashHigh, long hashLow, IndexEntry entry) {
    IndexEntry previous = segment(hashHigh).put(hashHigh, hashLow, entry);
    if (previous == null) {
      size++;
      liveBytes += entry.liveBytes();
    } else {
      liveBytes += entry.liveBytes() - previous.liveBytes();
    }
    return previous;
  }

  /** Removes an entry and returns it. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, under the log's lock
  @Nullable IndexEntry remove(long hashHigh, long hashLow) {
    IndexEntry removed = segment(hashHigh).remove(hashHigh, hashLow);
    if (removed != null) {
      size--;
      liveBytes -= removed.liveBytes();
    }
    return removed;
  }

  /** How many entries there are. */
  long size() {
    return size;
  }

  /** What all entries hold in the log. */
  long liveBytes() {
    return liveBytes;
  }

  int segments() {
    return segments.length;
  }

  /** The entries of one segment at this moment, see {@link IndexSegment#copy}. */
  long[] copyOfSegment(int segment) {
    return segments[segment].copy();
  }
}
