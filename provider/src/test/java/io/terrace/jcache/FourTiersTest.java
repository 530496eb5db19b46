package io.terrace.jcache;

import static io.terrace.jcache.FourTiersNode.HEARTBEAT;
import static io.terrace.jcache.FourTiersNode.PATIENT;
import static io.terrace.jcache.FourTiersNode.VERIFY_AFTER;
import static io.terrace.jcache.FourTiersNode.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.StreamValue;
import io.terrace.UpdateMetadata;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.processor.MutableEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two processes on all four tiers, with a Redis above AWS, while all servers are well. */
@Timeout(120)
class FourTiersTest {
  private static final String DISK_BELOW = "heap,redis,disk,aws";
  private static final String DISK_ABOVE = "heap,disk,redis,aws";

  /** More than a few items of DynamoDB, in more than one chunk of Redis. */
  private static final int LONG_BYTES = 1 << 20;

  private static final List<byte[]> BODIES = List.of(body(1), body(2));

  @TempDir private static Path root;
  private static FourTiersFixture fixture;

  @BeforeAll
  static void startServers() {
    fixture = new FourTiersFixture(root, RedisNode.LONG_TIMEOUT);
  }

  @AfterAll
  static void stopServers() {
    fixture.close();
  }

  @BeforeEach
  void begin() {
    fixture.begin();
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    fixture.end();
  }

  @ParameterizedTest
  @ValueSource(strings = {DISK_BELOW, DISK_ABOVE})
  void i4_oneProcessSeesWhatAnotherChangesWithinTheBound(String tiers) throws Exception {
    FourTiersNode<String> one = fixture.node(tiers);
    FourTiersNode<String> two = fixture.node(tiers);
    one.awaitRedisInUse("probe", "v");
    two.awaitRedisInUse("probe", "v");
    one.cache.put("k", "a");
    within(HEARTBEAT, () -> "a".equals(two.cache.get("k")));
    one.cache.put("k", "b");
    within(HEARTBEAT, () -> "b".equals(two.cache.get("k")));
    assertThat(two.cache.replace("k", "a", "c")).isFalse();
    assertThat(two.cache.getAndPut("k", "d")).isEqualTo("b");
    within(HEARTBEAT, () -> "d".equals(one.cache.get("k")));
    String appended = two.cache.invoke("k", (entry, none) -> append(entry));
    assertThat(appended).isEqualTo("d");
    within(HEARTBEAT, () -> "d+".equals(one.cache.get("k")));
    two.cache.putAll(Map.of("k", "e", "j", "e"));
    within(HEARTBEAT, () -> "e".equals(one.cache.get("k")));
    one.cache.remove("k");
    within(HEARTBEAT, () -> two.cache.get("k") == null);
    one.cache.clear();
    within(VERIFY_AFTER.plusSeconds(1), () -> two.cache.get("j") == null);
    one.awaitRedisInUse("probe", "v");
    assertThat(two.cache.get("j")).as("not copied by who had not seen the clear").isNull();
    assertThat(one.cache.get("j")).isNull();
  }

  /** As a clear: who has not seen it yet at AWS may copy up what it hides. */
  @Test
  void i3_whatATagPurgeHidesIsNotCopiedUpByOthers() throws Exception {
    FourTiersNode<String> one = fixture.node(DISK_ABOVE);
    FourTiersNode<String> two = fixture.node(DISK_ABOVE);
    one.awaitRedisInUse("probe", "v");
    one.cache.put("k", "v");
    one.cache.invoke(
        "k", new UpdateMetadata<>(MetadataUpdate.of(new Metadata(null, Set.of("warm"), Map.of()))));
    assertThat(two.cache.get("k")).isEqualTo("v");
    one.cache.purgeTag("warm", PurgeMode.HARD);
    within(VERIFY_AFTER.plusSeconds(1), () -> two.cache.get("k") == null);
    one.awaitRedisInUse("probe", "v");
    assertThat(two.cache.get("k")).isNull();
    assertThat(one.cache.get("k")).isNull();
  }

  private static String append(MutableEntry<String, String> entry) {
    String before = entry.getValue();
    entry.setValue(before + "+");
    return before;
  }

  /** What another process put is in Redis, then nearer, and further down where Redis lost it. */
  @ParameterizedTest
  @ValueSource(strings = {DISK_BELOW, DISK_ABOVE})
  void readsComeFromTheHighestTierThatHasTheEntryAndCopyItUp(String tiers) throws Exception {
    FourTiersNode<String> one = fixture.node(tiers);
    FourTiersNode<String> two = fixture.node(tiers);
    one.awaitRedisInUse("probe", "v");
    two.awaitRedisInUse("probe2", "v");
    one.cache.put("k", "v");
    assertThat(two.residency("k")).containsExactly("redis", "aws");
    assertThat(served(two, "redis")).as("redis served").isEqualTo(1);
    CacheFixture.await(() -> two.residency("k").contains("heap"));
    assertThat(served(two, "heap")).as("the heap served").isEqualTo(1);
    fixture.redis.command("FLUSHALL");
    CacheFixture.await(() -> !two.residency("k").contains("redis"));
    FourTiersNode<String> three = fixture.node(tiers);
    CacheFixture.await(
        () -> "v".equals(three.cache.get("k")) && three.residency("k").contains("redis"));
    assertThat(two.cache.get("k")).isEqualTo("v");
  }

  /** How many hits a tier counts for one read. */
  private static long served(FourTiersNode<String> node, String tier) {
    long before = node.statistics(tier).hits();
    assertThat(node.cache.get("k")).isEqualTo("v");
    return node.statistics(tier).hits() - before;
  }

  /** If it were wrong, each process that misses a key would ask the application's source for it. */
  @Test
  void aLoaderRunsOnceForTwoProcesses() throws Exception {
    AtomicInteger loads = new AtomicInteger();
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    MutableConfiguration<String, String> loaded =
        CacheFixture.of(String.class, String.class)
            .setReadThrough(true)
            .setCacheLoaderFactory(CacheFixture.always(loader(loads, loading, go)));
    FourTiersNode<String> one = fixture.node(DISK_BELOW, PATIENT, loaded);
    FourTiersNode<String> two = fixture.node(DISK_BELOW, PATIENT, loaded);
    one.awaitRedisInUse("probe", "v");
    two.awaitRedisInUse("probe", "v");
    CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> one.cache.get("k"));
    assertThat(loading.await(20, TimeUnit.SECONDS)).isTrue();
    long missed = two.statistics("redis").misses();
    CompletableFuture<String> second = CompletableFuture.supplyAsync(() -> two.cache.get("k"));
    CacheFixture.await(() -> two.statistics("redis").misses() > missed);
    go.countDown();
    assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo("loaded 1");
    assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("loaded 1");
    assertThat(loads).hasValue(1);
  }

  private static CacheLoader<String, String> loader(
      AtomicInteger loads, CountDownLatch loading, CountDownLatch go) {
    return new CacheLoader<>() {
      @Override
      public String load(String key) {
        int number = loads.incrementAndGet();
        loading.countDown();
        try {
          boolean unused = go.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return "loaded " + number;
      }

      @Override
      public Map<String, String> loadAll(Iterable<? extends String> keys) {
        throw new UnsupportedOperationException();
      }
    };
  }

  /** The body is an object of S3, and is copied into the tiers above in chunks. */
  @ParameterizedTest
  @ValueSource(strings = {DISK_BELOW, DISK_ABOVE})
  void aLongStreamIsCopiedUpAndReplacedForAll(String tiers) throws Exception {
    FourTiersNode<StreamValue> one = streams(tiers);
    FourTiersNode<StreamValue> two = streams(tiers);
    byte[] before = BODIES.get(0);
    byte[] after = BODIES.get(1);
    one.cache.put("k", StreamValue.of(new ByteArrayInputStream(before)));
    CacheFixture.await(
        () -> is(two, before) && two.residency("k").containsAll(List.of("heap", "redis")));
    one.cache.put("k", StreamValue.of(new ByteArrayInputStream(after)));
    within(HEARTBEAT, () -> is(two, after));
    fixture.redis.kill();
    one.cache.put("k", StreamValue.of(new ByteArrayInputStream(before)));
    within(FourTiersNode.VERIFY_AFTER.plus(HEARTBEAT), () -> is(two, before));
    fixture.redis.restart();
    assertThat(is(two, before)).isTrue();
    CacheFixture.await(
        () -> {
          one.cache.put("k", StreamValue.of(after));
          assertThat(one.residency("k")).contains("aws");
          return one.residency("k").contains("redis");
        });
    within(HEARTBEAT, () -> is(two, after));
  }

  private static FourTiersNode<StreamValue> streams(String tiers) {
    return fixture.node(tiers, PATIENT, CacheFixture.of(String.class, StreamValue.class));
  }

  private static byte[] body(int seed) {
    byte[] body = new byte[LONG_BYTES];
    new Random(seed).nextBytes(body);
    return body;
  }

  /** Whether the value is this one, rather than another whole one. */
  private static boolean is(FourTiersNode<StreamValue> node, byte[] expected) {
    try (StreamValue value = node.cache.get("k");
        InputStream in = value.inputStream()) {
      byte[] read = in.readAllBytes();
      assertThat(BODIES.stream().anyMatch(one -> Arrays.equals(read, one))).as("whole").isTrue();
      return Arrays.equals(read, expected);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
