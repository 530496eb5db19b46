package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.jcache.CacheFixture.On;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Entry processors: atomic, run again when the key changed, with effects of the last run only. */
class ProcessingTest {
  private static final EntryProcessor<Integer, Integer, Integer> INCREMENT =
      (entry, arguments) -> {
        int next = entry.exists() ? entry.getValue() + 1 : 1;
        entry.setValue(next);
        return next;
      };

  private static final EntryProcessor<Integer, Integer, Integer> READ =
      (entry, arguments) -> entry.getValue();

  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static MutableConfiguration<Integer, Integer> configuration() {
    return CacheFixture.of(Integer.class, Integer.class);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void i8_noIncrementIsLost(On stack) throws Exception {
    Cache<Integer, Integer> cache = fixture.cache(stack, configuration());
    Hammer.run(
        4,
        thread -> {
          for (int i = 0; i < 1_000; i++) {
            cache.invokeAll(Set.of(1, 2), INCREMENT);
          }
        });
    assertThat(cache.getAll(Set.of(1, 2))).isEqualTo(Map.of(1, 4_000, 2, 4_000));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aProcessorWhoseKeyChangedMeanwhileRunsAgainAndOnlyTheLastRunIsHeard(On stack) {
    RecordingListener<Integer, Integer> listener = new RecordingListener<>();
    for (boolean watched : new boolean[] {false, true}) {
      MutableConfiguration<Integer, Integer> configuration =
          configuration().setStatisticsEnabled(true);
      if (watched) {
        configuration.addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                CacheFixture.always(listener), null, true, true));
      }
      TerraceCacheManager manager = fixture.manager(stack);
      Cache<Integer, Integer> cache = manager.createCache("watched " + watched, configuration);
      AtomicInteger runs = new AtomicInteger();
      Integer result =
          cache.invoke(
              1,
              (entry, arguments) -> {
                assertThat(entry.exists()).isEqualTo(runs.get() > 0);
                if (runs.incrementAndGet() == 1) {
                  cache.put(1, 100); // as another thread could
                }
                return INCREMENT.process(entry);
              });
      assertThat(result).isEqualTo(101);
      assertThat(cache.get(1)).isEqualTo(101);
      assertThat(runs).hasValue(2);
    }
    assertThat(listener.of(1)).hasToString("[CREATED null -> 100, UPDATED 100 -> 101]");
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void onlyTheNetEffectOfARunCounts(On stack) {
    Cache<Integer, Integer> cache = fixture.cache(stack, configuration());
    cache.invoke(
        1,
        (entry, arguments) -> {
          entry.setValue(1);
          assertThat(entry.exists()).isTrue();
          assertThat(cache.containsKey(1)).as("not yet").isFalse();
          entry.remove();
          assertThat(entry.exists()).isFalse();
          assertThat(entry.getValue()).isNull();
          return null;
        });
    assertThat(cache.containsKey(1)).isFalse();
    cache.put(1, 1);
    cache.invoke(
        1,
        (entry, arguments) -> {
          entry.remove();
          entry.setValue(2);
          assertThat(entry.getValue()).isEqualTo(2);
          return null;
        });
    assertThat(cache.get(1)).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aFailingProcessorChangesNothingAndTellsPerKey(On stack) {
    Cache<Integer, Integer> cache = fixture.cache(stack, configuration());
    cache.put(1, 1);
    EntryProcessor<Integer, Integer, Integer> failsForOne =
        (entry, arguments) -> {
          entry.setValue(5);
          if (entry.getKey() == 1) {
            throw new IllegalStateException("no");
          }
          return 5;
        };
    Map<Integer, EntryProcessorResult<Integer>> results =
        cache.invokeAll(Set.of(1, 2), failsForOne);
    assertThat(results.get(2).get()).isEqualTo(5);
    assertThatThrownBy(() -> results.get(1).get())
        .isInstanceOf(EntryProcessorException.class)
        .hasRootCauseMessage("no");
    assertThat(cache.getAll(Set.of(1, 2))).isEqualTo(Map.of(1, 1, 2, 5));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatAReadLoadsIsStoredAndCanBeReplacedOrRemovedInTheSameRun(On stack) {
    CacheLoader<Integer, Integer> ten = new TimesTen();
    Cache<Integer, Integer> cache =
        fixture.cache(
            stack,
            configuration().setReadThrough(true).setCacheLoaderFactory(CacheFixture.always(ten)));
    assertThat(cache.invoke(1, READ)).isEqualTo(10);
    assertThat(cache.containsKey(1)).isTrue();
    cache.invoke(
        2,
        (entry, arguments) -> {
          entry.setValue(entry.getValue() + 1);
          return null;
        });
    assertThat(cache.get(2)).isEqualTo(21);
    cache.invoke(
        3,
        (entry, arguments) -> {
          assertThat(entry.getValue()).isEqualTo(30);
          entry.remove();
          return null;
        });
    assertThat(cache.containsKey(3)).isFalse();
    cache.invoke(
        4,
        (entry, arguments) -> {
          entry.setValue(entry.getValue() + 1);
          entry.remove();
          return null;
        });
    assertThat(cache.containsKey(4)).isFalse();
    assertThat(cache.invoke(-1, READ)).isNull();
  }

  /** Knows every positive number. */
  private static final class TimesTen implements CacheLoader<Integer, Integer> {
    @Override
    public Integer load(Integer key) {
      return key > 0 ? key * 10 : null;
    }

    @Override
    public Map<Integer, Integer> loadAll(Iterable<? extends Integer> keys) {
      Map<Integer, Integer> all = new HashMap<>();
      keys.forEach(key -> all.put(key, load(key)));
      return all;
    }
  }
}
