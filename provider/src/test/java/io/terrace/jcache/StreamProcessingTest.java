package io.terrace.jcache;

import static io.terrace.jcache.StreamCacheFixture.array;
import static io.terrace.jcache.StreamCacheFixture.body;
import static io.terrace.jcache.StreamCacheFixture.configuration;
import static io.terrace.jcache.StreamCacheFixture.seedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Metadata;
import io.terrace.StreamValue;
import io.terrace.jcache.StreamCacheFixture.On;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Entry processors of streams: what they get is closed, what they set is read after they end. */
class StreamProcessingTest {
  private static final Metadata RENAMED = new Metadata("other", Set.of(), Map.of());

  private final StreamCacheFixture fixture = new StreamCacheFixture();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private Cache<String, StreamValue> open(On on, boolean watched) {
    return watched
        ? fixture.open(
            on,
            configuration()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        CacheFixture.always(new RecordingListener<>()), null, true, true)))
        : fixture.open(on);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aValueIsClosedWhenTheProcessorHasReturned(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    StreamValue returned =
        cache.invoke(
            "k",
            (entry, arguments) -> {
              StreamValue value = entry.getValue();
              assertThat(entry.getValue()).isSameAs(value);
              assertThat(value.length()).isEqualTo(StreamCacheFixture.LENGTH);
              fixture.assertOpen(1);
              return value;
            });
    fixture.assertOpen(0);
    assertThatThrownBy(returned::channel).isInstanceOf(IOException.class);
    Integer seed = cache.invoke("k", (entry, arguments) -> seedOf(entry.getValue()));
    assertThat(seed).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatAProcessorSetsIsReadAfterItReturned(On on) {
    for (boolean watched : new boolean[] {false, true}) {
      Cache<String, StreamValue> cache = open(on, watched);
      boolean[] returned = new boolean[1];
      Source source =
          fixture
              .sourceOf(2)
              .meanwhile(
                  () -> {
                    assertThat(returned[0]).isTrue();
                    cache.put("other", array(3)); // nothing is held
                  });
      cache.invoke(
          "k",
          (entry, arguments) -> {
            entry.setValue(source.value());
            assertThat(entry.exists()).isTrue();
            assertThat(source.reads).isZero();
            returned[0] = true;
            return null;
          });
      assertThat(seedOf(cache.get("k"))).isEqualTo(2);
      fixture.assertOpen(0);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aProcessorWhoseKeyChangedWhileItsSourceWasReadRunsAgain(On on) {
    for (boolean watched : new boolean[] {false, true}) {
      Cache<String, StreamValue> cache = open(on, watched);
      cache.put("k", fixture.source(1));
      List<Integer> seen = new ArrayList<>();
      cache.invoke(
          "k",
          (entry, arguments) -> {
            seen.add(seedOf(entry.getValue()));
            Source source = fixture.sourceOf(10 + seen.size());
            if (seen.size() == 1) {
              source.meanwhile(() -> cache.put("k", fixture.source(2)));
            }
            entry.setValue(source.value());
            return null;
          });
      assertThat(seen).containsExactly(1, 2);
      assertThat(seedOf(cache.get("k"))).isEqualTo(12);
      fixture.assertOpen(0);
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aKeyThatChangedBeforeTheProcessorReturnedCostsNoReadOfItsSource(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    List<Source> sources = new ArrayList<>();
    cache.invoke(
        "k",
        (entry, arguments) -> {
          assertThat(entry.exists()).isEqualTo(!sources.isEmpty());
          if (sources.isEmpty()) {
            cache.put("k", fixture.source(1));
          }
          sources.add(fixture.sourceOf(2));
          entry.setValue(sources.get(sources.size() - 1).value());
          return null;
        });
    assertThat(sources).hasSize(2);
    assertThat(sources.get(0).reads).isZero();
    assertThat(seedOf(cache.get("k"))).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void onlyTheLastValueThatIsSetIsRead(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    Source[] sources = {fixture.sourceOf(1), fixture.sourceOf(2), fixture.sourceOf(3)};
    cache.invoke(
        "k",
        (entry, arguments) -> {
          entry.setValue(sources[0].value());
          entry.remove();
          assertThat(sources[0].closed).isTrue();
          entry.setValue(sources[1].value());
          entry.setValue(sources[2].value());
          assertThat(sources[1].closed).isTrue();
          return null;
        });
    assertThat(sources[0].reads + sources[1].reads).isZero();
    assertThat(seedOf(cache.get("k"))).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aValueMayBeSetAgainUnderOtherMetadata(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    cache.invoke(
        "k",
        (entry, arguments) -> {
          entry.setValue(entry.getValue().withMetadata(RENAMED));
          return null;
        });
    StreamValue value = cache.get("k");
    assertThat(value.metadata()).isEqualTo(RENAMED);
    assertThat(seedOf(value)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void failuresLeaveTheEntryAsItWas(On on) {
    Cache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    assertThatThrownBy(
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      assertThat(entry.getValue()).isNotNull();
                      entry.setValue(fixture.source(2));
                      throw new EntryProcessorException("no");
                    }))
        .isInstanceOf(EntryProcessorException.class);
    fixture.assertOpen(0);
    Source failing = fixture.watched(Source.failing(body(2), 100));
    assertThatThrownBy(
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      entry.setValue(failing.value());
                      return null;
                    }))
        .isInstanceOf(CacheException.class);
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    Map<String, EntryProcessorResult<Object>> results =
        cache.invokeAll(
            Set.of("k", "x"),
            (entry, arguments) -> {
              entry.setValue(
                  entry.getKey().equals("k")
                      ? fixture.watched(Source.failing(body(2), 100)).value()
                      : fixture.source(3));
              return "set";
            });
    assertThatThrownBy(() -> results.get("k").get()).isInstanceOf(CacheException.class);
    assertThat(results.get("x").get()).isEqualTo("set");
    assertThat(seedOf(cache.get("x"))).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aValueThatIsLoadedIsClosedToo(On on) {
    CacheLoader<String, StreamValue> loader =
        new CacheLoader<>() {
          @Override
          public StreamValue load(String key) {
            return fixture.source(7);
          }

          @Override
          public Map<String, StreamValue> loadAll(Iterable<? extends String> keys) {
            throw new AssertionError();
          }
        };
    Cache<String, StreamValue> cache =
        fixture.open(
            on,
            configuration()
                .setReadThrough(true)
                .setCacheLoaderFactory(CacheFixture.always(loader)));
    AtomicReference<StreamValue> loaded = new AtomicReference<>();
    cache.invoke(
        "k",
        (entry, arguments) -> {
          loaded.set(entry.getValue());
          return null;
        });
    assertThat(loaded.get()).isNotNull();
    fixture.assertOpen(0);
    assertThat(cache.containsKey("k")).isTrue();
    cache.invoke(
        "x",
        (entry, arguments) -> {
          assertThat(seedOf(entry.getValue())).isEqualTo(7);
          entry.setValue(fixture.source(8));
          return null;
        });
    assertThat(seedOf(cache.get("x"))).isEqualTo(8);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aRemovalInAProcessorIsOne(On on) throws Exception {
    TerraceCache<String, StreamValue> cache =
        fixture.open(on, configuration().setStatisticsEnabled(true));
    StreamStatistics counted = new StreamStatistics(cache, () -> fixture.source(1));
    counted.assertCounts(
        "1 0 0 1",
        () ->
            cache.invoke(
                "k",
                (entry, arguments) -> {
                  entry.remove();
                  return null;
                }));
    assertThat(cache.containsKey("k")).isFalse();
    counted.assertCounts(
        "1 0 1 0",
        () ->
            cache.invoke(
                "k",
                (entry, arguments) -> {
                  entry.setValue(fixture.source(2));
                  return null;
                }));
  }
}
