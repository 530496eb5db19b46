package io.terrace.jcache;

import io.terrace.TierStatistics;
import java.util.ArrayList;
import java.util.List;

/**
 * The hits of the heap: what the cache answered and no tier below did. The heap itself does not
 * count, since that would cost a hit more than anything else it does.
 */
final class HeapHits {
  private HeapHits() {}

  /** The statistics with the heap's hits, if there is a heap. */
  static List<TierStatistics> added(List<TierStatistics> statistics, long hitsOfCache) {
    TierStatistics top = statistics.get(0);
    if (!top.tier().equals("heap")) {
      return statistics;
    }
    long below = 0;
    for (TierStatistics tier : statistics.subList(1, statistics.size())) {
      below += tier.hits();
    }
    List<TierStatistics> complete = new ArrayList<>(statistics);
    complete.set(0, withHits(top, Math.max(0, hitsOfCache - below)));
    return complete;
  }

  private static TierStatistics withHits(TierStatistics tier, long hits) {
    return new TierStatistics(
        tier.tier(),
        tier.entries(),
        tier.bytes(),
        hits,
        tier.misses(),
        tier.skips(),
        tier.promotions(),
        tier.promotionsAborted(),
        tier.evictions(),
        tier.corruptions(),
        tier.abortedByReason());
  }
}
