package io.terrace.jcache;

import static io.terrace.jcache.StreamCacheFixture.body;
import static io.terrace.jcache.StreamCacheFixture.configuration;
import static io.terrace.jcache.StreamCacheFixture.seedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.jcache.StreamCacheFixture.On;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loaders of streams: what they return is stored and closed, whatever becomes of it. */
class StreamLoadingTest {
  private final StreamCacheFixture fixture = new StreamCacheFixture();
  private final Origin origin = new Origin();
  private final RecordingListener<String, StreamValue> listener = new RecordingListener<>();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** Answers with the number in the key; keys without one it does not know. */
  private final class Origin implements CacheLoader<String, StreamValue> {
    final AtomicInteger loads = new AtomicInteger();
    volatile IntFunction<Source> answer = fixture::sourceOf;

    @Override
    public StreamValue load(String key) {
      loads.incrementAndGet();
      int seed = seed(key);
      return seed < 0 ? null : answer.apply(seed).value();
    }

    @Override
    public Map<String, StreamValue> loadAll(Iterable<? extends String> keys) {
      loads.incrementAndGet();
      Map<String, StreamValue> all = new HashMap<>();
      for (String key : keys) {
        if (seed(key) >= 0) {
          all.put(key, answer.apply(seed(key)).value());
        }
      }
      all.put("nobody asked", fixture.source(0));
      return all;
    }

    private int seed(String key) {
      return key.startsWith("k") ? Integer.parseInt(key.substring(1)) : -1;
    }
  }

  private MutableConfiguration<String, StreamValue> loading() {
    return configuration().setReadThrough(true).setCacheLoaderFactory(CacheFixture.always(origin));
  }

  private MutableConfiguration<String, StreamValue> watched() {
    return loading()
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                CacheFixture.always(listener), null, true, true));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void anAbsentKeyIsLoadedStoredAndRead(On on) {
    for (boolean watched : new boolean[] {false, true}) {
      origin.loads.set(0);
      Cache<String, StreamValue> cache = fixture.open(on, watched ? watched() : loading());
      StreamValue value = cache.get("k5");
      fixture.assertOpen(1);
      assertThat(seedOf(value)).isEqualTo(5);
      assertThat(seedOf(cache.get("k5"))).isEqualTo(5);
      assertThat(origin.loads).hasValue(1);
      assertThat(cache.get("unknown")).isNull();
      assertThat(listener.of("k5")).hasSize(watched ? 1 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void manyAreLoadedAtOnce(On on) {
    for (boolean watched : new boolean[] {false, true}) {
      Cache<String, StreamValue> cache = fixture.open(on, watched ? watched() : loading());
      cache.put("k3", fixture.source(33));
      origin.loads.set(0);
      Map<String, StreamValue> all = cache.getAll(Set.of("k1", "k2", "k3", "unknown"));
      assertThat(all).containsOnlyKeys("k1", "k2", "k3");
      fixture.assertOpen(3);
      assertThat(origin.loads).hasValue(1);
      assertThat(seedOf(all.get("k1"))).isEqualTo(1);
      assertThat(seedOf(all.get("k2"))).isEqualTo(2);
      assertThat(seedOf(all.get("k3"))).isEqualTo(33);
      assertThat(seedOf(cache.get("k2"))).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void loadAllStoresAndLeavesNothingOpen(On on) throws Exception {
    Cache<String, StreamValue> cache = fixture.open(on, loading());
    cache.put("k1", fixture.source(11));
    cache.put("k2", fixture.source(12));
    assertThat(load(cache, false)).isNull();
    assertThat(seedOf(cache.get("k1"))).isEqualTo(11);
    assertThat(seedOf(cache.get("k3"))).isEqualTo(3);
    assertThat(load(cache, true)).isNull();
    assertThat(seedOf(cache.get("k1"))).isEqualTo(1);
    assertThat(seedOf(cache.get("k2"))).isEqualTo(2);
    assertThat(cache.containsKey("nobody asked")).isFalse();
    fixture.assertOpen(0);
    cache.clear();
    origin.answer = seed -> fixture.watched(Source.failing(body(seed), 100));
    assertThat(load(cache, true)).isNotNull();
    fixture.assertOpen(0);
    assertThat(cache.containsKey("k1")).isFalse();
  }

  /** Loads three keys; what went wrong, or null. */
  private static Throwable load(Cache<String, StreamValue> cache, boolean replace)
      throws Exception {
    CompletionListenerFuture done = new CompletionListenerFuture();
    cache.loadAll(Set.of("k1", "k2", "k3"), replace, done);
    try {
      done.get(20, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aSourceThatFailsReachesTheReaderAndNoOtherIsLeftOpen(On on) {
    Cache<String, StreamValue> cache = fixture.open(on, watched());
    origin.answer =
        seed ->
            seed == 2 ? fixture.watched(Source.failing(body(seed), 100)) : fixture.sourceOf(seed);
    assertThatThrownBy(() -> cache.get("k2")).hasStackTraceContaining("the source failed");
    fixture.assertOpen(0);
    assertThatThrownBy(() -> cache.getAll(Set.of("k1", "k2", "k3", "k4")))
        .hasStackTraceContaining("the source failed");
    fixture.assertOpen(0);
    assertThat(cache.containsKey("k2")).isFalse();
    origin.answer =
        seed -> {
          throw new CacheLoaderException("no");
        };
    assertThatThrownBy(() -> cache.get("k9")).isInstanceOf(CacheLoaderException.class);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aRemovalWhileAKeyIsLoadedKeepsItOutOfTheCache(On on) {
    Cache<String, StreamValue> cache = fixture.open(on, loading());
    boolean[] removed = new boolean[1];
    origin.answer =
        seed ->
            fixture
                .sourceOf(seed)
                .meanwhile(
                    () -> {
                      if (!removed[0]) {
                        removed[0] = true;
                        cache.remove("k5");
                      }
                    });
    assertThat(seedOf(cache.get("k5"))).isEqualTo(5);
    assertThat(cache.containsKey("k5")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void i3_theRemovalOfAnAbsentKeyIsNotUndoneByALoadInProgress(On on) {
    for (boolean watched : new boolean[] {false, true}) {
      for (boolean opened : new boolean[] {false, true}) {
        for (boolean get : new boolean[] {false, true}) {
          Cache<String, StreamValue> cache = fixture.open(on, watched ? watched() : loading());
          boolean[] once = new boolean[1];
          Runnable remove =
              () -> {
                if (!once[0]) {
                  once[0] = true;
                  assertThat(get ? cache.getAndRemove("k5") != null : cache.remove("k5")).isFalse();
                }
              };
          origin.answer =
              seed -> {
                if (!opened) {
                  remove.run(); // while the loader is asked, and not while its source is read
                }
                return fixture.sourceOf(seed).meanwhile(opened ? remove : () -> {});
              };
          assertThat(seedOf(cache.get("k5"))).isEqualTo(5);
          assertThat(cache.containsKey("k5")).isFalse();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aLifeBeginsWhenTheLoadedValueIsThere(On on) {
    long hour = TimeUnit.HOURS.toMillis(1);
    Cache<String, StreamValue> cache =
        fixture.open(
            on, loading().setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    origin.answer =
        seed -> fixture.sourceOf(seed).meanwhile(() -> fixture.base.now.addAndGet(2 * hour));
    assertThat(seedOf(cache.get("k5"))).isEqualTo(5);
    assertThat(cache.containsKey("k5")).isTrue();
    fixture.base.now.addAndGet(hour);
    assertThat(cache.containsKey("k5")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatIsOverAsItIsLoadedIsReadFromItsSource(On on) {
    Cache<String, StreamValue> cache =
        fixture.open(
            on, watched().setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ZERO)));
    assertThat(seedOf(cache.get("k5"))).isEqualTo(5);
    Map<String, StreamValue> all = cache.getAll(Set.of("k1", "k2"));
    assertThat(seedOf(all.get("k1"))).isEqualTo(1);
    assertThat(seedOf(all.get("k2"))).isEqualTo(2);
    assertThat(cache.containsKey("k5")).isFalse();
    assertThat(listener.count()).isZero();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatIsOverAsItIsLoadedIsHandedOutUnread(On on) throws Exception {
    for (boolean joins : new boolean[] {false, true}) {
      StreamSettings settings =
          joins ? StreamCacheFixture.PATIENT.joiningWrites() : StreamCacheFixture.PATIENT;
      MutableConfiguration<String, StreamValue> atOnce =
          loading().setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ZERO));
      Cache<String, StreamValue> cache =
          fixture.open(fixture.builder(on, atOnce).stream(settings).build());
      origin.loads.set(0);
      Source source = fixture.sourceOf(5);
      origin.answer = seed -> source;
      StreamValue value = cache.get("k5");
      assertThat(source.reads).isZero();
      assertThat(seedOf(value)).isEqualTo(5);
      assertThat(origin.loads).hasValue(1);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aLoadThatIsJoinedIsStoredInTheBackgroundAndHeard(On on) throws Exception {
    Cache<String, StreamValue> cache =
        fixture.open(
            fixture.builder(on, watched()).stream(StreamCacheFixture.PATIENT.joiningWrites())
                .build());
    assertThat(seedOf(cache.get("k5"))).isEqualTo(5);
    CacheFixture.await(() -> listener.of("k5").size() == 1);
    assertThat(seedOf(cache.get("k5"))).isEqualTo(5);
    cache.put("k5", fixture.source(6)); // its order is free again
    assertThat(listener.of("k5")).hasSize(2);
    assertThat(origin.loads).hasValue(1);
    Map<String, StreamValue> all = cache.getAll(Set.of("k1", "k2", "k5"));
    assertThat(seedOf(all.get("k1"))).isEqualTo(1);
    assertThat(seedOf(all.get("k2"))).isEqualTo(2);
    assertThat(seedOf(all.get("k5"))).isEqualTo(6);
    CacheFixture.await(() -> listener.count() == 4);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void loadAllEndsWhenAllIsStoredAlsoWhereWritesAreJoined(On on) throws Exception {
    Cache<String, StreamValue> cache =
        fixture.open(
            fixture.builder(on, watched()).stream(StreamCacheFixture.PATIENT.joiningWrites())
                .build());
    assertThat(load(cache, false)).isNull();
    assertThat(listener.count()).isEqualTo(3);
    for (String key : Set.of("k1", "k2", "k3")) {
      assertThat(cache.containsKey(key)).isTrue();
    }
    fixture.assertOpen(0);
    cache.clear();
    origin.answer = seed -> fixture.watched(Source.failing(body(seed), 100));
    assertThat(load(cache, true)).hasStackTraceContaining("the source failed");
    fixture.assertOpen(0);
    assertThat(cache.containsKey("k1")).isFalse();
  }
}
