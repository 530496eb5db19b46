package io.terrace.examples.fourtiers;

import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import java.util.ArrayList;
import java.util.List;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.HdrHistogram.Histogram;

/**
 * Many reads of entries, one after another.
 *
 * @param reads how many
 * @param served how many of them each tier served, top first
 * @param failed how many threw
 * @param wrong how many found nothing, or another value than the last one that was committed
 * @param p50Nanos how long half of them took at most
 * @param p99Nanos likewise 99 of 100
 */
record EntryReads(
    long reads, List<Long> served, long failed, long wrong, long p50Nanos, long p99Nanos) {
  private static final int SIGNIFICANT_DIGITS = 3;

  /** Reads each of these keys once; nobody else may read from the cache meanwhile. */
  static EntryReads of(Cache<Integer, Item> cache, Iterable<Integer> keys, Ledger ledger) {
    TieredCache<?, ?> tiers = cache.unwrap(TieredCache.class);
    List<TierStatistics> before = tiers.tierStatistics();
    Histogram nanos = new Histogram(SIGNIFICANT_DIGITS);
    long failed = 0;
    long wrong = 0;
    for (int key : keys) {
      long start = System.nanoTime();
      try {
        Item item = cache.get(key);
        nanos.recordValue(System.nanoTime() - start);
        wrong += item != null && ledger.isLast(key, item) ? 0 : 1;
      } catch (CacheException e) {
        failed++;
      }
    }
    return new EntryReads(
        nanos.getTotalCount() + failed,
        hits(before, tiers.tierStatistics()),
        failed,
        wrong,
        nanos.getValueAtPercentile(50),
        nanos.getValueAtPercentile(99));
  }

  private static List<Long> hits(List<TierStatistics> before, List<TierStatistics> after) {
    List<Long> hits = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      hits.add(after.get(i).hits() - before.get(i).hits());
    }
    return hits;
  }
}
