package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.jcache.CacheFixture.On;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Read-through and loadAll: few calls of the loader, and nothing stale is ever stored. */
class LoadingTest {
  private final CacheFixture fixture = new CacheFixture();
  private final Source source = new Source();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** Answers with the key, or whatever the test wants. */
  private static final class Source implements CacheLoader<Integer, String> {
    final AtomicInteger loads = new AtomicInteger();
    final AtomicInteger batches = new AtomicInteger();
    volatile UnaryOperator<String> answer = text -> text;

    @Override
    public String load(Integer key) {
      loads.incrementAndGet();
      return answer.apply("loaded " + key);
    }

    @Override
    public Map<Integer, String> loadAll(Iterable<? extends Integer> keys) {
      batches.incrementAndGet();
      Map<Integer, String> all = new HashMap<>();
      keys.forEach(key -> all.put(key, answer.apply("loaded " + key)));
      return all;
    }
  }

  private MutableConfiguration<Integer, String> configuration() {
    return CacheFixture.of(Integer.class, String.class)
        .setReadThrough(true)
        .setCacheLoaderFactory(CacheFixture.always(source));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void manyAbsentKeysAreLoadedWithFewCalls(On stack) {
    Cache<Integer, String> cache = fixture.cache(stack, configuration());
    Set<Integer> keys = new TreeSet<>();
    for (int i = 0; i < 200; i++) {
      keys.add(i);
    }
    cache.put(3, "put");
    Map<Integer, String> all = cache.getAll(keys);
    assertThat(all).hasSize(200).containsEntry(3, "put").containsEntry(199, "loaded 199");
    assertThat(source.batches).hasValueLessThanOrEqualTo(4);
    assertThat(source.loads).hasValue(0);
    assertThat(cache.getAll(keys)).isEqualTo(all);
    assertThat(source.batches).hasValueLessThanOrEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void i3_aLoadedValueDoesNotBringARemovedKeyBack(On stack) throws Exception {
    for (boolean watched : new boolean[] {false, true}) {
      MutableConfiguration<Integer, String> configuration = configuration();
      if (watched) {
        configuration.addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                CacheFixture.always(new RecordingListener<Integer, String>()), null, true, true));
      }
      Cache<Integer, String> cache =
          fixture.manager(stack).createCache("watched " + watched, configuration);
      changedDuring(cache, () -> cache.get(1), cache::remove);
      assertThat(cache.containsKey(1)).isFalse();
      changedDuring(cache, () -> cache.getAll(Set.of(1, 2)), cache::remove);
      assertThat(cache.containsKey(1)).isFalse();
      assertThat(cache.containsKey(2)).isTrue();
      changedDuring(cache, () -> cache.get(1), key -> cache.put(key, "newer"));
      assertThat(cache.get(1)).isEqualTo("newer");
      changedDuring(cache, () -> loadAll(cache, true), key -> cache.put(key, "newest"));
      assertThat(cache.get(1)).isEqualTo("newest");
      changedDuring(cache, () -> loadAll(cache, true), cache::remove);
      assertThat(cache.containsKey(1)).isFalse();
    }
  }

  /** How a key may be removed. */
  private enum Removal {
    REMOVE,
    GET_AND_REMOVE,
    REMOVE_ALL,
    REMOVE_EVERYTHING,
    PROCESSOR;

    <K> void of(K key, Cache<K, ?> cache) {
      switch (this) {
        case REMOVE -> cache.remove(key);
        case GET_AND_REMOVE -> cache.getAndRemove(key);
        case REMOVE_ALL -> cache.removeAll(Set.of(key));
        case REMOVE_EVERYTHING -> cache.removeAll();
        case PROCESSOR ->
            cache.invoke(
                key,
                (entry, arguments) -> {
                  entry.remove();
                  return null;
                });
      }
    }
  }

  /** Who makes the changes of a cache ordered. */
  private enum Order {
    NONE,
    LISTENER,
    WRITER
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void i3_theRemovalOfAnAbsentKeyIsNotUndoneByALoadInProgress(On stack) throws Exception {
    for (Removal removal : Removal.values()) {
      for (Order order : Order.values()) {
        MutableConfiguration<Integer, String> configuration = configuration();
        if (order == Order.LISTENER) {
          configuration.addCacheEntryListenerConfiguration(
              new MutableCacheEntryListenerConfiguration<>(
                  CacheFixture.always(new RecordingListener<Integer, String>()), null, true, true));
        } else if (order == Order.WRITER) {
          configuration
              .setWriteThrough(true)
              .setCacheWriterFactory(CacheFixture.always(new NoRows()));
        }
        String name = removal + " " + order;
        Cache<Integer, String> cache = fixture.manager(stack).createCache(name, configuration);
        during(() -> cache.get(1), () -> removal.of(1, cache));
        assertThat(cache.containsKey(1)).as(name).isFalse();
        cache.close();
      }
    }
  }

  /** Forgets all. */
  private static final class NoRows implements CacheWriter<Integer, String> {
    @Override
    public void write(Cache.Entry<? extends Integer, ? extends String> entry) {}

    @Override
    public void writeAll(Collection<Cache.Entry<? extends Integer, ? extends String>> entries) {
      entries.clear();
    }

    @Override
    public void delete(Object key) {}

    @Override
    public void deleteAll(Collection<?> keys) {
      keys.clear();
    }
  }

  private static void loadAll(Cache<Integer, String> cache, boolean replace) {
    CompletionListenerFuture done = new CompletionListenerFuture();
    cache.loadAll(Set.of(1), replace, done);
    try {
      done.get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What another thread does to a key. */
  private interface Change {
    void make(int key);
  }

  /** Changes key 1 while the loader is at work on it. */
  private void changedDuring(Cache<Integer, String> cache, Runnable load, Change change)
      throws Exception {
    during(
        load,
        () -> {
          cache.put(1, "meanwhile");
          change.make(1);
        });
  }

  /** Does something while the loader is at work. */
  private void during(Runnable load, Runnable change) throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    source.answer =
        text -> {
          loading.countDown();
          await(changed);
          return text;
        };
    Hammer.run(
        2,
        thread -> {
          if (thread == 0) {
            load.run();
          } else {
            await(loading);
            change.run();
            changed.countDown();
          }
        });
    source.answer = text -> text;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aLoaderMayPutItsKeyWhileAnotherThreadDoesInACacheWithAListener(On stack) throws Exception {
    AtomicReference<Cache<Integer, String>> itself = new AtomicReference<>();
    RecordingListener<Integer, String> listener = new RecordingListener<>();
    itself.set(
        fixture.cache(
            stack,
            configuration()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        CacheFixture.always(listener), null, true, true))));
    source.answer =
        text -> {
          itself.get().put(1, "by the loader");
          return text;
        };
    Hammer.run(
        4,
        thread -> {
          for (int i = 0; i < 300; i++) {
            itself.get().get(1);
            itself.get().putIfAbsent(1, "by a thread");
            itself.get().remove(1);
          }
        });
    assertThat(listener.count()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aFailingLoaderFailsWhoeverAskedAndNobodyElse(On stack) {
    Cache<Integer, String> cache = fixture.cache(stack, configuration());
    source.answer =
        text -> {
          throw new IllegalStateException("no");
        };
    assertThatThrownBy(() -> cache.get(1))
        .isInstanceOf(CacheLoaderException.class)
        .hasRootCauseMessage("no");
    assertThatThrownBy(() -> cache.getAll(Set.of(1, 2))).isInstanceOf(CacheLoaderException.class);
    CompletionListenerFuture done = new CompletionListenerFuture();
    cache.loadAll(Set.of(1, 2), false, done);
    assertThatThrownBy(() -> done.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(CacheLoaderException.class);
    assertThat(cache.containsKey(1)).isFalse();
    assertThat(cache.putIfAbsent(1, "put")).isTrue();
    source.answer = text -> text;
    assertThat(cache.get(2)).isEqualTo("loaded 2");
  }

  @Test
  void loadAllWithoutALoaderIsDoneAtOnce() throws Exception {
    Cache<Integer, String> cache =
        fixture.cache(On.HEAP, CacheFixture.of(Integer.class, String.class));
    CompletionListenerFuture done = new CompletionListenerFuture();
    cache.loadAll(Set.of(1), true, done);
    done.get(20, TimeUnit.SECONDS);
    cache.loadAll(Set.of(1), true, null);
    assertThat(cache.containsKey(1)).isFalse();
  }

  @Test
  void withoutReadThroughOnlyLoadAllLoads() {
    Cache<Integer, String> cache = fixture.cache(On.HEAP, configuration().setReadThrough(false));
    assertThat(cache.get(1)).isNull();
    assertThat(cache.getAll(Set.of(1))).isEmpty();
    loadAll(cache, false);
    assertThat(cache.get(1)).isEqualTo("loaded 1");
    cache.put(1, "put");
    loadAll(cache, false);
    assertThat(cache.get(1)).isEqualTo("put");
    loadAll(cache, true);
    assertThat(cache.get(1)).isEqualTo("loaded 1");
  }
}
