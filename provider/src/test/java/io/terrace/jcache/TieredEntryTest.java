package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.Promote;
import io.terrace.Purge;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.Residency;
import io.terrace.TierCopy;
import io.terrace.TieredCache;
import io.terrace.TieredEntry;
import io.terrace.UpdateMetadata;
import io.terrace.jcache.CacheFixture.On;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.processor.EntryProcessorResult;
import javax.cache.processor.MutableEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What an entry processor does to the tiers is done at once, and what it commits is right still.
 */
class TieredEntryTest {
  private static final Metadata SAID = new Metadata("text/plain", Set.of("tag"), Map.of("a", "b"));

  private final CacheFixture fixture = new CacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static MutableConfiguration<String, String> configuration() {
    return CacheFixture.of(String.class, String.class);
  }

  @SuppressWarnings("unchecked")
  private static TieredEntry<String, String> tiered(MutableEntry<String, String> entry) {
    return (TieredEntry<String, String>) entry.unwrap(TieredEntry.class);
  }

  @SuppressWarnings("unchecked")
  private static TieredCache<String, String> tiered(Cache<String, String> cache) {
    return cache.unwrap(TieredCache.class);
  }

  private static List<String> tiers(List<TierCopy> copies) {
    return copies.stream().map(copy -> copy.info().tier()).toList();
  }

  @Test
  void residencyIsNoUseAndPromotionIsOne() {
    Cache<String, String> cache = fixture.cache(On.HEAP_AND_DISK, configuration());
    cache.put("k", "v");
    cache.invoke("k", new Purge<>(PurgeReason.EVICTION, "heap"));
    for (int i = 0; i < 2; i++) {
      assertThat(tiers(cache.invoke("k", new Residency<>()))).containsExactly("disk");
      assertThat(tiers(tiered(cache).residency("k"))).containsExactly("disk");
    }
    assertThat(cache.invoke("k", new Promote<>("heap"))).isTrue();
    assertThat(tiers(cache.invoke("k", new Residency<>()))).containsExactly("heap", "disk");
    assertThat(cache.invoke("absent", new Promote<>("heap"))).isFalse();
    assertThat(cache.invoke("absent", new Residency<>())).isEmpty();
    assertThatThrownBy(() -> cache.invoke("k", new Promote<>("cellar")))
        .hasStackTraceContaining("cellar");
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void metadataAreChangedAtTheVersionThatWasSeen(On stack) {
    Cache<String, String> cache = fixture.cache(stack, configuration());
    assertThat(cache.invoke("k", new UpdateMetadata<>(MetadataUpdate.of(SAID)))).isFalse();
    cache.put("k", "v");
    EntryInfo info = cache.invoke("k", (entry, arguments) -> tiered(entry).info());
    assertThat(cache.invoke("k", new UpdateMetadata<>(MetadataUpdate.of(SAID), info.version() + 1)))
        .isFalse();
    assertThat(cache.invoke("k", new UpdateMetadata<>(MetadataUpdate.of(SAID), info.version())))
        .isTrue();
    assertThat(cache.<Metadata>invoke("k", (entry, arguments) -> tiered(entry).metadata()))
        .isEqualTo(SAID);
    assertThat(cache.<EntryInfo>invoke("absent", (entry, arguments) -> tiered(entry).info()))
        .isNull();
    assertThat(cache.get("k")).isEqualTo("v");
    tiered(cache).purgeTag("tag", PurgeMode.HARD);
    assertThat(cache.get("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatARunPurgesItselfIsAbsentForIt(On stack) {
    for (boolean watched : new boolean[] {false, true}) {
      RecordingListener<String, String> listener = new RecordingListener<>();
      MutableConfiguration<String, String> configuration = configuration();
      if (watched) {
        configuration.addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                CacheFixture.always(listener), null, true, true));
      }
      Cache<String, String> cache =
          fixture.manager(stack).createCache("watched " + watched, configuration);
      cache.put("k", "old");
      int[] runs = new int[1];
      cache.invoke(
          "k",
          (entry, arguments) -> {
            runs[0]++;
            assertThat(entry.getValue()).isEqualTo("old");
            PurgeReceipt receipt = tiered(entry).purge(PurgeReason.INVALIDATION);
            assertThat(receipt.tiers()).allMatch(t -> t.outcome() != PurgeReceipt.Outcome.DEFERRED);
            assertThat(entry.exists()).isFalse();
            assertThat(cache.containsKey("k")).as("done at once").isFalse();
            entry.setValue("new");
            return null;
          });
      assertThat(runs[0]).isEqualTo(1);
      assertThat(cache.get("k")).isEqualTo("new");
      assertThat(listener.of("k"))
          .hasToString(watched ? "[CREATED null -> old, CREATED null -> new]" : "[]");
      cache.invoke(
          "k",
          (entry, arguments) -> {
            tiered(entry).purge(PurgeReason.INVALIDATION);
            cache.put("k", "other"); // as another thread could
            runs[0]++;
            if (runs[0] < 3) {
              entry.setValue("lost");
            }
            return null;
          });
      assertThat(cache.get("k")).isEqualTo("other");
      assertThat(runs[0]).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aDeadlineThatARunSetsSurvivesItsCommit(On stack) {
    Cache<String, String> cache = fixture.cache(stack, configuration());
    cache.put("k", "old");
    long end = fixture.now.get() + 1_000;
    cache.invoke(
        "k",
        (entry, arguments) -> {
          assertThat(tiered(entry).update(new MetadataUpdate(null, end, null))).isTrue();
          entry.setValue(entry.getValue() + " and new");
          return null;
        });
    assertThat(cache.get("k")).isEqualTo("old and new");
    fixture.now.set(end);
    assertThat(cache.get("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatARunMakesStaleIsAbsentAndMayBeReplaced(On stack) {
    Cache<String, String> cache = fixture.cache(stack, configuration());
    cache.put("k", "old");
    cache.invoke(
        "k",
        (entry, arguments) -> {
          assertThat(tiered(entry).update(new MetadataUpdate(null, null, Freshness.STALE)))
              .isTrue();
          assertThat(entry.exists()).isFalse();
          return null;
        });
    assertThat(cache.get("k")).isNull();
    assertThat(tiered(cache).getStale("k")).isEqualTo("old");
    cache.invoke(
        "k",
        (entry, arguments) -> {
          entry.setValue("new");
          return null;
        });
    assertThat(cache.get("k")).isEqualTo("new");
    assertThat(tiered(cache).purge("k", PurgeMode.SOFT).tiers()).isNotEmpty();
    assertThat(cache.putIfAbsent("k", "newer")).isTrue();
    assertThat(cache.get("k")).isEqualTo("newer");
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void processorsOfTiersWorkOnManyKeys(On stack) {
    Cache<String, String> cache = fixture.cache(stack, configuration());
    cache.putAll(Map.of("a1", "1", "a2", "2", "b", "3"));
    Map<String, EntryProcessorResult<List<TierCopy>>> where =
        cache.invokeAll(Set.of("a1", "b", "absent"), new Residency<>());
    assertThat(where.get("a1").get()).isNotEmpty();
    assertThat(where.get("absent").get()).isEmpty();
    Map<String, EntryProcessorResult<PurgeReceipt>> purged =
        cache.invokeAll(Set.of("b"), new Purge<>(PurgeReason.INVALIDATION));
    assertThat(purged.get("b").get().tiers())
        .anyMatch(t -> t.outcome() == PurgeReceipt.Outcome.DONE);
    assertThat(cache.containsKey("b")).isFalse();
    tiered(cache).purgePrefix("a", PurgeMode.HARD);
    assertThat(cache.iterator()).isExhausted();
  }

  @Test
  void onlyStringsHavePrefixes() {
    Cache<Integer, String> cache =
        fixture.cache(On.HEAP, CacheFixture.of(Integer.class, String.class));
    TieredCache<?, ?> tiered = cache.unwrap(TieredCache.class);
    assertThatThrownBy(() -> tiered.purgePrefix("1", PurgeMode.HARD))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> cache.unwrap(TieredCache.class).openWrite(1, Metadata.NONE))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
