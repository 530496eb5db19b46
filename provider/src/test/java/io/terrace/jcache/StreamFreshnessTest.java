package io.terrace.jcache;

import static io.terrace.jcache.StreamCacheFixture.configuration;
import static io.terrace.jcache.StreamCacheFixture.seedOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.StreamValue;
import io.terrace.TierCopy;
import io.terrace.TieredCache;
import io.terrace.TieredEntry;
import io.terrace.UpdateMetadata;
import io.terrace.jcache.StreamCacheFixture.On;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stale streams that become fresh again, as an origin that answers 304 has it. */
class StreamFreshnessTest {
  private static final Metadata BEFORE = new Metadata("a/b", Set.of("tag"), Map.of());
  private static final Metadata AFTER = new Metadata("a/b", Set.of("tag"), Map.of("age", "0"));

  private final StreamCacheFixture fixture = new StreamCacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** How an entry becomes stale. */
  private enum SoftPurge {
    KEY,
    PREFIX,
    TAG;

    void of(TieredCache<String, StreamValue> cache) {
      switch (this) {
        case KEY -> assertThat(cache.purge("k", PurgeMode.SOFT).tiers()).isNotEmpty();
        case PREFIX -> assertThat(cache.purgePrefix("k", PurgeMode.SOFT).tiers()).isNotEmpty();
        case TAG -> assertThat(cache.purgeTag("tag", PurgeMode.SOFT).tiers()).isNotEmpty();
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static TieredCache<String, StreamValue> tiered(Cache<String, StreamValue> cache) {
    return cache.unwrap(TieredCache.class);
  }

  private static EntryInfo stale(Cache<String, StreamValue> cache) {
    try (StreamValue value = tiered(cache).getStale("k")) {
      return value.info();
    }
  }

  private MetadataUpdate validated() {
    return new MetadataUpdate(AFTER, fixture.base.now.get() + 1000, Freshness.FRESH);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void i4_whatWasValidatedIsFreshInEveryTierUntilTheNextPurge(On on) {
    TerraceCache<String, StreamValue> cache = fixture.open(on, configuration());
    for (SoftPurge purge : SoftPurge.values()) {
      cache.put("k", fixture.source(1).withMetadata(BEFORE));
      int copies = tiered(cache).residency("k").size();
      for (int round = 0; round < 3; round++) {
        purge.of(tiered(cache));
        EntryInfo stale = stale(cache);
        assertThat(stale.freshness()).isEqualTo(Freshness.STALE);
        assertThat(cache.containsKey("k")).isFalse();
        assertThat(cache.invoke("k", new UpdateMetadata<>(validated(), stale.version())))
            .as("%s", purge)
            .isTrue();
        for (TierCopy copy : tiered(cache).residency("k")) {
          assertThat(copy.info().freshness()).isEqualTo(Freshness.FRESH);
          assertThat(copy.info().expiresAtMillis()).isEqualTo(fixture.base.now.get() + 1000);
          if (purge != SoftPurge.TAG) {
            assertThat(copy.info().version()).isEqualTo(stale.version());
          }
        }
        StreamValue value = cache.get("k");
        assertThat(value.metadata()).isEqualTo(AFTER);
        assertThat(seedOf(value)).isEqualTo(1);
      }
      assertThat(tiered(cache).residency("k")).hasSize(copies);
    }
    fixture.base.now.addAndGet(1000);
    assertThat(cache.get("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void onlyTheVersionThatWasValidatedBecomesFresh(On on) {
    TerraceCache<String, StreamValue> cache = fixture.open(on, configuration());
    for (SoftPurge purge : SoftPurge.values()) {
      cache.put("k", fixture.source(1).withMetadata(BEFORE));
      long version = tiered(cache).residency("k").get(0).info().version();
      cache.put("k", fixture.source(2).withMetadata(BEFORE));
      purge.of(tiered(cache));
      assertThat(cache.invoke("k", new UpdateMetadata<>(validated(), version))).isFalse();
      assertThat(cache.invoke("k", new UpdateMetadata<>(validated()))).isFalse();
      assertThat(cache.containsKey("k")).isFalse();
      version = stale(cache).version();
      assertThat(tiered(cache).purge("k", PurgeMode.HARD).tiers()).isNotEmpty();
      assertThat(cache.invoke("k", new UpdateMetadata<>(validated(), version))).isFalse();
      assertThat(tiered(cache).getStale("k")).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aRunThatMadeAnEntryFreshMayReplaceIt(On on) {
    TerraceCache<String, StreamValue> cache = fixture.open(on, configuration());
    for (SoftPurge purge : SoftPurge.values()) {
      cache.put("k", fixture.source(1).withMetadata(BEFORE));
      purge.of(tiered(cache));
      long version = stale(cache).version();
      List<Boolean> updated = new ArrayList<>();
      cache.invoke(
          "k",
          (entry, arguments) -> {
            @SuppressWarnings("unchecked")
            TieredEntry<String, StreamValue> own =
                (TieredEntry<String, StreamValue>) entry.unwrap(TieredEntry.class);
            updated.add(own.exists());
            updated.add(own.update(validated(), version));
            entry.setValue(StreamCacheFixture.array(7));
            return null;
          });
      assertThat(updated).startsWith(false, true);
      assertThat(seedOf(cache.get("k"))).isEqualTo(7);
    }
  }
}
