package io.terrace.tck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import java.util.List;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TestName;

/**
 * Runs beside the TCK, in the same JVM, and tells whether that is the stack it is meant for: a
 * configuration nobody found would let it pass on the default one.
 */
public class StackUnderTestTest {
  private static final int ENTRIES = 100;

  /**
   * A cache of its own for each test: for a while after one was destroyed, no process trusts what
   * Redis holds of it above AWS.
   */
  @Rule public final TestName test = new TestName();

  private CacheManager manager;
  private Cache<Integer, String> cache;

  @Before
  public void createCacheAsTheTckDoes() {
    manager = Caching.getCachingProvider().getCacheManager();
    cache =
        manager.createCache(
            cacheName(), new MutableConfiguration<Integer, String>().setStatisticsEnabled(true));
  }

  @After
  public void destroyCache() {
    manager.destroyCache(cacheName());
  }

  private String cacheName() {
    return getClass().getName() + "." + test.getMethodName();
  }

  @Test
  public void providerIsTerrace() {
    assertThat(manager.getCachingProvider().getClass().getName())
        .isEqualTo("io.terrace.jcache.TerraceCachingProvider");
  }

  /** The TCK leaves its unwrap tests out if it does not find the class that a property names. */
  @Test
  public void unwrapClassesAreOurs() throws ClassNotFoundException {
    cache.put(0, "value");
    Cache.Entry<Integer, String> entry = cache.iterator().next();

    assertThat(manager.unwrap(namedBy("javax.cache.CacheManager"))).isNotNull();
    assertThat(cache.unwrap(namedBy("javax.cache.Cache"))).isNotNull();
    assertThat(entry.unwrap(namedBy("javax.cache.Cache.Entry"))).isNotNull();
  }

  @Test
  public void tiersAreThoseOfTheRun() {
    assertThat(statistics()).extracting(TierStatistics::tier).containsExactly(tiersOfTheRun());
  }

  /** Values of lengths such that, by the configuration of the run, each tier takes some. */
  @Test
  public void everyTierBelowTheHeapAnswersManyReads() {
    for (int key = 0; key < ENTRIES; key++) {
      cache.put(key, value(key));
    }
    for (int key = 0; key < ENTRIES; key++) {
      assertThat(cache.get(key)).isEqualTo(value(key));
    }

    assertThat(belowTheHeap())
        .isNotEmpty()
        .allSatisfy(tier -> assertThat(tier.hits()).isGreaterThan(ENTRIES / 5));
  }

  private static String value(int key) {
    return "v" + key + ".".repeat(3 * (key % 3));
  }

  /** All tiers if there is none below it. */
  private List<TierStatistics> belowTheHeap() {
    List<TierStatistics> all = statistics();
    boolean isBelow = all.size() > 1 && all.get(0).tier().equals("heap");
    return isBelow ? all.subList(1, all.size()) : all;
  }

  private List<TierStatistics> statistics() {
    TieredCache<?, ?> tiered = cache.unwrap(TieredCache.class);
    return tiered.tierStatistics();
  }

  private static String[] tiersOfTheRun() {
    return property("io.terrace.tck.tiers").split(",", -1);
  }

  private static Class<?> namedBy(String property) throws ClassNotFoundException {
    return Class.forName(property(property));
  }

  private static String property(String name) {
    return requireNonNull(System.getProperty(name), name);
  }
}
