package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.jcache.CacheFixture.On;
import io.terrace.jcache.RecordingListener.Heard;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.EventType;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Listeners hear of each key what happened, once each, in the order it happened. */
class EventOrderTest {
  private static final int KEYS = 4;

  private final CacheFixture fixture = new CacheFixture();
  private final RecordingListener<Integer, String> listener = new RecordingListener<>();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static MutableConfiguration<Integer, String> configuration() {
    return CacheFixture.of(Integer.class, String.class);
  }

  private static MutableCacheEntryListenerConfiguration<Integer, String> synchronous(
      CacheEntryListener<Integer, String> listener) {
    return new MutableCacheEntryListenerConfiguration<>(
        CacheFixture.always(listener), null, true, true);
  }

  private static MutableCacheEntryListenerConfiguration<Integer, String> asynchronous(
      CacheEntryListener<Integer, String> listener) {
    return new MutableCacheEntryListenerConfiguration<>(
        CacheFixture.always(listener), null, true, false);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void eachEventContinuesWhereTheOneBeforeEnded(On stack) throws Exception {
    RecordingListener<Integer, String> late = new RecordingListener<>();
    Cache<Integer, String> cache =
        fixture.cache(
            stack,
            configuration()
                .setReadThrough(true)
                .setCacheLoaderFactory(CacheFixture.always(new Numbering()))
                .setExpiryPolicyFactory(
                    CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MILLISECONDS, 5)))
                .addCacheEntryListenerConfiguration(synchronous(listener))
                .addCacheEntryListenerConfiguration(asynchronous(late)));
    Hammer.run(
        6,
        thread -> {
          Random random = new Random(thread);
          for (int i = 0; i < 2_000; i++) {
            change(cache, random, thread + ":" + i);
          }
        });
    for (int key = 0; key < KEYS; key++) {
      String present = cache.containsKey(key) ? cache.get(key) : null;
      assertThat(replay(key, listener)).isEqualTo(present);
    }
    assertThat(listener.count()).isGreaterThan(1_000);
    CacheFixture.await(() -> late.count() == listener.count());
    for (int key = 0; key < KEYS; key++) {
      assertThat(late.of(key)).isEqualTo(listener.of(key));
    }
  }

  private void change(Cache<Integer, String> cache, Random random, String value) {
    int key = random.nextInt(KEYS);
    switch (random.nextInt(11)) {
      case 0 -> cache.put(key, value);
      case 1 -> cache.getAndPut(key, value);
      case 2 -> cache.putIfAbsent(key, value);
      case 3 -> cache.replace(key, value);
      case 4 -> cache.remove(key);
      case 5 -> cache.getAndRemove(key);
      case 6 -> cache.get(key);
      case 7 -> cache.invoke(key, EventOrderTest::append, value);
      case 8 -> cache.putAll(Map.of(key, value, (key + 1) % KEYS, value));
      case 9 -> cache.getAll(Set.of(0, 1, 2, 3));
      default -> fixture.now.incrementAndGet();
    }
  }

  private static @Nullable Object append(
      javax.cache.processor.MutableEntry<Integer, String> entry, Object... arguments) {
    entry.setValue(entry.exists() ? "again " + arguments[0] : "new " + arguments[0]);
    return null;
  }

  /** The state the events end in; fails where one does not fit the state before it. */
  private static @Nullable String replay(int key, RecordingListener<Integer, String> listener) {
    String state = null;
    for (Heard<String> event : listener.of(key)) {
      assertThat(event.oldValue()).as("of key %s before %s", key, event).isEqualTo(state);
      boolean gone = event.type() == EventType.REMOVED || event.type() == EventType.EXPIRED;
      assertThat(event.type() == EventType.CREATED).isEqualTo(state == null);
      state = gone ? null : event.value();
    }
    return state;
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aSynchronousListenerIsThroughWhenTheOperationReturns(On stack) {
    Cache<Integer, String> cache =
        fixture.cache(
            stack, configuration().addCacheEntryListenerConfiguration(synchronous(listener)));
    cache.put(1, "a");
    assertThat(listener.of(1)).containsExactly(new Heard<>(EventType.CREATED, "a", null));
    cache.put(1, "b");
    assertThat(listener.of(1)).last().isEqualTo(new Heard<>(EventType.UPDATED, "b", "a"));
    cache.remove(1);
    assertThat(listener.of(1)).last().isEqualTo(new Heard<>(EventType.REMOVED, "b", "b"));
    cache.clear();
    cache.put(2, "c");
    cache.clear();
    assertThat(listener.of(2)).containsExactly(new Heard<>(EventType.CREATED, "c", null));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whoeverMeetsAnExpiredEntrySaysSoOnce(On stack) {
    Cache<Integer, String> cache =
        fixture.cache(
            stack,
            configuration()
                .setExpiryPolicyFactory(
                    CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.SECONDS, 1)))
                .addCacheEntryListenerConfiguration(synchronous(listener)));
    cache.put(1, "a");
    fixture.now.addAndGet(1_000);
    assertThat(cache.get(1)).isNull();
    assertThat(cache.containsKey(1)).isFalse();
    assertThat(listener.of(1))
        .containsExactly(
            new Heard<>(EventType.CREATED, "a", null), new Heard<>(EventType.EXPIRED, "a", "a"));
  }

  @Test
  void aFailingListenerHidesTheEventFromNoOtherAndTheChangeStays() {
    RecordingListener<Integer, String> failing =
        new RecordingListener<>() {
          @Override
          void hear(CacheEntryEvent<? extends Integer, ? extends String> event) {
            throw new IllegalStateException("no");
          }
        };
    Cache<Integer, String> cache =
        fixture.cache(
            On.HEAP,
            configuration()
                .addCacheEntryListenerConfiguration(synchronous(failing))
                .addCacheEntryListenerConfiguration(synchronous(listener)));
    assertThatThrownBy(() -> cache.put(1, "a"))
        .isInstanceOf(CacheEntryListenerException.class)
        .hasRootCauseMessage("no");
    assertThat(cache.get(1)).isEqualTo("a");
    assertThat(listener.of(1)).hasSize(1);
  }

  @Test
  void anAsynchronousListenerThatFailsHearsTheNextEvent() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    RecordingListener<Integer, String> failing =
        new RecordingListener<>() {
          @Override
          void hear(CacheEntryEvent<? extends Integer, ? extends String> event) {
            calls.incrementAndGet();
            throw new IllegalStateException("no");
          }
        };
    Cache<Integer, String> cache =
        fixture.cache(
            On.HEAP, configuration().addCacheEntryListenerConfiguration(asynchronous(failing)));
    cache.put(1, "a");
    cache.put(1, "b");
    CacheFixture.await(() -> calls.get() == 2);
  }

  @Test
  void aFilterDecidesWhatAListenerHearsAndDeregistrationEndsIt() {
    CacheEntryEventFilter<Integer, String> onlyB = event -> event.getValue().equals("b");
    MutableCacheEntryListenerConfiguration<Integer, String> filtered =
        new MutableCacheEntryListenerConfiguration<>(
            CacheFixture.always(listener), CacheFixture.always(onlyB), false, true);
    Cache<Integer, String> cache = fixture.cache(On.HEAP, configuration());
    cache.put(1, "b");
    cache.registerCacheEntryListener(filtered);
    cache.put(1, "a");
    cache.put(1, "b");
    assertThatThrownBy(() -> cache.registerCacheEntryListener(filtered))
        .isInstanceOf(IllegalArgumentException.class);
    cache.deregisterCacheEntryListener(filtered);
    cache.put(1, "b");
    assertThat(listener.of(1)).extracting(Heard::value).containsExactly("b");
  }

  @Test
  void listenersThatChangeEachOthersKeysDoNotWaitForever() throws Exception {
    AtomicReference<Cache<Integer, String>> itself = new AtomicReference<>();
    CyclicBarrier bothInside = new CyclicBarrier(2);
    RecordingListener<Integer, String> crossing =
        new RecordingListener<>() {
          @Override
          void hear(CacheEntryEvent<? extends Integer, ? extends String> event) {
            super.hear(event);
            if (event.getEventType() == EventType.CREATED) {
              meet(bothInside);
              itself.get().put(1 - event.getKey(), "from the listener of " + event.getKey());
            }
          }
        };
    itself.set(
        fixture.cache(
            On.HEAP, configuration().addCacheEntryListenerConfiguration(synchronous(crossing))));
    Hammer.run(2, thread -> itself.get().put(thread, "created"));
    CacheFixture.await(() -> crossing.count() == 4);
    for (int key = 0; key < 2; key++) {
      assertThat(replay(key, crossing)).isEqualTo("from the listener of " + (1 - key));
    }
  }

  @Test
  void aListenerThatChangesItsOwnKeyHearsOfItInsideOfItsCall() {
    AtomicReference<Cache<Integer, String>> itself = new AtomicReference<>();
    RecordingListener<Integer, String> echo =
        new RecordingListener<>() {
          @Override
          void hear(CacheEntryEvent<? extends Integer, ? extends String> event) {
            super.hear(event);
            if (event.getEventType() == EventType.CREATED) {
              itself.get().put(event.getKey(), "echo");
              assertThat(of(event.getKey())).hasSize(2);
            }
          }
        };
    itself.set(
        fixture.cache(
            On.HEAP, configuration().addCacheEntryListenerConfiguration(synchronous(echo))));
    itself.get().put(1, "call");
    assertThat(replay(1, echo)).isEqualTo("echo");
  }

  @Test
  void aSlowListenerHoldsUpNoReader() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    RecordingListener<Integer, String> slow =
        new RecordingListener<>() {
          @Override
          void hear(CacheEntryEvent<? extends Integer, ? extends String> event) {
            inside.countDown();
            assertThat(awaited(read)).isTrue();
          }
        };
    Cache<Integer, String> cache =
        fixture.cache(
            On.HEAP, configuration().addCacheEntryListenerConfiguration(synchronous(slow)));
    Hammer.run(
        2,
        thread -> {
          if (thread == 0) {
            cache.put(1, "a");
          } else {
            assertThat(awaited(inside)).isTrue();
            assertThat(cache.get(1)).isEqualTo("a");
            read.countDown();
          }
        });
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aSlowListenerOfAnExpiryHoldsUpNobodyWhoWantsTheKey(On stack) throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    RecordingListener<Integer, String> slow =
        new RecordingListener<>() {
          @Override
          void hear(CacheEntryEvent<? extends Integer, ? extends String> event) {
            if (event.getEventType() == EventType.EXPIRED) {
              inside.countDown();
              assertThat(awaited(read)).isTrue();
            }
          }
        };
    Cache<Integer, String> cache =
        fixture.cache(
            stack,
            configuration()
                .setExpiryPolicyFactory(
                    CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.SECONDS, 1)))
                .addCacheEntryListenerConfiguration(synchronous(slow)));
    cache.put(1, "a");
    fixture.now.addAndGet(1_000);
    Hammer.run(
        2,
        thread -> {
          if (thread == 0) {
            assertThat(cache.get(1)).isNull();
          } else {
            assertThat(awaited(inside)).isTrue();
            assertThat(cache.get(1)).isNull();
            assertThat(cache.containsKey(1)).isFalse();
            read.countDown();
          }
        });
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Every load is a value of its own. */
  private static final class Numbering implements CacheLoader<Integer, String> {
    private final AtomicInteger loads = new AtomicInteger();

    @Override
    public String load(Integer key) {
      return "loaded " + loads.incrementAndGet();
    }

    @Override
    public Map<Integer, String> loadAll(Iterable<? extends Integer> keys) {
      Map<Integer, String> all = new java.util.HashMap<>();
      keys.forEach(key -> all.put(key, load(key)));
      return all;
    }
  }
}
