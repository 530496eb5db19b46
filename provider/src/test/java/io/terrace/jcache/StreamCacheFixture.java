package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/** Caches of streams on real stacks, whose handles and sources are counted; time stands still. */
final class StreamCacheFixture {
  /** More than a tier keeps beside its header, in more than one chunk. */
  static final int LENGTH = 300_000;

  /** With which no tier is left behind, however slow the machine. */
  static final StreamSettings PATIENT =
      StreamSettings.DEFAULTS.withLaneTimeout(Duration.ofSeconds(30));

  final CacheFixture base = new CacheFixture();
  private final List<Source> sources = new ArrayList<>();
  private final List<WatchedStack> stacks = new ArrayList<>();
  private @Nullable WatchedStack latest;

  /** The stacks that have to behave alike. */
  enum On {
    HEAP,
    DISK,
    HEAP_AND_DISK
  }

  static MutableConfiguration<String, StreamValue> configuration() {
    return CacheFixture.of(String.class, StreamValue.class);
  }

  TerraceCache<String, StreamValue> open(On on) {
    return open(on, configuration());
  }

  TerraceCache<String, StreamValue> open(
      On on, MutableConfiguration<String, StreamValue> configuration) {
    return open(builder(on, configuration).build());
  }

  TerraceConfiguration.Builder<String, StreamValue> builder(
      On on, MutableConfiguration<String, StreamValue> configuration) {
    TerraceConfiguration.Builder<String, StreamValue> builder =
        TerraceConfiguration.<String, StreamValue>builder(configuration).stream(PATIENT);
    if (on != On.DISK) {
      builder.tier(HeapSettings.builder().maxBytes(32 << 20).build());
    }
    if (on != On.HEAP) {
      builder.tier(
          DiskSettings.builder(base.directory).maxBytes(64 << 20).regionBytes(4 << 20).build());
    }
    return builder;
  }

  TerraceCache<String, StreamValue> open(TerraceConfiguration<String, StreamValue> configuration) {
    TerraceCacheManager manager = base.manager("heap");
    String name = "streams" + stacks.size();
    TierContext context =
        new TierContext(
            "test", name, () -> Instant.ofEpochMilli(base.now.get()), TierListener.NONE);
    CacheParts<String, StreamValue> parts =
        CacheParts.open(configuration, context, getClass().getClassLoader(), manager.workers());
    WatchedStack watched = new WatchedStack(parts.stack());
    TerraceCache<String, StreamValue> cache =
        new TerraceCache<>(
            name,
            manager,
            new CacheParts<>(
                parts.configuration(),
                watched.stack(),
                parts.copies(),
                parts.deadlines(),
                parts.order(),
                parts.loader(),
                parts.writer(),
                parts.closeables()));
    cache.registerConfiguredListeners();
    if (configuration.isStatisticsEnabled()) {
      cache.enableStatistics(true);
    }
    stacks.add(watched);
    latest = watched;
    caches.add(cache);
    return cache;
  }

  private final List<TerraceCache<String, StreamValue>> caches = new ArrayList<>();

  /** The stack of the cache that was opened last. */
  WatchedStack stack() {
    assertThat(latest).as("a cache was opened").isNotNull();
    return latest;
  }

  /** Bytes of a value; others for each seed. */
  static byte[] body(int seed) {
    byte[] bytes = new byte[LENGTH];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A value that can be stored once. */
  StreamValue source(int seed) {
    return sourceOf(seed).value();
  }

  Source sourceOf(int seed) {
    return watched(Source.of(body(seed)));
  }

  Source watched(Source source) {
    synchronized (sources) {
      sources.add(source);
    }
    return source;
  }

  static StreamValue array(int seed) {
    return StreamValue.of(body(seed));
  }

  /** Which body a value has, read to its end and closed; -1 for none. */
  static int seedOf(@Nullable StreamValue value) {
    if (value == null) {
      return -1;
    }
    try (value) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long unused = value.transferTo(Channels.newChannel(bytes));
      byte[] read = bytes.toByteArray();
      for (int seed = 0; seed < 300; seed++) {
        if (Arrays.equals(read, body(seed))) {
          return seed;
        }
      }
      throw new AssertionError("no body that was stored: " + read.length + " bytes");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that was opened is closed, but for so many handles that the test holds. */
  void assertOpen(int handles) {
    assertThat(stacks.stream().mapToLong(WatchedStack::open).sum())
        .as("open handles")
        .isEqualTo(handles);
    assertThat(stacks).as("staged values").allMatch(stack -> stack.staged() == 0);
    synchronized (sources) {
      assertThat(sources).as("sources").allMatch(source -> source.closed);
    }
  }

  void close() throws Exception {
    try {
      assertOpen(0);
    } finally {
      caches.forEach(TerraceCache::close);
      base.close();
    }
  }
}
