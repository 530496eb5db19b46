package io.terrace.jcache.management;

import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import java.util.List;
import javax.cache.management.CacheStatisticsMXBean;

/** The statistics of one cache as JSR-107 wants them. Thread safe. */
public final class StatisticsBean implements CacheStatisticsMXBean {
  private final OperationCounters counters;
  private final TieredCache<?, ?> cache;
  private volatile long clearedEvictions;

  public StatisticsBean(OperationCounters counters, TieredCache<?, ?> cache) {
    this.counters = counters;
    this.cache = cache;
  }

  @Override
  public void clear() {
    counters.clear();
    clearedEvictions = evictions();
  }

  @Override
  public long getCacheHits() {
    return counters.totals().hits();
  }

  @Override
  public float getCacheHitPercentage() {
    Totals totals = counters.totals();
    return percentage(totals.hits(), totals.gets());
  }

  @Override
  public long getCacheMisses() {
    return counters.totals().misses();
  }

  @Override
  public float getCacheMissPercentage() {
    Totals totals = counters.totals();
    return percentage(totals.misses(), totals.gets());
  }

  @Override
  public long getCacheGets() {
    return counters.totals().gets();
  }

  @Override
  public long getCachePuts() {
    return counters.totals().puts();
  }

  @Override
  public long getCacheRemovals() {
    return counters.totals().removals();
  }

  @Override
  public long getCacheEvictions() {
    return evictions() - clearedEvictions;
  }

  @Override
  public float getAverageGetTime() {
    return counters.totals().get().averageMicros();
  }

  @Override
  public float getAveragePutTime() {
    return counters.totals().put().averageMicros();
  }

  @Override
  public float getAverageRemoveTime() {
    return counters.totals().remove().averageMicros();
  }

  /** Entries lost to the cache: those its lowest tier evicted; an upper one holds copies only. */
  private long evictions() {
    List<TierStatistics> tiers = cache.tierStatistics();
    return tiers.get(tiers.size() - 1).evictions();
  }

  private static float percentage(long part, long whole) {
    return whole == 0 ? 0 : 100f * part / whole;
  }
}
