package io.terrace.stack;

import io.terrace.AbortReason;
import io.terrace.TierStatistics;
import io.terrace.tier.TierUsage;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What one tier of a stack answered. */
final class TierCounters {
  final LongAdder hits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder skips = new LongAdder();
  final LongAdder promotions = new LongAdder();

  private final Map<AbortReason, LongAdder> aborted = new EnumMap<>(AbortReason.class);

  TierCounters() {
    for (AbortReason reason : AbortReason.values()) {
      aborted.put(reason, new LongAdder());
    }
  }

  void aborted(AbortReason reason) {
    LongAdder counter = aborted.get(reason);
    if (counter != null) { // always: every reason has one
      counter.increment();
    }
  }

  private Map<AbortReason, Long> abortedByReason() {
    Map<AbortReason, Long> counts = new EnumMap<>(AbortReason.class);
    aborted.forEach((reason, counter) -> counts.put(reason, counter.sum()));
    return counts;
  }

  TierStatistics statistics(String tier, TierUsage usage) {
    Map<AbortReason, Long> byReason = abortedByReason();
    return new TierStatistics(
        tier,
        usage.entries(),
        usage.bytes(),
        hits.sum(),
        misses.sum(),
        skips.sum(),
        promotions.sum(),
        byReason.values().stream().mapToLong(Long::longValue).sum(),
        usage.evictions(),
        usage.corruptions(),
        byReason);
  }
}
