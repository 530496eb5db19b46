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
import io.terrace.StreamWriter;
import io.terrace.TieredCache;
import io.terrace.jcache.StreamCacheFixture.On;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams that are pushed into a cache, and streams that a writer of the user's reads, too. */
class StreamWritingTest {
  private static final Metadata PLAIN = new Metadata("text/plain", Set.of(), Map.of());

  private final StreamCacheFixture fixture = new StreamCacheFixture();
  private final RecordingListener<String, StreamValue> listener = new RecordingListener<>();

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private MutableConfiguration<String, StreamValue> watched() {
    return configuration()
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                CacheFixture.always(listener), null, true, true));
  }

  @SuppressWarnings("unchecked")
  private static TieredCache<String, StreamValue> tiered(Cache<String, StreamValue> cache) {
    return cache.unwrap(TieredCache.class);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aCommitIsAPutInEveryRespect(On on) throws Exception {
    TerraceCache<String, StreamValue> cache =
        fixture.open(
            on,
            watched()
                .setStatisticsEnabled(true)
                .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    for (int seed = 1; seed <= 2; seed++) {
      try (StreamWriter out = tiered(cache).openWrite("k", PLAIN)) {
        byte[] body = body(seed);
        assertThat(out.write(ByteBuffer.wrap(body, 0, 100))).isEqualTo(100);
        try (OutputStream stream = out.outputStream()) {
          stream.write(body[100]);
          stream.write(body, 101, body.length - 101);
          fixture.base.now.addAndGet(seed == 1 ? TimeUnit.HOURS.toMillis(2) : 0);
          assertThat(listener.of("k")).hasSize(seed - 1);
          assertThat(out.isOpen()).isTrue();
          assertThat(out.commit()).isEqualTo(StreamWriter.Outcome.COMMITTED);
        }
        assertThat(out.isOpen()).isFalse();
        assertThatThrownBy(out::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> out.write(ByteBuffer.allocate(1)))
            .isInstanceOf(ClosedChannelException.class);
      }
      StreamValue value = cache.get("k");
      assertThat(value.metadata()).isEqualTo(PLAIN);
      assertThat(seedOf(value)).isEqualTo(seed);
    }
    assertThat(listener.of("k")).hasSize(2);
    assertThat(StreamStatistics.of(cache)).isEqualTo("2 0 2 0");
    fixture.base.now.addAndGet(TimeUnit.HOURS.toMillis(1));
    assertThat(cache.get("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void anAnnouncedLengthHolds(On on) throws Exception {
    TerraceCache<String, StreamValue> cache = fixture.open(on, watched());
    byte[] body = body(1);
    for (int announced : new int[] {body.length - 1, body.length + 1}) {
      try (StreamWriter out = tiered(cache).openWrite("k", PLAIN, announced)) {
        int unused = out.write(ByteBuffer.wrap(body));
        assertThatThrownBy(out::commit)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(announced + " were announced");
      }
    }
    assertThat(cache.get("k")).isNull();
    assertThatThrownBy(() -> tiered(cache).openWrite("k", PLAIN, Long.MAX_VALUE))
        .isInstanceOf(EntryTooLargeException.class);
    try (StreamWriter out = tiered(cache).openWrite("k", PLAIN, body.length)) {
      int unused = out.write(ByteBuffer.wrap(body));
      assertThat(out.commit()).isEqualTo(StreamWriter.Outcome.COMMITTED);
    }
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatIsNotCommittedNeverWas(On on) throws Exception {
    TerraceCache<String, StreamValue> cache = fixture.open(on, watched());
    cache.put("k", fixture.source(1));
    try (StreamWriter out = tiered(cache).openWrite("k", PLAIN)) {
      int unused = out.write(ByteBuffer.wrap(body(2)));
    }
    StreamWriter aborted = tiered(cache).openWrite("k", PLAIN);
    int unused = aborted.write(ByteBuffer.wrap(body(2)));
    aborted.abort();
    aborted.abort();
    assertThatThrownBy(aborted::commit).isInstanceOf(IllegalStateException.class);
    aborted.close();
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    assertThat(listener.of("k")).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aRemovalMeanwhileUndoesTheWriteAndSaysSo(On on) throws Exception {
    for (boolean watched : new boolean[] {false, true}) {
      TerraceCache<String, StreamValue> cache =
          fixture.open(on, watched ? watched() : configuration());
      cache.put("k", fixture.source(1));
      int heard = listener.count();
      try (StreamWriter out = tiered(cache).openWrite("k", PLAIN)) {
        int unused = out.write(ByteBuffer.wrap(body(2)));
        cache.remove("k");
        assertThat(out.commit()).isEqualTo(StreamWriter.Outcome.PURGED);
      }
      assertThat(cache.containsKey("k")).isFalse();
      assertThat(listener.count()).as("of the removal alone").isEqualTo(watched ? heard + 1 : 0);
      try (StreamWriter out = tiered(cache).openWrite("k", PLAIN)) {
        cache.put("k", fixture.source(3)); // which undoes nothing: the commit comes later
        assertThat(out.commit()).isEqualTo(StreamWriter.Outcome.COMMITTED);
      }
      try (StreamValue empty = cache.get("k")) {
        assertThat(empty.length()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whoPushesAValueCanFollowItHimself(On on) throws Exception {
    TerraceCache<String, StreamValue> cache = fixture.open(on); // which joins no writes
    byte[] body = body(1);
    StreamWriter out = tiered(cache).openWrite("k", PLAIN, body.length);
    StreamValue first = out.follow();
    assertThat(first.metadata()).isEqualTo(PLAIN);
    assertThat(first.length()).isEqualTo(body.length);
    int unused = out.write(ByteBuffer.wrap(body, 0, 1000));
    assertThat(first.read(990, ByteBuffer.allocate(10))).isEqualTo(10);
    cache.put("k", fixture.source(3));
    StreamValue second = out.follow();
    unused = out.write(ByteBuffer.wrap(body, 1000, body.length - 1000));
    assertThat(out.commit()).isEqualTo(StreamWriter.Outcome.COMMITTED);
    assertThat(seedOf(first)).isEqualTo(1);
    cache.put("k", fixture.source(2));
    assertThat(seedOf(second)).as("what it followed").isEqualTo(1);
    assertThatThrownBy(out::follow).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whoFollowsHisOwnWriteHearsThatItWasGivenUpOrUndone(On on) throws Exception {
    TerraceCache<String, StreamValue> cache = fixture.open(on);
    StreamWriter aborted = tiered(cache).openWrite("k", PLAIN);
    try (StreamValue following = aborted.follow()) {
      aborted.abort();
      assertThatThrownBy(() -> following.read(0, ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("it was given up");
      assertThatThrownBy(aborted::follow).isInstanceOf(IllegalStateException.class);
    }
    StreamWriter undone = tiered(cache).openWrite("k", PLAIN);
    cache.remove("k");
    try (StreamValue following = undone.follow()) {
      int unused = undone.write(ByteBuffer.wrap(body(1)));
      assertThat(following.read(0, ByteBuffer.allocate(1))).isEqualTo(1);
      assertThat(undone.commit()).isEqualTo(StreamWriter.Outcome.PURGED);
      assertThatThrownBy(() -> seedOf(following))
          .hasStackTraceContaining("its key was written, removed or purged meanwhile");
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aRemovalOfEverythingUndoesPushedWritesWhoeverCountsOrListens(On on) throws Exception {
    for (MutableConfiguration<String, StreamValue> configuration :
        List.of(configuration(), watched(), configuration().setStatisticsEnabled(true))) {
      TerraceCache<String, StreamValue> cache = fixture.open(on, configuration);
      cache.put("there", fixture.source(1));
      try (StreamWriter absent = tiered(cache).openWrite("absent", PLAIN);
          StreamWriter there = tiered(cache).openWrite("there", PLAIN)) {
        cache.removeAll();
        assertThat(absent.commit()).isEqualTo(StreamWriter.Outcome.PURGED);
        assertThat(there.commit()).isEqualTo(StreamWriter.Outcome.PURGED);
      }
      assertThat(cache.iterator().hasNext()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aPutThatRunsWhileItsKeyIsRemovedStandsAsTheStandardHasIt(On on) {
    TerraceCache<String, StreamValue> cache = fixture.open(on);
    cache.put("k", fixture.source(1));
    Source slow = fixture.sourceOf(2).meanwhile(() -> cache.remove("k"));
    cache.put("k", slow.value());
    assertThat(seedOf(cache.get("k"))).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aCacheThatIsClosedTakesNoCommit(On on) throws Exception {
    TerraceCache<String, StreamValue> cache = fixture.open(on);
    StreamWriter out = tiered(cache).openWrite("k", PLAIN);
    int unused = out.write(ByteBuffer.wrap(body(2)));
    cache.close();
    assertThatThrownBy(out::commit).isInstanceOfAny(RuntimeException.class);
    assertThat(out.isOpen()).isFalse();
    assertThatThrownBy(() -> tiered(cache).openWrite("k", PLAIN))
        .isInstanceOf(IllegalStateException.class);
  }

  /** Where a writer writes to: which body it read last. */
  private static final class Store implements CacheWriter<String, StreamValue> {
    final Map<String, Integer> rows = new ConcurrentHashMap<>();
    volatile String failing = "";

    @Override
    public void write(Cache.Entry<? extends String, ? extends StreamValue> entry) {
      if (entry.getKey().equals(failing)) {
        throw new IllegalStateException("no");
      }
      rows.put(entry.getKey(), seedOf(entry.getValue()));
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends String, ? extends StreamValue>> entries) {
      for (var rest = entries.iterator(); rest.hasNext(); ) {
        write(rest.next());
        rest.remove();
      }
    }

    @Override
    public void delete(Object key) {
      rows.remove((String) key);
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      keys.forEach(this::delete);
      keys.clear();
    }
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aWriterReadsTheValueForItself(On on) {
    Store store = new Store();
    Cache<String, StreamValue> cache = fixture.open(on, writtenTo(store));
    cache.put("k", array(1));
    assertThat(store.rows).hasToString("{k=1}");
    assertThat(seedOf(cache.get("k"))).isEqualTo(1);
    assertThat(cache.replace("k", array(2))).isTrue();
    assertThat(cache.putIfAbsent("x", array(3))).isTrue();
    cache.invoke(
        "y",
        (entry, arguments) -> {
          entry.setValue(array(4));
          return null;
        });
    cache.putAll(Map.of("a", array(5), "b", array(6)));
    assertThat(store.rows).isEqualTo(Map.of("k", 2, "x", 3, "y", 4, "a", 5, "b", 6));
    for (Map.Entry<String, Integer> row : store.rows.entrySet()) {
      assertThat(seedOf(cache.get(row.getKey()))).isEqualTo(row.getValue());
    }
    cache.removeAll();
    assertThat(store.rows).isEmpty();
  }

  private static MutableConfiguration<String, StreamValue> writtenTo(Store store) {
    return configuration().setWriteThrough(true).setCacheWriterFactory(CacheFixture.always(store));
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void whatCanBeReadOnlyOnceIsNotWrittenThrough(On on) {
    Store store = new Store();
    Cache<String, StreamValue> cache = fixture.open(on, writtenTo(store));
    Source source = fixture.sourceOf(1);
    assertThatThrownBy(() -> cache.put("k", source.value()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("CacheWriter");
    assertThat(source.reads).isZero();
    assertThatThrownBy(() -> tiered(cache).openWrite("k", PLAIN))
        .isInstanceOf(UnsupportedOperationException.class);
    Map<String, StreamValue> some = new LinkedHashMap<>();
    some.put("a", array(1));
    some.put("b", fixture.source(2));
    assertThatThrownBy(() -> cache.putAll(some)).isInstanceOf(IllegalArgumentException.class);
    assertThat(store.rows).isEqualTo(Map.of("a", 1));
    assertThat(seedOf(cache.get("a"))).isEqualTo(1);
    assertThat(cache.containsKey("b")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(On.class)
  void aWriterThatFailsKeepsTheValueOut(On on) throws IOException {
    Store store = new Store();
    store.failing = "k";
    Cache<String, StreamValue> cache = fixture.open(on, writtenTo(store));
    assertThatThrownBy(() -> cache.put("k", array(1))).isInstanceOf(CacheWriterException.class);
    assertThatThrownBy(() -> cache.getAndPut("k", array(1)))
        .isInstanceOf(CacheWriterException.class);
    fixture.assertOpen(0);
    Map<String, StreamValue> some = new LinkedHashMap<>();
    some.put("a", array(1));
    some.put("k", array(2));
    some.put("z", array(3));
    assertThatThrownBy(() -> cache.putAll(some)).isInstanceOf(CacheWriterException.class);
    assertThat(cache.containsKey("k")).isFalse();
    assertThat(seedOf(cache.get("a"))).isEqualTo(1);
    assertThat(store.rows).isEqualTo(Map.of("a", 1));
  }
}
