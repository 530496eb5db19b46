package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryTooLargeException;
import io.terrace.jcache.CacheFixture.On;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the writer did and what the cache holds are the same, whoever fails and whoever is first.
 */
class WriteThroughTest {
  private final CacheFixture fixture = new CacheFixture();
  private final Store store = new Store();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** Where the writer writes to. */
  private static class Store implements CacheWriter<Integer, String> {
    final Map<Integer, String> rows = new ConcurrentHashMap<>();
    volatile boolean failing;
    volatile int failingKey = -1;

    @Override
    public void write(Cache.Entry<? extends Integer, ? extends String> entry) {
      fail(entry.getKey());
      rows.put(entry.getKey(), entry.getValue());
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends Integer, ? extends String>> entries) {
      for (var rest = entries.iterator(); rest.hasNext(); ) {
        write(rest.next());
        rest.remove();
      }
    }

    @Override
    public void delete(Object key) {
      fail(key);
      rows.remove((Integer) key);
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      for (Iterator<?> rest = keys.iterator(); rest.hasNext(); ) {
        delete(rest.next());
        rest.remove();
      }
    }

    private void fail(Object key) {
      if (failing || key.equals(failingKey)) {
        throw new IllegalStateException("no");
      }
    }
  }

  private MutableConfiguration<Integer, String> configuration(CacheWriter<Integer, String> writer) {
    return CacheFixture.of(Integer.class, String.class)
        .setWriteThrough(true)
        .setCacheWriterFactory(CacheFixture.always(writer));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aFailureOfTheWriterChangesNothingAndIsHeardByNobody(On stack) {
    RecordingListener<Integer, String> listener = new RecordingListener<>();
    Cache<Integer, String> cache =
        fixture.cache(
            stack,
            configuration(store)
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        CacheFixture.always(listener), null, true, true)));
    cache.put(1, "old");
    store.failing = true;
    List<Consumer<Cache<Integer, String>>> changes =
        List.of(
            c -> c.put(1, "new"),
            c -> c.put(2, "new"),
            c -> c.getAndPut(1, "new"),
            c -> c.putIfAbsent(2, "new"),
            c -> c.replace(1, "new"),
            c -> c.replace(1, "old", "new"),
            c -> c.getAndReplace(1, "new"),
            c -> c.remove(1),
            c -> c.remove(1, "old"),
            c -> c.getAndRemove(1),
            c -> c.putAll(Map.of(1, "new", 2, "new")),
            c -> c.removeAll(Set.of(1, 2)),
            c -> c.removeAll(),
            c -> c.invoke(1, (entry, arguments) -> set(entry)),
            c -> c.invoke(1, (entry, arguments) -> remove(entry)));
    for (Consumer<Cache<Integer, String>> change : changes) {
      assertThatThrownBy(() -> change.accept(cache))
          .isInstanceOf(CacheWriterException.class)
          .hasRootCauseMessage("no");
      assertThat(cache.get(1)).isEqualTo("old");
      assertThat(cache.containsKey(2)).isFalse();
    }
    assertThat(store.rows).isEqualTo(Map.of(1, "old"));
    assertThat(listener.count()).isEqualTo(1);
  }

  /** A refused value, which is over the limit of the authority of either stack. */
  private static final String TOO_LARGE = "x".repeat(600_000);

  private Cache<Integer, String> bounded(On stack, boolean writeThrough) {
    Properties properties = fixture.manager(stack).getProperties();
    properties.setProperty("terrace.defaults.heap.max-bytes", "500 KiB");
    return fixture
        .provider
        .getCacheManager(URI.create("test:bounded"), getClass().getClassLoader(), properties)
        .createCache(
            "test",
            (writeThrough ? configuration(store) : CacheFixture.of(Integer.class, String.class))
                .setStatisticsEnabled(true));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatTheWriterTookAndTheCacheRefusesIsNoLongerInTheCache(On stack) {
    Cache<Integer, String> cache = bounded(stack, true);
    List<Consumer<Cache<Integer, String>>> changes =
        List.of(
            c -> c.put(1, TOO_LARGE),
            c -> c.getAndPut(1, TOO_LARGE),
            c -> c.replace(1, TOO_LARGE),
            c -> c.replace(1, "old", TOO_LARGE),
            c -> c.getAndReplace(1, TOO_LARGE),
            c -> c.invoke(1, (entry, arguments) -> setTooLarge(entry)),
            c -> c.putAll(Map.of(1, TOO_LARGE)));
    for (Consumer<Cache<Integer, String>> change : changes) {
      cache.put(1, "old");
      assertThatThrownBy(() -> change.accept(cache)).isInstanceOf(EntryTooLargeException.class);
      assertThat(store.rows).isEqualTo(Map.of(1, TOO_LARGE));
      assertThat(cache.containsKey(1)).isFalse();
    }
    assertThatThrownBy(() -> cache.putIfAbsent(1, TOO_LARGE))
        .isInstanceOf(EntryTooLargeException.class);
    assertThat(cache.containsKey(1)).isFalse();
  }

  private static Object setTooLarge(javax.cache.processor.MutableEntry<Integer, String> entry) {
    entry.setValue(TOO_LARGE);
    return "done";
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aKeyThatIsRefusedStopsNoOtherOfItsBatch(On stack) throws Exception {
    for (boolean writeThrough : new boolean[] {true, false}) {
      Cache<Integer, String> cache = bounded(stack, writeThrough);
      cache.put(2, "old");
      cache.put(4, "old");
      Map<Integer, String> batch =
          new TreeMap<>(Map.of(1, "a", 2, TOO_LARGE, 3, "c", 4, TOO_LARGE, 5, "e"));
      assertThatThrownBy(() -> cache.putAll(batch))
          .isInstanceOf(EntryTooLargeException.class)
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1))
          .satisfies(
              e -> assertThat(e.getSuppressed()[0]).isInstanceOf(EntryTooLargeException.class));
      Map<Integer, String> expected = new TreeMap<>(Map.of(1, "a", 3, "c", 5, "e"));
      if (!writeThrough) {
        expected.put(2, "old");
        expected.put(4, "old");
      }
      assertThat(cache.getAll(batch.keySet())).isEqualTo(expected);
      assertThat(puts(cache)).isEqualTo(2 + 3);
      cache.getCacheManager().destroyCache("test");
    }
  }

  @Test
  void theWritersFailureIsToldFirstAndTheCachesWithIt() {
    Cache<Integer, String> cache = bounded(On.HEAP, true);
    store.failingKey = 3;
    Map<Integer, String> batch = new TreeMap<>(Map.of(1, TOO_LARGE, 2, "b", 3, "c"));
    assertThatThrownBy(() -> cache.putAll(batch))
        .isInstanceOf(CacheWriterException.class)
        .satisfies(
            e -> assertThat(e.getSuppressed()[0]).isInstanceOf(EntryTooLargeException.class));
    assertThat(cache.getAll(batch.keySet())).isEqualTo(Map.of(2, "b"));
  }

  private static long puts(Cache<?, ?> cache) throws JMException {
    ObjectName name =
        new ObjectName(
            "javax.cache:type=CacheStatistics,CacheManager=test.bounded,Cache=" + cache.getName());
    return (long) ManagementFactory.getPlatformMBeanServer().getAttribute(name, "CachePuts");
  }

  private static Object set(javax.cache.processor.MutableEntry<Integer, String> entry) {
    entry.setValue("new");
    return "done";
  }

  private static Object remove(javax.cache.processor.MutableEntry<Integer, String> entry) {
    entry.remove();
    return "done";
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatABatchWroteBeforeItFailedIsInTheCache(On stack) {
    Cache<Integer, String> cache = fixture.cache(stack, configuration(store));
    store.failingKey = 2;
    Map<Integer, String> three = new TreeMap<>(Map.of(1, "a", 2, "b", 3, "c"));
    assertThatThrownBy(() -> cache.putAll(three)).isInstanceOf(CacheWriterException.class);
    assertThat(cache.getAll(three.keySet())).isEqualTo(store.rows).isEqualTo(Map.of(1, "a"));
    store.failingKey = -1;
    cache.putAll(three);
    store.failingKey = 2;
    assertThatThrownBy(() -> cache.removeAll(three.keySet()))
        .isInstanceOf(CacheWriterException.class);
    assertThat(cache.getAll(three.keySet())).isEqualTo(store.rows);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void theLastWriteOfAKeyIsWhatTheCacheHolds(On stack) throws Exception {
    Cache<Integer, String> cache = fixture.cache(stack, configuration(store));
    Hammer.run(
        4,
        thread -> {
          Random random = new Random(thread);
          for (int i = 0; i < 1_500; i++) {
            int key = random.nextInt(6);
            String value = thread + ":" + i;
            switch (random.nextInt(7)) {
              case 0 -> cache.put(key, value);
              case 1 -> cache.remove(key);
              case 2 -> cache.putIfAbsent(key, value);
              case 3 -> cache.replace(key, value);
              case 4 -> cache.invoke(key, (entry, arguments) -> set(entry));
              case 5 -> cache.putAll(Map.of(key, value, 5 - key, value));
              default -> cache.removeAll(Set.of(key, 5 - key));
            }
          }
        });
    assertThat(cache.getAll(Set.of(0, 1, 2, 3, 4, 5))).isEqualTo(store.rows);
  }

  @Test
  void theWriterOfAConditionalChangeIsCalledOnlyIfItIsMade() {
    Cache<Integer, String> cache = fixture.cache(On.HEAP, configuration(store));
    assertThat(cache.replace(1, "a")).isFalse();
    assertThat(cache.replace(1, "a", "b")).isFalse();
    assertThat(store.rows).isEmpty();
    assertThat(cache.putIfAbsent(1, "a")).isTrue();
    assertThat(cache.putIfAbsent(1, "b")).isFalse();
    assertThat(cache.replace(1, "x", "b")).isFalse();
    assertThat(cache.remove(1, "x")).isFalse();
    assertThat(store.rows).isEqualTo(Map.of(1, "a"));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aWriterMayChangeOtherKeysOfItsCache(On stack) {
    AtomicReference<Cache<Integer, String>> itself = new AtomicReference<>();
    Store deriving =
        new Store() {
          @Override
          public void write(Cache.Entry<? extends Integer, ? extends String> entry) {
            super.write(entry);
            if (entry.getKey() < 100) {
              itself.get().put(entry.getKey() + 100, "derived of " + entry.getValue());
              assertThat(itself.get().containsKey(entry.getKey())).as("not before").isFalse();
            }
          }
        };
    itself.set(fixture.cache(stack, configuration(deriving)));
    itself.get().put(1, "a");
    assertThat(itself.get().getAll(Set.of(1, 101)))
        .isEqualTo(Map.of(1, "a", 101, "derived of a"))
        .isEqualTo(deriving.rows);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aWriterThatChangesTheKeyItWritesIsOverruledByWhatItWrote(On stack) {
    AtomicReference<Cache<Integer, String>> itself = new AtomicReference<>();
    Store meddling =
        new Store() {
          @Override
          public void write(Cache.Entry<? extends Integer, ? extends String> entry) {
            if (entry.getValue().equals("outer")) {
              itself.get().put(entry.getKey(), "inner");
            }
            super.write(entry);
          }
        };
    itself.set(fixture.cache(stack, configuration(meddling)));
    itself.get().put(1, "first");
    assertThat(itself.get().replace(1, "first", "outer")).isTrue();
    assertThat(itself.get().get(1)).isEqualTo("outer").isEqualTo(meddling.rows.get(1));
  }
}
