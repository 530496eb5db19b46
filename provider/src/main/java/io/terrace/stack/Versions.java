package io.terrace.stack;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Versions for a heap that is its own authority: monotonic per key, also over a removal. Keys share
 * counters by hash, which costs a write one uncontended increment and remembers no removed key.
 */
final class Versions {
  private static final int STRIPES = 64;
  private static final int PADDING = 16; // longs: two cache lines, for the adjacent-line prefetcher

  private final AtomicLongArray counters = new AtomicLongArray(STRIPES * PADDING);

  long next(Object key) {
    int hash = key.hashCode();
    int stripe = (hash ^ (hash >>> 16)) & (STRIPES - 1);
    return counters.incrementAndGet(stripe * PADDING);
  }
}
