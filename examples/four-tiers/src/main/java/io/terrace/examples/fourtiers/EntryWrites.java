package io.terrace.examples.fourtiers;

import java.util.stream.IntStream;
import javax.cache.Cache;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Many writes of entries, a few at a time.
 *
 * @param writes how many, all of them acknowledged
 * @param tookNanos how long it took in all
 * @param p50Nanos how long half of them took at most
 * @param p99Nanos likewise 99 of 100
 */
record EntryWrites(long writes, long tookNanos, long p50Nanos, long p99Nanos) {
  private static final int SIGNIFICANT_DIGITS = 3;

  /**
   * Writes the next revision of each of these keys, as many at a time as there are processors.
   *
   * @throws javax.cache.CacheException if one is refused
   */
  static EntryWrites of(Cache<Integer, Item> cache, IntStream keys, Ledger ledger) {
    Histogram nanos = new ConcurrentHistogram(SIGNIFICANT_DIGITS);
    long start = System.nanoTime();
    keys.parallel()
        .forEach(
            key -> {
              Item item = ledger.next(key);
              long began = System.nanoTime();
              cache.put(key, item);
              nanos.recordValue(System.nanoTime() - began);
              ledger.committed(item);
            });
    return new EntryWrites(
        nanos.getTotalCount(),
        System.nanoTime() - start,
        nanos.getValueAtPercentile(50),
        nanos.getValueAtPercentile(99));
  }
}
