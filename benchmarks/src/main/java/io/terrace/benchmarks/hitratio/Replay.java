package io.terrace.benchmarks.hitratio;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.terrace.HeapSettings;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import io.terrace.tier.heap.HeapTierFactory;

/** Plays a trace to a cache that loads what it misses, and counts the hits. */
final class Replay {
  private static final double PERCENT = 100;

  private Replay() {}

  /** The hits in 100 accesses of Caffeine, which records every hit. */
  static double ofCaffeine(long[] keys, int maxEntries) {
    Cache<Long, Boolean> cache =
        Caffeine.newBuilder().maximumSize(maxEntries).executor(Runnable::run).build();
    int hits = 0;
    for (long next : keys) {
      Long key = next;
      if (cache.getIfPresent(key) != null) {
        hits++;
      } else {
        cache.put(key, true);
      }
    }
    return PERCENT * hits / keys.length;
  }

  /** The hits in 100 accesses of the heap tier. */
  static double ofTerrace(long[] keys, int maxEntries) {
    HeapSettings settings = HeapSettings.builder().maxEntries(maxEntries).build();
    int hits = 0;
    try (ObjectTier<Long, Boolean> tier = new HeapTierFactory().open(settings)) {
      for (long next : keys) {
        Long key = next;
        if (tier.get(key) != null) {
          hits++;
        } else {
          tier.compareAndSet(key, null, loaded());
        }
      }
    }
    return PERCENT * hits / keys.length;
  }

  private static Resident<Boolean> loaded() {
    return new Resident<>(true, 1, 0, EntryHeader.NEVER, EntryHeader.NEVER, true);
  }
}
