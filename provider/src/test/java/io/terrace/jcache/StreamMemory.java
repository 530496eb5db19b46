package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.Purge;
import io.terrace.PurgeReason;
import io.terrace.RedisSettings;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import io.terrace.TierSettings;
import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import io.terrace.tier.disk.Leftovers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.cache.Cache;
import javax.cache.CacheManager;

/**
 * The program of {@link I6StreamMemoryTest} and {@link I6RedisStreamMemoryTest}: one large value
 * and several at once, none of which the heap tier admits, and small ones that it does. All are
 * written, and read back at once; what was promoted is read from the heap then. Everything is
 * compared with what was written.
 */
final class StreamMemory {
  static final String PROMOTED = "all small values were promoted, no large one";
  static final String RELEASED = "everything is released";

  private static final int SMALL = 24;
  private static final int SMALL_BYTES = 400_000; // no multiple of a chunk
  private static final long HEAP_TIER_BYTES = 16L << 20;
  private static final long HEAP_ENTRY_BYTES = 1L << 20;
  private static final int SEVERAL_READERS = 3;

  /** What pools of direct buffers may keep. */
  private static final long KEPT_BYTES = 16L << 20;

  /** A machine that is busy with something else fails nothing here. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final CoherenceSettings PATIENT =
      CoherenceSettings.DEFAULTS.withHeartbeat(Duration.ofSeconds(1), PATIENCE);

  /** The tier below the heap. */
  private final String below;

  private final TieredCache<String, StreamValue> tiers;
  private final Cache<String, StreamValue> cache;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** The length of each value, by its key; the large one first. */
  private final Map<String, Long> lengths = new LinkedHashMap<>();

  private final Map<String, Integer> checksums = new ConcurrentHashMap<>();

  @SuppressWarnings("unchecked")
  private StreamMemory(
      String below, Cache<String, StreamValue> cache, long large, int several, long each) {
    this.below = below;
    this.cache = cache;
    this.tiers = cache.unwrap(TieredCache.class);
    lengths.put("large", large + 1);
    for (int i = 0; i < several; i++) {
      lengths.put("several-" + i, each + i);
    }
    for (int i = 0; i < SMALL; i++) {
      lengths.put("small-" + i, (long) SMALL_BYTES + i);
    }
  }

  /** Arguments: a directory or the URI of Redis; MiB of the large value; how many, MiB of each. */
  public static void main(String[] args) throws Exception {
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(100L << 20);
    boolean onRedis = args[0].startsWith("redis:");
    long large = Long.parseLong(args[1]) << 20;
    int several = Integer.parseInt(args[2]);
    long each = Long.parseLong(args[3]) << 20;
    long total = large + several * each;
    TierSettings below = onRedis ? redis(args[0], total) : disk(Path.of(args[0]), total);
    HeapSettings heap =
        HeapSettings.builder().maxBytes(HEAP_TIER_BYTES).maxEntryBytes(HEAP_ENTRY_BYTES).build();
    try (CacheManager manager = new TerraceCachingProvider().getCacheManager()) {
      Cache<String, StreamValue> cache =
          manager.createCache(
              "values",
              TerraceConfiguration.builder(String.class, StreamValue.class)
                  .tier(heap)
                  .tier(below)
                  .coherence(onRedis ? PATIENT : CoherenceSettings.DEFAULTS)
                  .build());
      new StreamMemory(below.tier(), cache, large, several, each).run();
    }
    if (!onRedis) {
      Leftovers.assertNone(Path.of(args[0]));
    }
    assertDirectBuffersAreKeptByNobody();
    System.out.println(RELEASED);
  }

  /** Each reader has a buffer of a chunk; most of them are freed by a collection alone. */
  private static void assertDirectBuffersAreKeptByNobody() throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (MemorySteps.directBytes() >= KEPT_BYTES && System.nanoTime() < deadline) {
      System.gc();
      Thread.sleep(100);
    }
    assertThat(MemorySteps.directBytes()).as("direct buffers").isLessThan(KEPT_BYTES);
  }

  private static TierSettings disk(Path directory, long total) {
    return DiskSettings.builder(directory).maxBytes(3 * total).maxEntryBytes(total).build();
  }

  private static TierSettings redis(String uri, long total) {
    return RedisSettings.builder(uri)
        .maxEntryBytes(total)
        .connectTimeout(PATIENCE)
        .commandTimeout(PATIENCE)
        .build();
  }

  private void run() throws Exception {
    awaitTrust();
    MemorySteps.tell("written", () -> atOnce(1, this::write));
    for (String key : small()) {
      cache.invoke(key, new Purge<>(PurgeReason.EVICTION, "heap"));
      assertThat(residence(key)).as(key).containsExactly(below);
    }
    TierStatistics before = tiers.tierStatistics().get(0);
    assertThat(before.entries()).isZero();
    MemorySteps.tell("read from below", () -> atOnce(1, key -> read(key, below)));
    assertPromoted(before);
    MemorySteps.tell("read again", () -> atOnce(SEVERAL_READERS, key -> read(key, tierOf(key))));
    assertThat(tiers.tierStatistics().get(0).promotions() - before.promotions()).isEqualTo(SMALL);
    threads.shutdown();
    assertReleased();
  }

  /** Reads until the heap serves a copy, which it does once it is known to follow Redis. */
  private void awaitTrust() throws IOException {
    cache.put("first", StreamValue.of(new byte[1]));
    String tier = "";
    while (!tier.equals("heap")) {
      try (StreamValue value = cache.get("first")) {
        value.transferTo(new Checksum());
        tier = value.info().tier();
      }
    }
    cache.remove("first");
  }

  private List<String> small() {
    return lengths.keySet().stream().filter(StreamMemory::isSmall).toList();
  }

  private static boolean isSmall(String key) {
    return key.startsWith("small");
  }

  private String tierOf(String key) {
    return isSmall(key) ? "heap" : below;
  }

  private List<String> residence(String key) {
    return tiers.residency(key).stream().map(copy -> copy.info().tier()).toList();
  }

  private void assertPromoted(TierStatistics before) {
    TierStatistics after = tiers.tierStatistics().get(0);
    assertThat(after.promotions() - before.promotions()).as(after.toString()).isEqualTo(SMALL);
    assertThat(after.promotionsAborted()).isEqualTo(before.promotionsAborted());
    assertThat(after.entries()).isEqualTo(SMALL);
    assertThat(after.bytes()).isBetween((long) SMALL * SMALL_BYTES, HEAP_TIER_BYTES);
    for (String key : lengths.keySet()) {
      List<String> expected = isSmall(key) ? List.of("heap", below) : List.of(below);
      assertThat(residence(key)).as(key).isEqualTo(expected);
    }
    System.out.println(PROMOTED);
  }

  private void assertReleased() {
    cache.clear();
    for (TierStatistics tier : tiers.tierStatistics()) {
      assertThat(tier.entries()).as(tier.tier()).isZero();
      assertThat(tier.corruptions()).as(tier.tier()).isZero();
    }
    assertThat(tiers.tierStatistics().get(0).bytes())
        .as("bytes of entries, open readers and unfinished writes")
        .isZero();
  }

  private interface Work {
    void run(String key) throws IOException;
  }

  /** Does it with every key at once, in so many threads each. */
  private void atOnce(int threadsEach, Work work) throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (String key : lengths.keySet()) {
      for (int i = 0; i < threadsEach; i++) {
        tasks.add(
            () -> {
              work.run(key);
              return null;
            });
      }
    }
    for (Future<Void> task : threads.invokeAll(tasks)) {
      task.get();
    }
  }

  private void write(String key) {
    long length = length(key);
    Noise noise = new Noise(key.hashCode(), length);
    // One half says its length, the other does not.
    cache.put(key, length % 2 == 0 ? StreamValue.of(noise) : StreamValue.of(noise, length));
    checksums.put(key, noise.checksum());
  }

  private long length(String key) {
    return Objects.requireNonNull(lengths.get(key));
  }

  private void read(String key, String tier) throws IOException {
    Checksum read = new Checksum();
    try (StreamValue value = cache.get(key)) {
      assertThat(value.info().tier()).as(key).isEqualTo(tier);
      assertThat(value.transferTo(read)).as(key).isEqualTo(length(key));
    }
    assertThat(read.value()).as(key).isEqualTo(checksums.get(key));
  }
}
