package io.terrace.stack;

import io.terrace.TierStatistics;
import io.terrace.tier.TierUsage;
import java.util.concurrent.atomic.LongAdder;

/** What one tier of a stack answered. */
final class TierCounters {
  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder skips = new LongAdder();
  final LongAdder promotions = new LongAdder();
  final LongAdder promotionsAborted = new LongAdder();

  TierStatistics statistics(String tier, TierUsage usage) {
    return new TierStatistics(
        tier,
        usage.entries(),
        usage.bytes(),
        hits.sum(),
        misses.sum(),
        skips.sum(),
        promotions.sum(),
        promotionsAborted.sum(),
        usage.evictions(),
        usage.corruptions());
  }
}
