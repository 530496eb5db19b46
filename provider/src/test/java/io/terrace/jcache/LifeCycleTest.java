package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.TieredCache;
import io.terrace.jcache.CacheFixture.On;
import java.io.Closeable;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryListener;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Managers and caches from their creation to their end, after which nothing is left and nothing
 * works.
 */
class LifeCycleTest {
  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static MutableConfiguration<Integer, String> configuration() {
    return CacheFixture.of(Integer.class, String.class);
  }

  @Test
  void theServiceLoaderFindsTheProvider() {
    assertThat(Caching.getCachingProvider()).isInstanceOf(TerraceCachingProvider.class);
  }

  @Test
  void aManagerBelongsToAUriAndAClassLoader() throws Exception {
    URI uri = fixture.provider.getDefaultURI();
    ClassLoader mine = getClass().getClassLoader();
    try (URLClassLoader other = new URLClassLoader(new URL[0], mine)) {
      CacheManager one = fixture.provider.getCacheManager(uri, mine);
      assertThat(fixture.provider.getCacheManager(null, null)).isSameAs(one);
      CacheManager two = fixture.provider.getCacheManager(uri, other);
      CacheManager named = fixture.provider.getCacheManager(URI.create("test:another"), mine);
      assertThat(two).isNotSameAs(one).isNotSameAs(named);
      fixture.provider.close(other);
      assertThat(two.isClosed()).isTrue();
      assertThat(one.isClosed()).isFalse();
      fixture.provider.close(named.getURI(), mine);
      assertThat(named.isClosed()).isTrue();
      one.close();
      assertThat(fixture.provider.getCacheManager(uri, mine)).isNotSameAs(one);
    }
  }

  @Test
  void managersOfOneUriKeepTheirEntriesApart() throws Exception {
    Properties properties = fixture.manager(On.HEAP_AND_DISK).getProperties();
    URI uri = URI.create("test:shared");
    ClassLoader mine = getClass().getClassLoader();
    try (URLClassLoader other = new URLClassLoader(new URL[0], mine)) {
      for (int restart = 0; restart < 2; restart++) {
        CacheManager one = fixture.provider.getCacheManager(uri, mine, properties);
        CacheManager two = fixture.provider.getCacheManager(uri, other, properties);
        Cache<Integer, String> ofOne = one.createCache("test", configuration());
        Cache<Integer, String> ofTwo = two.createCache("test", configuration());
        assertThat(ofOne.getAndPut(1, "one")).isEqualTo(restart == 0 ? null : "one");
        assertThat(ofTwo.getAndPut(1, "two")).isEqualTo(restart == 0 ? null : "two");
        one.close();
        two.close();
      }
    }
  }

  @Test
  void aDurableCacheIsWarmAfterItsManagerWasClosedAndEmptyAfterItWasDestroyed() {
    Cache<Integer, String> cache = fixture.cache(On.HEAP_AND_DISK, configuration());
    cache.put(1, "a");
    cache.getCacheManager().close();
    Cache<Integer, String> warm = fixture.cache(On.HEAP_AND_DISK, configuration());
    assertThat(warm.get(1)).isEqualTo("a");
    warm.getCacheManager().destroyCache("test");
    assertThat(warm.isClosed()).isTrue();
    assertThat(fixture.cache(On.HEAP_AND_DISK, configuration()).containsKey(1)).isFalse();
  }

  @Test
  @Timeout(60)
  void theStorageOfAManagerIsFreeBeforeCodeOfTheUserRuns() throws Exception {
    AtomicReference<@Nullable String> seen = new AtomicReference<>();
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    Cache<Integer, String> cache =
        fixture.cache(
            On.HEAP_AND_DISK,
            configuration()
                .setCacheLoaderFactory(
                    CacheFixture.always(
                        new ClosingLoader(
                            () -> {
                              seen.set(newCache().get(1)); // in the thread that closes
                              closing.countDown();
                              awaitLatch(released);
                            }))));
    cache.put(1, "a");
    Thread closer = new Thread(cache.getCacheManager()::close);
    closer.start();
    awaitLatch(closing);
    assertThat(seen.get()).isEqualTo("a");
    assertThat(newCache().get(1)).isEqualTo("a"); // in another one, while the first still closes
    released.countDown();
    closer.join();
  }

  private Cache<Integer, String> newCache() {
    Cache<Integer, String> open = fixture.manager(On.HEAP_AND_DISK).getCache("test");
    return open == null ? fixture.cache(On.HEAP_AND_DISK, configuration()) : open;
  }

  @Test
  @Timeout(60)
  void aLoaderMayAskForTheManagerThatIsBeingClosed() throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicReference<@Nullable CacheManager> got = new AtomicReference<>();
    CacheManager old = fixture.manager(On.HEAP_AND_DISK);
    Cache<Integer, String> cache =
        fixture.cache(
            On.HEAP_AND_DISK,
            configuration()
                .setReadThrough(true)
                .setCacheLoaderFactory(
                    CacheFixture.always(
                        new ClosingLoader(() -> awaitLatch(closed)) {
                          @Override
                          public String load(Integer key) {
                            loading.countDown();
                            CacheManager now = old;
                            while (now == old) {
                              now = fixture.manager(On.HEAP_AND_DISK);
                            }
                            got.set(now);
                            closed.countDown();
                            throw new CacheLoaderException("over");
                          }
                        })));
    Thread reader =
        new Thread(
            () -> assertThatThrownBy(() -> cache.get(1)).isInstanceOf(CacheLoaderException.class));
    reader.start();
    awaitLatch(loading);
    old.close(); // returns only when the loader has the new manager
    reader.join();
    assertThat(got.get()).isNotNull().isNotSameAs(old);
  }

  @Test
  @Timeout(60)
  void whoComesWhileAManagerClosesNeverMeetsItsStorageInUse() throws Exception {
    for (int round = 0; round < 30; round++) {
      CacheManager old = fixture.manager(On.HEAP_AND_DISK);
      old.createCache("test", configuration()).put(round, "a");
      Thread closer = new Thread(old::close);
      closer.start();
      CacheManager next;
      do {
        next = fixture.manager(On.HEAP_AND_DISK);
      } while (next == old);
      Cache<Integer, String> cache = next.createCache("test", configuration());
      assertThat(cache.get(round)).isEqualTo("a");
      closer.join();
      next.close();
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A loader that loads nothing and does something when it is closed. */
  private static class ClosingLoader implements CacheLoader<Integer, String>, Closeable {
    private final Runnable onClose;

    ClosingLoader(Runnable onClose) {
      this.onClose = onClose;
    }

    @Override
    public @Nullable String load(Integer key) {
      return null;
    }

    @Override
    public Map<Integer, String> loadAll(Iterable<? extends Integer> keys) {
      return Map.of();
    }

    @Override
    public void close() {
      onClose.run();
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void theNameOfAClosedCacheIsFree(On stack) {
    for (int i = 0; i < 3; i++) {
      Cache<Integer, String> cache = fixture.cache(stack, configuration());
      assertThatThrownBy(() -> fixture.cache(stack, configuration()))
          .isInstanceOf(CacheException.class)
          .hasMessageContaining("already");
      cache.close();
      cache.close();
      assertThat(fixture.manager(stack).getCacheNames()).isEmpty();
      assertThat((Object) fixture.manager(stack).getCache("test")).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aClosedCacheRefusesEveryOperation(On stack) {
    Cache<Integer, String> cache = fixture.cache(stack, configuration().setStatisticsEnabled(true));
    cache.put(1, "a");
    var walk = cache.iterator();
    cache.close();
    List<Consumer<Cache<Integer, String>>> operations =
        List.of(
            c -> c.get(1),
            c -> c.getAll(Set.of(1)),
            c -> c.containsKey(1),
            c -> c.loadAll(Set.of(1), true, null),
            c -> c.put(1, "b"),
            c -> c.getAndPut(1, "b"),
            c -> c.putAll(Map.of(1, "b")),
            c -> c.putIfAbsent(1, "b"),
            c -> c.remove(1),
            c -> c.remove(1, "a"),
            c -> c.getAndRemove(1),
            c -> c.replace(1, "b"),
            c -> c.replace(1, "a", "b"),
            c -> c.getAndReplace(1, "b"),
            c -> c.removeAll(),
            c -> c.removeAll(Set.of(1)),
            c -> c.clear(),
            c -> c.invoke(1, (entry, arguments) -> null),
            c -> c.invokeAll(Set.of(1), (entry, arguments) -> null),
            c -> assertThat(c.iterator()).isNull(),
            c -> c.registerCacheEntryListener(listenerConfiguration(new RecordingListener<>())),
            c -> c.deregisterCacheEntryListener(listenerConfiguration(new RecordingListener<>())),
            c -> assertThat(walk.hasNext()).isFalse(),
            c -> walk.next());
    for (Consumer<Cache<Integer, String>> operation : operations) {
      assertThatThrownBy(() -> operation.accept(cache))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("cache 'test' is closed");
    }
    assertThat(cache.getName()).isEqualTo("test");
    assertThat(cache.getCacheManager()).isNotNull();
  }

  @Test
  void aClosedManagerRefusesEveryOperation() {
    TerraceCacheManager manager = fixture.manager(On.HEAP);
    Cache<Integer, String> cache = manager.createCache("test", configuration());
    manager.close();
    manager.close();
    assertThat(cache.isClosed()).isTrue();
    List<Consumer<CacheManager>> operations =
        List.of(
            m -> m.createCache("another", configuration()),
            m -> m.getCache("test"),
            m -> m.getCache("test", Integer.class, String.class),
            m -> m.getCacheNames(),
            m -> m.destroyCache("test"),
            m -> m.enableManagement("test", true),
            m -> m.enableStatistics("test", true));
    for (Consumer<CacheManager> operation : operations) {
      assertThatThrownBy(() -> operation.accept(manager))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is closed");
    }
  }

  private static MutableCacheEntryListenerConfiguration<Integer, String> listenerConfiguration(
      CacheEntryListener<Integer, String> listener) {
    return new MutableCacheEntryListenerConfiguration<>(
        CacheFixture.always(listener), null, false, true);
  }

  /** Everything a user can hand in, counting how often it was closed. */
  private static final class Closing extends RecordingListener<Integer, String>
      implements CacheLoader<Integer, String>,
          CacheWriter<Integer, String>,
          ExpiryPolicy,
          Closeable {
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public void close() {
      closed.incrementAndGet();
    }

    @Override
    public @Nullable String load(Integer key) {
      return null;
    }

    @Override
    public Map<Integer, String> loadAll(Iterable<? extends Integer> keys) {
      return Map.of();
    }

    @Override
    public void write(Cache.Entry<? extends Integer, ? extends String> entry) {}

    @Override
    public void writeAll(Collection<Cache.Entry<? extends Integer, ? extends String>> entries) {}

    @Override
    public void delete(Object key) {}

    @Override
    public void deleteAll(Collection<?> keys) {}

    @Override
    public Duration getExpiryForCreation() {
      return Duration.ETERNAL;
    }

    @Override
    public @Nullable Duration getExpiryForAccess() {
      return null;
    }

    @Override
    public @Nullable Duration getExpiryForUpdate() {
      return null;
    }
  }

  @Test
  void whatTheUserHandedInIsClosedOnceWithTheCache() {
    Closing loader = new Closing();
    Closing writer = new Closing();
    Closing policy = new Closing();
    Closing listener = new Closing();
    Cache<Integer, String> cache =
        fixture.cache(
            On.HEAP,
            configuration()
                .setCacheLoaderFactory(CacheFixture.always(loader))
                .setCacheWriterFactory(CacheFixture.always(writer))
                .setExpiryPolicyFactory(CacheFixture.always(policy))
                .addCacheEntryListenerConfiguration(listenerConfiguration(listener)));
    cache.close();
    cache.getCacheManager().close();
    assertThat(List.of(loader.closed, writer.closed, policy.closed, listener.closed))
        .extracting(AtomicInteger::get)
        .containsOnly(1);
  }

  @Test
  void whatWasMadeForACacheThatCannotBeOpenedIsClosed() {
    Closing loader = new Closing();
    MutableConfiguration<Integer, String> contradiction =
        configuration().setCacheLoaderFactory(CacheFixture.always(loader)).setWriteThrough(true);
    assertThatThrownBy(() -> fixture.cache(On.HEAP, contradiction))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CacheWriter");
    assertThat(loader.closed).hasValue(1);
    fixture.cache(On.HEAP, configuration()).put(1, "the name is free");
  }

  @Test
  void closingWaitsForNoLoaderAndItsValueIsStoredNowhere() throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    CacheLoader<Integer, String> slow =
        new CacheLoader<>() {
          @Override
          public String load(Integer key) {
            loading.countDown();
            try {
              assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            return "late";
          }

          @Override
          public Map<Integer, String> loadAll(Iterable<? extends Integer> keys) {
            return Map.of(1, load(1));
          }
        };
    Cache<Integer, String> cache =
        fixture.cache(
            On.HEAP_AND_DISK, configuration().setCacheLoaderFactory(CacheFixture.always(slow)));
    cache.loadAll(Set.of(1), true, null);
    assertThat(loading.await(20, TimeUnit.SECONDS)).isTrue();
    cache.getCacheManager().close();
    assertThat(cache.isClosed()).isTrue();
    closed.countDown();
    CacheFixture.await(() -> CacheFixture.workers().isEmpty());
    assertThat(fixture.cache(On.HEAP_AND_DISK, configuration()).containsKey(1)).isFalse();
  }

  @Test
  void typesAreCheckedWhereTheyAreConfigured() {
    Cache<Integer, String> cache = fixture.cache(On.HEAP, configuration());
    CacheManager manager = cache.getCacheManager();
    assertThat(manager.getCache("test", Integer.class, String.class)).isSameAs(cache);
    assertThatThrownBy(() -> manager.getCache("test", String.class, String.class))
        .isInstanceOf(ClassCastException.class)
        .hasMessageContaining("java.lang.Integer -> java.lang.String");
    Cache<Object, Object> untyped = manager.getCache("test");
    assertThatThrownBy(() -> untyped.put("key", "value"))
        .isInstanceOf(ClassCastException.class)
        .hasMessageContaining("keys of type java.lang.Integer, not java.lang.String");
    assertThatThrownBy(() -> untyped.put(1, 1)).isInstanceOf(ClassCastException.class);
    assertThatThrownBy(
            () ->
                untyped.invoke(
                    1,
                    (entry, arguments) -> {
                      entry.setValue(1);
                      return null;
                    }))
        .hasCauseInstanceOf(ClassCastException.class);
  }

  @Test
  void theViewOfTheTiersIsUnwrapped() {
    Cache<Integer, String> cache = fixture.cache(On.HEAP_AND_DISK, configuration());
    cache.put(1, "a");
    TieredCache<?, ?> view = cache.unwrap(TieredCache.class);
    assertThat(view.tierStatistics())
        .extracting("tier", "entries")
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("heap", 1L),
            org.assertj.core.groups.Tuple.tuple("disk", 1L));
    assertThatThrownBy(() -> cache.unwrap(String.class))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anIterationRemovesWhatItReturnedLast() {
    Cache<Integer, String> cache = fixture.cache(On.HEAP_AND_DISK, configuration());
    for (int i = 0; i < 50; i++) {
      cache.put(i, "v" + i);
    }
    var walk = cache.iterator();
    assertThatThrownBy(walk::remove).isInstanceOf(IllegalStateException.class);
    Integer first = walk.next().getKey();
    walk.remove();
    assertThatThrownBy(walk::remove).isInstanceOf(IllegalStateException.class);
    assertThat(cache.containsKey(first)).isFalse();
    assertThat(cache).hasSize(49);
  }
}
