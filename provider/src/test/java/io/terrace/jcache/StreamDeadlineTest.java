package io.terrace.jcache;

import static io.terrace.jcache.StreamCacheFixture.body;
import static io.terrace.jcache.StreamCacheFixture.configuration;
import static io.terrace.jcache.StreamCacheFixture.seedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.HeapSettings;
import io.terrace.Metadata;
import io.terrace.StreamValue;
import io.terrace.StreamWriter;
import io.terrace.TerraceConfiguration;
import io.terrace.TierCopy;
import io.terrace.TieredCache;
import io.terrace.jcache.StreamCacheFixture.On;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams whose user says how long they live, instead of the expiry policy. */
class StreamDeadlineTest {
  private static final long MINUTE = TimeUnit.MINUTES.toMillis(1);

  private final StreamCacheFixture fixture = new StreamCacheFixture();
  private final RecordingListener<String, StreamValue> listener = new RecordingListener<>();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static MutableConfiguration<String, StreamValue> anHour() {
    return configuration().setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR));
  }

  private MutableConfiguration<String, StreamValue> watched() {
    return anHour()
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                CacheFixture.always(listener), null, true, true));
  }

  private long inMinutes(int minutes) {
    return fixture.base.now.get() + minutes * MINUTE;
  }

  @SuppressWarnings("unchecked")
  private static TieredCache<String, StreamValue> tiered(Cache<String, StreamValue> cache) {
    return cache.unwrap(TieredCache.class);
  }

  /** How a value gets into the cache. */
  private enum Way {
    PUT,
    GET_AND_PUT,
    PUT_ALL,
    PUT_IF_ABSENT,
    REPLACE,
    PROCESSOR,
    PUSHED;

    void store(Cache<String, StreamValue> cache, StreamValue value) throws Exception {
      switch (this) {
        case PUT -> cache.put("k", value);
        case GET_AND_PUT -> assertThat(seedOf(cache.getAndPut("k", value))).isPositive();
        case PUT_ALL -> cache.putAll(Map.of("k", value));
        case PUT_IF_ABSENT -> {
          cache.remove("k");
          assertThat(cache.putIfAbsent("k", value)).isTrue();
        }
        case REPLACE -> assertThat(cache.replace("k", value)).isTrue();
        case PROCESSOR ->
            cache.invoke(
                "k",
                (entry, arguments) -> {
                  entry.setValue(value);
                  return null;
                });
        case PUSHED -> {
          try (StreamWriter out = tiered(cache).openWrite("k", Metadata.NONE)) {
            out.setDeadline(0);
            out.setDeadline(value.deadlineMillis());
            int unused = out.write(ByteBuffer.wrap(body(2)));
            assertThat(out.commit()).isEqualTo(StreamWriter.Outcome.COMMITTED);
            assertThatThrownBy(() -> out.setDeadline(1)).isInstanceOf(IllegalStateException.class);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void i5_aDeadlineThatIsSaidHoldsInEveryTierWhateverThePolicySays(On on) throws Exception {
    for (boolean watched : new boolean[] {false, true}) {
      TerraceCache<String, StreamValue> cache = fixture.open(on, watched ? watched() : anHour());
      for (Way way : Way.values()) {
        for (int minutes : new int[] {10, 120}) {
          cache.put("k", fixture.source(1));
          long deadline = inMinutes(minutes);
          StreamValue value = fixture.source(2).withDeadline(deadline).withMetadata(Metadata.NONE);
          way.store(cache, value);
          value.close(); // of a pushed value only its deadline was used
          assertThat(tiered(cache).residency("k"))
              .as("%s", way)
              .isNotEmpty()
              .extracting(copy -> copy.info().expiresAtMillis())
              .containsOnly(deadline);
          fixture.base.now.addAndGet(minutes * MINUTE - 1);
          assertThat(seedOf(cache.get("k"))).isEqualTo(2);
          fixture.base.now.addAndGet(1);
          assertThat(cache.get("k")).isNull();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aDeadlineThatHasPassedLeavesNothing(On on) throws Exception {
    for (boolean watched : new boolean[] {false, true}) {
      TerraceCache<String, StreamValue> cache = fixture.open(on, watched ? watched() : anHour());
      for (Way way : Way.values()) {
        cache.put("k", fixture.source(1));
        if (way != Way.PUT_IF_ABSENT) { // which says whether it stored something
          StreamValue value = fixture.source(2).withDeadline(fixture.base.now.get());
          way.store(cache, value);
          value.close();
          assertThat(tiered(cache).residency("k")).as("%s", way).isEmpty();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatComesOutOfACacheSaysNoDeadlineUnlessItIsGivenOne(On on) throws Exception {
    TerraceCache<String, StreamValue> cache = fixture.open(on, anHour());
    cache.put("k", fixture.source(1).withDeadline(inMinutes(10)));
    StreamValue value = cache.get("k");
    assertThat(value.deadlineMillis()).isNull();
    cache.put("same", value);
    assertThat(expiresAt(cache, "same")).isEqualTo(inMinutes(60));
    cache.put("other", cache.get("k").withDeadline(inMinutes(5)).withMetadata(Metadata.NONE));
    assertThat(expiresAt(cache, "other")).isEqualTo(inMinutes(5));
  }

  private static long expiresAt(Cache<String, StreamValue> cache, String key) {
    TierCopy copy = tiered(cache).residency(key).get(0);
    return copy.info().expiresAtMillis();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void anAccessMovesTheDeadlineWhereThePolicySaysSo(On on) {
    TerraceCache<String, StreamValue> cache =
        fixture.open(
            on,
            configuration()
                .setExpiryPolicyFactory(TouchedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    cache.put("k", fixture.source(1).withDeadline(inMinutes(10)));
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    assertThat(expiresAt(cache, "k")).isEqualTo(inMinutes(60));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aLoadedValueMaySayItsDeadline(On on) {
    CacheLoader<String, StreamValue> loader =
        new CacheLoader<>() {
          @Override
          public StreamValue load(String key) {
            return fixture.source(3).withDeadline(inMinutes(10));
          }

          @Override
          public Map<String, StreamValue> loadAll(Iterable<? extends String> keys) {
            throw new UnsupportedOperationException();
          }
        };
    MutableConfiguration<String, StreamValue> loading =
        configuration()
            .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ZERO))
            .setReadThrough(true)
            .setCacheLoaderFactory(CacheFixture.always(loader));
    TerraceCache<String, StreamValue> cache = fixture.open(on, loading);
    assertThat(seedOf(cache.get("k"))).isEqualTo(3);
    assertThat(expiresAt(cache, "k")).isEqualTo(inMinutes(10));
  }

  @Test
  void i5_aTiersCapHoldsWhateverIsSaid() {
    TerraceConfiguration<String, StreamValue> configuration =
        TerraceConfiguration.builder(anHour())
            .tier(
                HeapSettings.builder()
                    .maxBytes(32 << 20)
                    .ttl(java.time.Duration.ofMinutes(5))
                    .build())
            .build();
    TerraceCache<String, StreamValue> cache = fixture.open(configuration);
    cache.put("k", fixture.source(1).withDeadline(inMinutes(120)));
    fixture.base.now.addAndGet(5 * MINUTE - 1);
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    fixture.base.now.addAndGet(1);
    assertThat(cache.get("k")).isNull();
  }
}
