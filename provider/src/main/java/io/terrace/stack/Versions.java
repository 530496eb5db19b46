package io.terrace.stack;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Versions for a heap that is its own authority: monotonic per key, also over a removal. Keys share
 * counters by hash, which costs a change two uncontended increments of one cache line and remembers
 * no removed key. Thread safe.
 */
final class Versions {
  private static final int STRIPES = 64;
  private static final int PADDING = 16; // longs: two cache lines, for the adjacent-line prefetcher
  private static final int ENDED = 1; // beside the number of changes that began
  private static final int LOOKS = 1_000;

  private final AtomicLongArray counters = new AtomicLongArray(STRIPES * PADDING);

  /** Begins a change of the key, which ends with {@link #end}; returns its version. */
  long begin(Object key) {
    return counters.incrementAndGet(stripe(key));
  }

  void end(Object key) {
    long unused = counters.incrementAndGet(stripe(key) + ENDED);
  }

  /**
   * Whether, at some moment of this call, no change of the key was under way. Changes are short, so
   * it looks again for a while if one is; false can also mean that changes of other keys are.
   */
  boolean isQuiet(Object key) {
    int stripe = stripe(key);
    for (int look = 0; look < LOOKS; look++) {
      long ended =
          counters.get(stripe + ENDED); // first: all that began by then have to be among it
      if (ended == counters.get(stripe)) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  /**
   * A version that no change exceeds which ended before, and that every change passes which begins
   * afterwards, whatever its key.
   */
  long seal() {
    long sealed = 0;
    for (int stripe = 0; stripe < counters.length(); stripe += PADDING) {
      sealed = Math.max(sealed, counters.get(stripe));
    }
    for (int stripe = 0; stripe < counters.length(); stripe += PADDING) {
      long missing = sealed - counters.get(stripe);
      if (missing > 0) {
        counters.addAndGet(stripe, missing); // as if so many changes had begun
        counters.addAndGet(stripe + ENDED, missing); // and ended
      }
    }
    return sealed;
  }

  private static int stripe(Object key) {
    int hash = key.hashCode();
    return ((hash ^ (hash >>> 16)) & (STRIPES - 1)) * PADDING;
  }
}
