package io.terrace.jcache;

import static io.terrace.jcache.StreamCacheFixture.array;
import static io.terrace.jcache.StreamCacheFixture.configuration;
import static io.terrace.jcache.StreamCacheFixture.seedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.Metadata;
import io.terrace.PurgeReason;
import io.terrace.Residency;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import io.terrace.TierEvent;
import io.terrace.TierEventListener;
import io.terrace.jcache.StreamCacheFixture.On;
import io.terrace.stack.TierEventKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Listeners of streams: they see what happened, and no body that somebody else has open. */
class StreamEventsTest {
  private final StreamCacheFixture fixture = new StreamCacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static Metadata named(String name) {
    return new Metadata(name, Set.of(), Map.of());
  }

  private static MutableConfiguration<String, StreamValue> heardBy(
      CacheEntryListener<String, StreamValue> listener) {
    return configuration()
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                CacheFixture.always(listener), null, true, true));
  }

  /** Remembers the values' names, and reads the new ones. */
  private static class Reader extends RecordingListener<String, StreamValue> {
    final List<String> names = new ArrayList<>();

    @Override
    void hear(CacheEntryEvent<? extends String, ? extends StreamValue> event) {
      StreamValue value = event.getValue();
      StreamValue old = event.getOldValue();
      names.add(
          event.getEventType()
              + " "
              + (old == null ? null : old.metadata().contentType())
              + " -> "
              + value.metadata().contentType());
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void eachChangeIsHeardWithWhatWasSaidOfItsValues(On on) {
    Reader reader = new Reader();
    Cache<String, StreamValue> cache =
        fixture.open(
            on,
            heardBy(reader)
                .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    cache.put("k", fixture.source(1).withMetadata(named("a")));
    cache.put("k", fixture.source(2).withMetadata(named("b")));
    assertThat(cache.replace("k", array(2), fixture.source(3).withMetadata(named("c")))).isTrue();
    assertThat(cache.putIfAbsent("k", fixture.source(4))).isFalse();
    assertThat(seedOf(cache.getAndPut("k", fixture.source(5).withMetadata(named("d")))))
        .isEqualTo(3);
    assertThat(seedOf(cache.getAndRemove("k"))).isEqualTo(5);
    assertThat(cache.putIfAbsent("k", fixture.source(6).withMetadata(named("e")))).isTrue();
    fixture.base.now.addAndGet(3_600_000);
    assertThat(cache.get("k")).isNull();
    assertThat(reader.names)
        .containsExactly(
            "CREATED null -> a",
            "UPDATED a -> b",
            "UPDATED b -> c",
            "UPDATED c -> d",
            "REMOVED d -> d",
            "CREATED null -> e",
            "EXPIRED e -> e");
  }

  @Test
  void theStayInAHeapAloneIsTheLifeOfTheEntryAndNothingElseAboveADisk() {
    HeapSettings heap =
        HeapSettings.builder().maxBytes(32 << 20).ttl(java.time.Duration.ofMinutes(1)).build();
    Reader alone = new Reader();
    Cache<String, StreamValue> onHeap =
        fixture.open(TerraceConfiguration.builder(heardBy(alone)).tier(heap).build());
    Reader above = new Reader();
    DiskSettings disk = DiskSettings.builder(fixture.base.directory).build();
    Cache<String, StreamValue> onBoth =
        fixture.open(TerraceConfiguration.builder(heardBy(above)).tier(heap).tier(disk).build());
    onHeap.put("k", fixture.source(1).withMetadata(named("a")));
    onBoth.put("k", fixture.source(2).withMetadata(named("b")));
    fixture.base.now.addAndGet(59_999);
    assertThat(seedOf(onHeap.get("k"))).isEqualTo(1);
    assertThat(copies(onBoth)).containsExactly("heap", "disk");
    fixture.base.now.addAndGet(1);
    assertThat(onHeap.get("k")).isNull();
    assertThat(copies(onBoth)).containsExactly("disk");
    assertThat(seedOf(onBoth.get("k"))).isEqualTo(2);
    assertThat(alone.names).containsExactly("CREATED null -> a", "EXPIRED a -> a");
    assertThat(above.names).containsExactly("CREATED null -> b");
  }

  private static List<String> copies(Cache<String, StreamValue> cache) {
    return cache.invoke("k", new Residency<>()).stream().map(copy -> copy.info().tier()).toList();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void eachListenerReadsForItselfAsLongAsTheVersionIsThere(On on) {
    List<CacheEntryEvent<? extends String, ? extends StreamValue>> events = new ArrayList<>();
    List<Integer> seeds = new ArrayList<>();
    MutableConfiguration<String, StreamValue> configuration = configuration();
    for (int i = 0; i < 2; i++) {
      configuration.addCacheEntryListenerConfiguration(
          new MutableCacheEntryListenerConfiguration<>(
              CacheFixture.always(
                  new RecordingListener<String, StreamValue>() {
                    @Override
                    void hear(CacheEntryEvent<? extends String, ? extends StreamValue> event) {
                      events.add(event);
                      seeds.add(seedOf(event.getValue()));
                      seeds.add(seedOf(event.getValue()));
                    }
                  }),
              null,
              true,
              true));
    }
    Cache<String, StreamValue> cache = fixture.open(on, configuration);
    cache.put("k", fixture.source(1));
    cache.put("k", fixture.source(2));
    assertThat(seeds).containsExactly(1, 1, 1, 1, 2, 2, 2, 2);
    StreamValue gone = events.get(0).getValue();
    assertThat(gone.length()).isEqualTo(StreamCacheFixture.LENGTH);
    assertThatThrownBy(gone::channel).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> events.get(2).getOldValue().channel()).isInstanceOf(IOException.class);
    assertThat(seedOf(events.get(2).getValue())).as("still there").isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aListenerThatFailsLeavesNothingOpen(On on) {
    Cache<String, StreamValue> cache =
        fixture.open(
            on,
            heardBy(
                new RecordingListener<>() {
                  @Override
                  void hear(CacheEntryEvent<? extends String, ? extends StreamValue> event) {
                    throw new IllegalStateException("no");
                  }
                }));
    assertThatThrownBy(() -> cache.put("k", fixture.source(1)))
        .isInstanceOf(CacheEntryListenerException.class);
    assertThatThrownBy(() -> cache.getAndPut("k", fixture.source(2)))
        .isInstanceOf(CacheEntryListenerException.class);
    assertThatThrownBy(() -> cache.getAndReplace("k", fixture.source(3)))
        .isInstanceOf(CacheEntryListenerException.class);
    fixture.assertOpen(0);
    assertThat(seedOf(cache.get("k"))).as("changed all the same").isEqualTo(3);
    assertThatThrownBy(() -> cache.getAndRemove("k"))
        .isInstanceOf(CacheEntryListenerException.class);
    assertThat(cache.get("k")).isNull();
  }

  /** Hears tiers, and nothing else. */
  private static final class TierReader implements TierEventListener<String, StreamValue> {
    final List<String> heard = new ArrayList<>();

    @Override
    public void onPromoted(TierEvent<String> event) {
      heard.add("promoted " + event.key() + " into " + event.tier());
    }

    @Override
    public void onEvicted(TierEvent<String> event) {
      heard.add("evicted");
      throw new IllegalStateException("no");
    }

    @Override
    public void onDemoted(TierEvent<String> event) {
      heard.add("demoted");
      throw new AssertionError("no");
    }

    @Override
    public void onPurged(TierEvent<String> event) {
      heard.add("purged for " + event.reason());
    }
  }

  @Test
  void tiersAreHeardWithoutAFilterAndWithoutAnOrderOfChanges() {
    ChangeOrder<String, StreamValue> order = new ChangeOrder<>(Runnable::run, false);
    assertThat(order.hearsTiers()).isFalse();
    TierReader first = new TierReader();
    TierReader second = new TierReader();
    CacheEntryEventFilter<String, StreamValue> nothing = event -> false;
    Cache<String, StreamValue> cache = fixture.open(On.HEAP);
    Copies<String, StreamValue> copies = new Copies<>(null, null);
    MutableCacheEntryListenerConfiguration<String, StreamValue> one =
        new MutableCacheEntryListenerConfiguration<>(
            CacheFixture.always(first), CacheFixture.always(nothing), false, true);
    order.register(one, cache, copies, key -> null);
    order.register(
        new MutableCacheEntryListenerConfiguration<>(CacheFixture.always(second), null, true, true),
        cache,
        copies,
        key -> null);
    assertThat(order.hearsTiers()).isTrue();
    assertThat(order.isOrdered()).as("no change has to be ordered for them").isFalse();
    TierEvent<String> event = new TierEvent<>("k", "heap", 1, null);
    order.happened(TierEventKind.PROMOTED, event);
    order.happened(TierEventKind.EVICTED, event);
    order.happened(TierEventKind.DEMOTED, event);
    order.deregister(one);
    order.happened(TierEventKind.PURGED, new TierEvent<>("k", "heap", 1, PurgeReason.EXPIRY));
    assertThat(first.heard).containsExactly("promoted k into heap", "evicted", "demoted");
    assertThat(second.heard)
        .containsExactly("promoted k into heap", "evicted", "demoted", "purged for EXPIRY");
    assertThat(order.close()).isNull();
    order.happened(TierEventKind.PURGED, event);
    assertThat(second.heard).hasSize(4);
  }

  @Test
  void aListenerOfChangesAndTiersHearsBoth() {
    class Both extends RecordingListener<String, StreamValue>
        implements TierEventListener<String, StreamValue> {
      int promoted;

      @Override
      public void onPromoted(TierEvent<String> event) {
        promoted++;
      }
    }
    Both both = new Both();
    ChangeOrder<String, StreamValue> order = new ChangeOrder<>(Runnable::run, false);
    order.register(
        new MutableCacheEntryListenerConfiguration<>(CacheFixture.always(both), null, true, true),
        fixture.open(On.HEAP),
        new Copies<>(null, null),
        key -> null);
    assertThat(order.isOrdered()).isTrue();
    order.happened(TierEventKind.PROMOTED, new TierEvent<>("k", "heap", 1, null));
    assertThat(both.promoted).isEqualTo(1);
  }
}
