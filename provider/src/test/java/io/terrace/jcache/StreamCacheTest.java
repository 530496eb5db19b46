package io.terrace.jcache;

import static io.terrace.jcache.StreamCacheFixture.array;
import static io.terrace.jcache.StreamCacheFixture.body;
import static io.terrace.jcache.StreamCacheFixture.configuration;
import static io.terrace.jcache.StreamCacheFixture.seedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryTooLargeException;
import io.terrace.Metadata;
import io.terrace.StreamValue;
import io.terrace.jcache.StreamCacheFixture.On;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.FactoryBuilder.SingletonFactory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every method of a cache with streams: it does what the standard says, reads a source only if it
 * may have to store it, closes it in any case, and leaves nothing open that no user got.
 */
class StreamCacheTest {
  private static final Metadata PLAIN = new Metadata("text/plain", Set.of("t"), Map.of("a", "b"));

  private final StreamCacheFixture fixture = new StreamCacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatIsPutIsReadWithItsMetadata(On on) throws Exception {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1).withMetadata(PLAIN));
    fixture.assertOpen(0);
    StreamValue value = cache.get("k");
    fixture.assertOpen(1);
    assertThat(value.length()).isEqualTo(StreamCacheFixture.LENGTH);
    assertThat(value.metadata()).isEqualTo(PLAIN);
    cache.put("k", fixture.source(2));
    assertThat(seedOf(value)).as("the version that was got").isEqualTo(1);
    assertThat(seedOf(cache.get("k"))).isEqualTo(2);
    assertThat(cache.get("absent")).isNull();
    assertThat(cache.containsKey("k")).isTrue();
    assertThat(cache.containsKey("absent")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void changesThatReturnTheValueBefore(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    assertThat(cache.getAndPut("k", fixture.source(1))).isNull();
    StreamValue first = cache.getAndPut("k", fixture.source(2));
    fixture.assertOpen(1);
    assertThat(seedOf(first)).isEqualTo(1);
    assertThat(seedOf(cache.getAndReplace("k", fixture.source(3)))).isEqualTo(2);
    assertThat(seedOf(cache.getAndRemove("k"))).isEqualTo(3);
    assertThat(cache.getAndRemove("k")).isNull();
    assertThat(cache.getAndReplace("k", fixture.source(4))).isNull();
    assertThat(cache.containsKey("k")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void comparisonsAreOfLengthAndDigest(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    assertThat(cache.replace("k", array(2), fixture.source(3))).isFalse();
    assertThat(cache.replace("k", array(1), fixture.source(3))).isTrue();
    try (StreamValue three = cache.get("k")) {
      assertThat(cache.replace("k", three, fixture.source(4))).isTrue();
      assertThat(cache.remove("k", three)).isFalse();
      fixture.assertOpen(1);
    }
    assertThat(cache.remove("k", array(4))).isTrue();
    assertThat(cache.remove("k", array(4))).isFalse();
    assertThat(cache.replace("k", array(4), fixture.source(5))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void bulkOperations(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    Map<String, StreamValue> entries = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      entries.put("k" + i, fixture.source(i));
    }
    cache.putAll(entries);
    Map<String, StreamValue> all = cache.getAll(Set.of("k3", "k7", "absent"));
    fixture.assertOpen(2);
    assertThat(all).containsOnlyKeys("k3", "k7");
    assertThat(seedOf(all.get("k3"))).isEqualTo(3);
    assertThat(seedOf(all.get("k7"))).isEqualTo(7);
    cache.removeAll(Set.of("k3", "absent"));
    assertThat(cache.containsKey("k3")).isFalse();
    cache.removeAll();
    assertThat(cache.iterator()).isExhausted();
    cache.put("k", fixture.source(1));
    cache.clear();
    assertThat(cache.get("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aSourceThatIsNotWantedIsClosedUnread(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    Source[] refused = new Source[4];
    for (int i = 0; i < refused.length; i++) {
      refused[i] = fixture.sourceOf(9);
    }
    assertThat(cache.replace("k", refused[0].value())).isFalse();
    assertThat(cache.getAndReplace("k", refused[1].value())).isNull();
    assertThat(cache.putIfAbsent("k", fixture.source(1))).isTrue();
    assertThat(cache.putIfAbsent("k", refused[2].value())).isFalse();
    assertThat(cache.replace("k", array(2), refused[3].value())).isFalse();
    assertThat(refused).allMatch(source -> source.closed && source.reads == 0);
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatIsDecidedBeforeASourceIsReadIsDecidedAgainAtTheCommit(On on) {
    for (boolean watched : new boolean[] {false, true}) {
      Cache<String, StreamValue> cache = watched ? watched(on) : fixture.open(on);
      Source late = fixture.sourceOf(2).meanwhile(() -> cache.put("k", fixture.source(1)));
      assertThat(cache.putIfAbsent("k", late.value())).isFalse();
      assertThat(seedOf(cache.get("k"))).isEqualTo(1);

      Source removed = fixture.sourceOf(3).meanwhile(() -> cache.remove("k"));
      assertThat(cache.replace("k", removed.value())).isFalse();
      assertThat(cache.get("k")).isNull();

      cache.put("k", fixture.source(1));
      Source changed = fixture.sourceOf(4).meanwhile(() -> cache.put("k", fixture.source(2)));
      assertThat(cache.replace("k", array(1), changed.value())).isFalse();
      Source same = fixture.sourceOf(4).meanwhile(() -> cache.put("k", fixture.source(2)));
      assertThat(cache.replace("k", array(2), same.value())).as("of equal bytes").isTrue();
      Source replaced = fixture.sourceOf(5).meanwhile(() -> cache.put("k", fixture.source(6)));
      assertThat(seedOf(cache.getAndReplace("k", replaced.value()))).isEqualTo(6);
      assertThat(seedOf(cache.getAndPut("k", fixture.source(7)))).isEqualTo(5);
      fixture.assertOpen(0);
    }
  }

  private Cache<String, StreamValue> watched(On on) {
    return fixture.open(
        on,
        configuration()
            .addCacheEntryListenerConfiguration(
                new MutableCacheEntryListenerConfiguration<>(
                    CacheFixture.always(new RecordingListener<>()), null, true, true)));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aConflictIsTriedAgainWithTheSameBytes(On on) {
    Cache<String, StreamValue> cache =
        fixture.open(
            on,
            configuration()
                .setExpiryPolicyFactory(
                    CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR))); // a put has to look first
    Source put = fixture.sourceOf(1);
    conflictingOnce(cache);
    cache.put("k", put.value());
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    assertThat(put.closed).isTrue();

    conflictingOnce(cache);
    StreamValue before = cache.getAndPut("k", fixture.source(2));
    fixture.assertOpen(1);
    assertThat(seedOf(before)).isEqualTo(99);

    conflictingOnce(cache);
    assertThat(cache.replace("k", fixture.source(3))).isTrue();
    conflictingOnce(cache);
    assertThat(seedOf(cache.getAndReplace("k", fixture.source(4)))).isEqualTo(99);
    conflictingOnce(cache);
    assertThat(cache.replace("k", array(4), fixture.source(5))).isFalse();
    assertThat(seedOf(cache.get("k"))).isEqualTo(99);
    cache.remove("k");
    conflictingOnce(cache);
    assertThat(cache.putIfAbsent("k", fixture.source(6))).isFalse();
    assertThat(seedOf(cache.get("k"))).isEqualTo(99);
  }

  /** Another put comes between the next look and its commit. */
  private void conflictingOnce(Cache<String, StreamValue> cache) {
    fixture.stack().beforeNext("compareAndSet", () -> cache.put("k", fixture.source(99)));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aRemovalThatIsOvertakenLooksAgain(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    fixture
        .stack()
        .beforeNext(
            "remove",
            () -> cache.put("k", fixture.source(2))); // after the look, before the removal
    assertThat(seedOf(cache.getAndRemove("k"))).isEqualTo(2);
    assertThat(cache.containsKey("k")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aSourceThatFailsChangesNothing(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    for (int failAt : new int[] {0, 1, 200_000, StreamCacheFixture.LENGTH}) {
      Source failing = fixture.watched(Source.failing(body(2), failAt));
      assertThatThrownBy(() -> cache.put("k", failing.value()))
          .isInstanceOf(CacheException.class)
          .hasStackTraceContaining("the source failed");
      Source also = fixture.watched(Source.failing(body(2), failAt));
      assertThatThrownBy(() -> cache.getAndReplace("k", also.value()))
          .isInstanceOf(CacheException.class);
    }
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    Map<String, StreamValue> some = new LinkedHashMap<>();
    some.put("a", fixture.source(3));
    some.put("k", fixture.watched(Source.failing(body(2), 5)).value());
    some.put("z", fixture.source(4));
    assertThatThrownBy(() -> cache.putAll(some)).isInstanceOf(CacheException.class);
    assertThat(seedOf(cache.get("a"))).isEqualTo(3);
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    assertThat(seedOf(cache.get("z"))).isEqualTo(4);
  }

  @Test
  void aSourceIsClosedAlsoWhereTheCallIsWrong() {
    TerraceCache<String, StreamValue> cache = fixture.open(On.HEAP);
    assertThatThrownBy(() -> cache.put(null, fixture.source(1)))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.replace("k", null, fixture.source(1)))
        .isInstanceOf(NullPointerException.class);
    Map<String, StreamValue> entries = new HashMap<>();
    entries.put("a", fixture.source(1));
    entries.put(null, fixture.source(2));
    assertThatThrownBy(() -> cache.putAll(entries)).isInstanceOf(NullPointerException.class);
    assertThat(cache.containsKey("a")).isFalse();
    fixture.assertOpen(0);
    cache.close();
    assertThatThrownBy(() -> cache.put("k", fixture.source(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.putAll(Map.of("k", fixture.source(1))))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.getAndPut("k", fixture.source(1)))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aLifeBeginsWithTheCommitAndNotWithTheFirstByte(On on) {
    Cache<String, StreamValue> cache =
        fixture.open(
            on,
            configuration()
                .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    long hour = TimeUnit.HOURS.toMillis(1);
    Source slow = fixture.sourceOf(1).meanwhile(() -> fixture.base.now.addAndGet(2 * hour));
    cache.put("k", slow.value());
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    fixture.base.now.addAndGet(hour);
    assertThat(cache.get("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void anEntryThatIsOverAsItArrivesIsNotStored(On on) throws Exception {
    for (boolean asked : new boolean[] {false, true}) {
      ExpiryPolicy never = new CreatedExpiryPolicy(Duration.ZERO);
      ExpiryPolicy policy = asked ? new Asked(never) : never;
      TerraceCache<String, StreamValue> cache =
          fixture.open(
              on,
              configuration()
                  .setStatisticsEnabled(true)
                  .setExpiryPolicyFactory(new SingletonFactory<>(policy)));
      cache.put("k", fixture.source(1));
      assertThat(cache.putIfAbsent("k", fixture.source(1))).isFalse();
      assertThat(cache.getAndPut("k", fixture.source(1))).isNull();
      assertThat(cache.containsKey("k")).isFalse();
      assertThat(StreamStatistics.of(cache)).isEqualTo("0 2 0 0");
      fixture.assertOpen(0);
    }
  }

  /** The same policy, but one that is asked each time. */
  private record Asked(ExpiryPolicy policy) implements ExpiryPolicy {
    @Override
    public Duration getExpiryForCreation() {
      return policy.getExpiryForCreation();
    }

    @Override
    public Duration getExpiryForAccess() {
      return policy.getExpiryForAccess();
    }

    @Override
    public Duration getExpiryForUpdate() {
      return policy.getExpiryForUpdate();
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aSlowSourceHoldsUpNobody(On on) throws Exception {
    RecordingListener<String, StreamValue> listener = new RecordingListener<>();
    Cache<String, StreamValue> cache =
        fixture.open(
            on,
            configuration()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        CacheFixture.always(listener), null, true, true)));
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Source slow =
        fixture
            .sourceOf(1)
            .meanwhile(
                () -> {
                  reading.countDown();
                  await(goOn);
                });
    Thread writer = new Thread(() -> cache.put("k", slow.value()));
    writer.start();
    await(reading);
    cache.put("k", fixture.source(2));
    for (int i = 0; i < 600; i++) { // keys of every stripe
      cache.put("other" + i, StreamValue.of(new byte[i]));
    }
    assertThat(listener.of("k")).hasSize(1);
    assertThat(listener.count()).isEqualTo(601);
    assertThat(seedOf(cache.get("k"))).isEqualTo(2);
    goOn.countDown();
    writer.join(30_000);
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    assertThat(listener.of("k")).hasSize(2);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void anIterationClosesWhatItGaveOut(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    for (int i = 0; i < 5; i++) {
      cache.put("k" + i, fixture.source(i));
    }
    Map<String, Integer> seen = new TreeMap<>();
    StreamValue last = null;
    for (Cache.Entry<String, StreamValue> entry : cache) {
      fixture.assertOpen(1);
      last = entry.getValue();
      if (seen.size() % 2 == 0) {
        seen.put(entry.getKey(), seedOf(last));
      } else {
        seen.put(entry.getKey(), Integer.parseInt(entry.getKey().substring(1))); // unread
      }
    }
    assertThat(seen).hasToString("{k0=0, k1=1, k2=2, k3=3, k4=4}");
    fixture.assertOpen(0);
    StreamValue closed = last;
    assertThatThrownBy(closed::channel).isInstanceOf(java.io.IOException.class);

    Iterator<Cache.Entry<String, StreamValue>> all = cache.iterator();
    Set<String> left = new TreeSet<>();
    while (all.hasNext()) {
      String key = all.next().getKey();
      if (key.equals("k2")) {
        all.remove();
      } else {
        left.add(key);
      }
    }
    assertThat(left).hasSize(4);
    assertThat(cache.containsKey("k2")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void anEntryThatGoesJustBeforeAnIterationReturnsItCannotBeRead(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1).withMetadata(PLAIN));
    Iterator<Cache.Entry<String, StreamValue>> all = cache.iterator();
    assertThat(all.hasNext()).isTrue();
    cache.remove("k");
    Cache.Entry<String, StreamValue> entry = all.next();
    assertThat(entry.getValue().metadata()).isEqualTo(PLAIN);
    assertThatThrownBy(() -> entry.getValue().channel()).isInstanceOf(java.io.IOException.class);
    assertThat(all.hasNext()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aGetOfManyThatFailsClosesWhatItFound(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    Set<String> keys = Set.of("k0", "k1", "k2", "k3");
    for (String key : keys) {
      cache.put(key, fixture.source(1));
    }
    fixture
        .stack()
        .beforeNext(
            "get",
            () ->
                fixture
                    .stack()
                    .beforeNext(
                        "get",
                        () -> {
                          throw new IllegalStateException("no");
                        }));
    int openedBefore = fixture.stack().everOpened();
    assertThatThrownBy(() -> cache.getAll(keys)).hasMessage("no");
    assertThat(fixture.stack().everOpened()).isEqualTo(openedBefore + 1);
    fixture.assertOpen(0);
  }

  @Test
  void storingByReferenceIsRefused() {
    assertThatThrownBy(() -> fixture.open(On.HEAP, configuration().setStoreByValue(false)))
        .isInstanceOfAny(UnsupportedOperationException.class, IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void theCountsAreThoseOfTheStandard(On on) throws Exception {
    TerraceCache<String, StreamValue> cache =
        fixture.open(on, configuration().setStatisticsEnabled(true));
    StreamStatistics counted = new StreamStatistics(cache, () -> fixture.source(1));
    counted.assertCounts("1 0 0 0", () -> seedOf(cache.get("k")));
    counted.assertCounts("0 1 0 0", () -> seedOf(cache.get("x")));
    counted.assertCounts(
        "1 1 0 0",
        () -> cache.getAll(Set.of("k", "x")).values().forEach(StreamCacheFixture::seedOf));
    counted.assertCounts("0 0 0 0", () -> cache.containsKey("k"));
    counted.assertCounts("0 0 1 0", () -> cache.put("k", fixture.source(2)));
    counted.assertCounts(
        "0 0 2 0", () -> cache.putAll(Map.of("k", fixture.source(2), "x", fixture.source(2))));
    counted.assertCounts("1 0 1 0", () -> seedOf(cache.getAndPut("k", fixture.source(2))));
    counted.assertCounts("0 1 1 0", () -> seedOf(cache.getAndPut("x", fixture.source(2))));
    counted.assertCounts("1 0 0 0", () -> cache.putIfAbsent("k", fixture.source(2)));
    counted.assertCounts("0 1 1 0", () -> cache.putIfAbsent("x", fixture.source(2)));
    counted.assertCounts("1 0 1 0", () -> cache.replace("k", fixture.source(2)));
    counted.assertCounts("0 1 0 0", () -> cache.replace("x", fixture.source(2)));
    counted.assertCounts("1 0 1 0", () -> cache.replace("k", array(1), fixture.source(2)));
    counted.assertCounts("1 0 0 0", () -> cache.replace("k", array(9), fixture.source(2)));
    counted.assertCounts("0 1 0 0", () -> cache.replace("x", array(1), fixture.source(2)));
    counted.assertCounts("1 0 1 0", () -> seedOf(cache.getAndReplace("k", fixture.source(2))));
    counted.assertCounts("0 1 0 0", () -> seedOf(cache.getAndReplace("x", fixture.source(2))));
    counted.assertCounts("0 0 0 1", () -> cache.remove("k"));
    counted.assertCounts("1 0 0 1", () -> cache.remove("k", array(1)));
    counted.assertCounts("1 0 0 0", () -> cache.remove("k", array(9)));
    counted.assertCounts("0 1 0 0", () -> cache.remove("x", array(1)));
    counted.assertCounts("1 0 0 1", () -> seedOf(cache.getAndRemove("k")));
    counted.assertCounts("0 0 0 1", () -> cache.removeAll());
    counted.assertCounts("1 0 0 0", () -> cache.forEach(entry -> {}));
    counted.assertCounts("1 0 0 0", () -> seedOf(cache.getStale("k")));
    counted.assertCounts("0 1 0 0", () -> seedOf(cache.getStale("x")));
    counted.assertCounts("1 0 0 0", () -> cache.invoke("k", (entry, arguments) -> null));
    counted.assertCounts("0 1 0 0", () -> cache.invoke("x", (entry, arguments) -> null));
  }

  @Test
  void metadataOverTheFixedLimitOfTheDiskSayThatNoSettingHelps() {
    Cache<String, StreamValue> cache = fixture.open(On.HEAP_AND_DISK);
    Metadata large = new Metadata(null, Set.of(), Map.of("a", "b".repeat(2 << 20)));
    assertThatThrownBy(() -> cache.put("k", fixture.source(1).withMetadata(large)))
        .isInstanceOf(EntryTooLargeException.class)
        .hasMessageContaining("fewer or shorter tags and attributes")
        .hasMessageNotContaining("max-entry-size");
    fixture.assertOpen(0);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aHandleThatIsClosedCannotBeStoredAndTheMessageSaysWhy(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    StreamValue closed = cache.get("k");
    closed.close();
    assertThatThrownBy(() -> cache.put("other", closed))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("ClosedChannelException");
    assertThat(cache.containsKey("other")).isFalse();
  }
}
