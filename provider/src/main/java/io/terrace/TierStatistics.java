package io.terrace;

import java.util.Map;

/**
 * What one tier of a cache holds and did, at one moment. Counters run from the opening of the
 * cache.
 *
 * @param tier the tier's name
 * @param entries live entries now
 * @param bytes bytes taken in the tier's medium now, dead ones included; 0 where it does not count
 * @param hits lookups this tier answered; for the heap, 0 unless the cache's statistics are enabled
 * @param misses lookups that went on to the next tier
 * @param skips lookups it could not answer
 * @param promotions entries copied up into this tier
 * @param promotionsAborted entries that were not copied up into this tier after all
 * @param evictions entries purged for room
 * @param corruptions entries purged for damaged bytes
 * @param abortedByReason {@code promotionsAborted} for each reason; unmodifiable
 */
public record TierStatistics(
    String tier,
    long entries,
    long bytes,
    long hits,
    long misses,
    long skips,
    long promotions,
    long promotionsAborted,
    long evictions,
    long corruptions,
    Map<AbortReason, Long> abortedByReason) {

  public TierStatistics {
    abortedByReason = Map.copyOf(abortedByReason);
  }
}
