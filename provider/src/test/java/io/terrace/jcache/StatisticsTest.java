package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.jcache.CacheFixture.On;
import java.lang.management.ManagementFactory;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The counts are exact, whatever the operation and however many threads. */
class StatisticsTest {
  private final CacheFixture fixture = new CacheFixture();
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private Cache<Integer, String> cache; // of the test at work

  private Cache<Integer, String> open(On stack) {
    return fixture
        .manager(stack)
        .createCache(
            "counted", CacheFixture.of(Integer.class, String.class).setStatisticsEnabled(true));
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private ObjectName name(Cache<?, ?> of) throws JMException {
    String manager = of.getCacheManager().getURI().toString().replaceAll("[:=,]", ".");
    return new ObjectName(
        "javax.cache:type=CacheStatistics,CacheManager=" + manager + ",Cache=" + of.getName());
  }

  private Object attribute(String attribute) {
    try {
      return server.getAttribute(name(cache), attribute);
    } catch (JMException e) {
      throw new AssertionError(e);
    }
  }

  /** Hits, misses, puts and removals. */
  private String counts() {
    return attribute("CacheHits")
        + " "
        + attribute("CacheMisses")
        + " "
        + attribute("CachePuts")
        + " "
        + attribute("CacheRemovals");
  }

  private void assertCounts(String expected, Consumer<Cache<Integer, String>> operation)
      throws JMException {
    cache.clear();
    cache.put(1, "a");
    server.invoke(name(cache), "clear", null, null);
    operation.accept(cache);
    assertThat(counts()).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void eachOperationCountsWhatTheStandardSays(On stack) throws JMException {
    cache = open(stack);
    assertCounts("1 0 0 0", c -> c.get(1));
    assertCounts("0 1 0 0", c -> c.get(2));
    assertCounts("1 1 0 0", c -> c.getAll(Set.of(1, 2)));
    assertCounts("0 0 0 0", c -> c.containsKey(1));
    assertCounts("0 0 1 0", c -> c.put(1, "b"));
    assertCounts("0 0 2 0", c -> c.putAll(Map.of(1, "b", 2, "b")));
    assertCounts("1 0 1 0", c -> c.getAndPut(1, "b"));
    assertCounts("0 1 1 0", c -> c.getAndPut(2, "b"));
    assertCounts("1 0 0 0", c -> c.putIfAbsent(1, "b"));
    assertCounts("0 1 1 0", c -> c.putIfAbsent(2, "b"));
    assertCounts("1 0 1 0", c -> c.replace(1, "b"));
    assertCounts("0 1 0 0", c -> c.replace(2, "b"));
    assertCounts("1 0 1 0", c -> c.replace(1, "a", "b"));
    assertCounts("1 0 0 0", c -> c.replace(1, "x", "b"));
    assertCounts("0 1 0 0", c -> c.replace(2, "a", "b"));
    assertCounts("1 0 1 0", c -> c.getAndReplace(1, "b"));
    assertCounts("0 1 0 0", c -> c.getAndReplace(2, "b"));
    assertCounts("0 0 0 1", c -> c.remove(1));
    assertCounts("0 0 0 0", c -> c.remove(2));
    assertCounts("1 0 0 1", c -> c.remove(1, "a"));
    assertCounts("1 0 0 0", c -> c.remove(1, "x"));
    assertCounts("0 1 0 0", c -> c.remove(2, "a"));
    assertCounts("1 0 0 1", c -> c.getAndRemove(1));
    assertCounts("0 1 0 0", c -> c.getAndRemove(2));
    assertCounts("0 0 0 1", c -> c.removeAll(Set.of(1, 2)));
    assertCounts("0 0 0 1", c -> c.removeAll());
    assertCounts("0 0 0 0", c -> c.clear());
    assertCounts("1 0 0 0", c -> c.invoke(1, (entry, arguments) -> null));
    assertCounts("0 1 0 0", c -> c.invoke(2, (entry, arguments) -> null));
    assertCounts("1 0 1 0", c -> c.invoke(1, StatisticsTest::set));
    assertCounts("1 0 0 1", c -> c.invoke(1, StatisticsTest::remove));
    assertCounts("0 1 0 0", c -> c.invoke(2, StatisticsTest::remove));
    assertCounts("1 0 0 1", StatisticsTest::iterateAndRemove);
  }

  private static Object set(
      javax.cache.processor.MutableEntry<Integer, String> entry, Object... arguments) {
    entry.setValue("b");
    return "set";
  }

  private static Object remove(
      javax.cache.processor.MutableEntry<Integer, String> entry, Object... arguments) {
    entry.remove();
    return "removed";
  }

  private static void iterateAndRemove(Cache<Integer, String> cache) {
    for (Iterator<?> all = cache.iterator(); all.hasNext(); ) {
      all.next();
      all.remove();
    }
  }

  @Test
  void noCountIsLostAmongManyThreads() throws Exception {
    cache = open(On.HEAP);
    cache.put(1, "a");
    for (int round = 0; round < 5; round++) { // threads with cells of their own, and without
      Hammer.run(
          40,
          thread -> {
            for (int i = 0; i < 500; i++) {
              cache.get(i % 2);
              cache.put(1, "b");
            }
          });
    }
    int each = 5 * 40 * 500;
    assertThat(counts()).isEqualTo(each / 2 + " " + each / 2 + " " + (each + 1) + " 0");
  }

  @Test
  void timesAreAveragesOfASample() throws Exception {
    cache = open(On.HEAP);
    for (int i = 0; i < 1_000; i++) {
      cache.put(i, "a");
      cache.get(i);
      cache.remove(i);
    }
    for (String kind : Set.of("Get", "Put", "Remove")) {
      float micros = (float) attribute("Average" + kind + "Time");
      assertThat(micros).isPositive().isLessThan(100_000);
    }
    server.invoke(name(cache), "clear", null, null);
    assertThat(attribute("AverageGetTime")).isEqualTo(0f);
  }

  @Test
  void percentagesAreOfAllGets() {
    cache = open(On.HEAP);
    assertThat(attribute("CacheHitPercentage")).isEqualTo(0f);
    cache.put(1, "a");
    cache.get(1);
    cache.get(1);
    cache.get(1);
    cache.get(2);
    assertThat(attribute("CacheGets")).isEqualTo(4L);
    assertThat(attribute("CacheHitPercentage")).isEqualTo(75f);
    assertThat(attribute("CacheMissPercentage")).isEqualTo(25f);
  }

  @Test
  void whatHappensWhileStatisticsAreOffIsNotCounted() {
    cache = open(On.HEAP);
    cache.put(1, "a");
    cache.getCacheManager().enableStatistics("counted", false);
    assertThat(CacheFixture.hasBeans()).isFalse();
    cache.get(1);
    cache.getCacheManager().enableStatistics("counted", true);
    cache.get(1);
    assertThat(counts()).isEqualTo("1 0 1 0");
  }
}
