package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.StreamValue;
import io.terrace.TierCopy;
import io.terrace.TierUnavailableException;
import io.terrace.UpdateMetadata;
import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.S3Server;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.processor.MutableEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes' caches over real servers of DynamoDB's and S3's protocols. */
class AwsStackTest {
  private static final AtomicInteger NAMESPACES = new AtomicInteger();
  private static final int LONG_BYTES = 20 << 20;
  private static final Duration LEASE = Duration.ofSeconds(2);

  private static DynamoDbServer dynamoDb;
  private static S3Server s3;

  private final TerraceCachingProvider provider = new TerraceCachingProvider();
  private final String namespace = "aws-stack-" + NAMESPACES.incrementAndGet();
  @TempDir private Path directory;
  private int nodes;

  @BeforeAll
  static void startServers() {
    dynamoDb = DynamoDbServer.start();
    s3 = S3Server.start();
  }

  @AfterAll
  static void stopServers() {
    dynamoDb.close();
    s3.close();
  }

  @AfterEach
  void close() {
    provider.close();
  }

  /** The cache in one process more. */
  private <K, V> TerraceCache<K, V> node(String tiers, CompleteConfiguration<K, V> configuration) {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", tiers);
    if (tiers.contains("disk")) {
      properties.setProperty("terrace.defaults.disk.directory", directory.toString());
      properties.setProperty("terrace.defaults.disk.max-bytes", "256 MiB");
    }
    properties.setProperty("terrace.defaults.aws.table", "stack-test");
    properties.setProperty("terrace.defaults.aws.bucket", "stack-test");
    properties.setProperty("terrace.defaults.aws.namespace", namespace);
    properties.setProperty("terrace.defaults.aws.create", "true");
    properties.setProperty("terrace.defaults.aws.region", "eu-central-1");
    properties.setProperty(
        "terrace.defaults.aws.dynamodb-endpoint", dynamoDb.endpoint().toString());
    properties.setProperty("terrace.defaults.aws.s3-endpoint", s3.endpoint().toString());
    properties.setProperty("terrace.defaults.aws.access-key", dynamoDb.accessKey());
    properties.setProperty("terrace.defaults.aws.secret-key", dynamoDb.secretKey());
    properties.setProperty("terrace.defaults.coherence.verify-after", "200ms");
    properties.setProperty("terrace.defaults.coherence.lease", LEASE.toMillis() + "ms");
    // Nothing is left out because the machine is slow.
    properties.setProperty("terrace.defaults.stream.lane-timeout", "60s");
    URI uri = URI.create("test:node-" + ++nodes);
    Cache<K, V> cache =
        provider
            .getCacheManager(uri, getClass().getClassLoader(), properties)
            .createCache("test", configuration);
    return cache.unwrap(TerraceCache.class);
  }

  private static List<String> tiers(TerraceCache<String, ?> cache, String key) {
    return cache.residency(key).stream().map(TierCopy::info).map(info -> info.tier()).toList();
  }

  @Test
  void i4_oneProcessSeesWhatAnotherChanges() throws Exception {
    TerraceCache<String, String> one =
        node("heap,aws", CacheFixture.of(String.class, String.class));
    TerraceCache<String, String> two =
        node("heap,aws", CacheFixture.of(String.class, String.class));
    one.put("k", "a");
    assertThat(two.get("k")).isEqualTo("a");
    one.put("k", "b");
    CacheFixture.await(() -> "b".equals(two.get("k")));
    assertThat(two.replace("k", "a", "c")).isFalse();
    assertThat(two.putIfAbsent("k", "d")).isFalse();
    assertThat(two.getAndPut("k", "e")).isEqualTo("b");
    String decided = one.invoke("k", (entry, none) -> entry.getValue());
    assertThat(decided).isEqualTo("e");
    one.remove("k");
    CacheFixture.await(() -> two.get("k") == null);
  }

  @Test
  void i8_noCountOfSeveralProcessesGetsLost() throws Exception {
    int times = 40;
    List<TerraceCache<String, Integer>> processes =
        List.of(
            node("heap,aws", CacheFixture.of(String.class, Integer.class)),
            node("heap,aws", CacheFixture.of(String.class, Integer.class)));
    List<Thread> threads =
        processes.stream()
            .map(
                cache ->
                    new Thread(
                        () -> {
                          for (int i = 0; i < times; i++) {
                            cache.invoke("n", (entry, none) -> count(entry));
                          }
                        }))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    Integer counted = processes.get(0).invoke("n", (entry, none) -> entry.getValue());
    assertThat(counted).isEqualTo(2 * times);
  }

  private static boolean count(MutableEntry<String, Integer> entry) {
    entry.setValue(entry.exists() ? entry.getValue() + 1 : 1);
    return true;
  }

  @Test
  void clearsAndPurgesForAll() throws Exception {
    TerraceCache<String, String> one =
        node("heap,aws", CacheFixture.of(String.class, String.class));
    TerraceCache<String, String> two =
        node("heap,aws", CacheFixture.of(String.class, String.class));
    one.put("red", "v");
    one.put("blue", "v");
    one.invoke(
        "red",
        new UpdateMetadata<>(MetadataUpdate.of(new Metadata(null, Set.of("warm"), Map.of()))));
    assertThat(two.getAll(Set.of("red", "blue"))).hasSize(2);
    one.purgeTag("warm", PurgeMode.HARD);
    assertThat(one.get("red")).isNull();
    CacheFixture.await(() -> two.get("red") == null);
    assertThat(two.get("blue")).isEqualTo("v");
    one.clear();
    assertThat(one.iterator().hasNext()).isFalse();
    CacheFixture.await(() -> two.get("blue") == null);
    two.put("blue", "again");
    assertThat(one.get("blue")).isEqualTo("again");
  }

  /** A body of several parts in S3, read by another process and kept on its disk. */
  @Test
  void streamsALongBodyDownThroughTheTiersAndUpAgain() throws Exception {
    byte[] body = new byte[LONG_BYTES];
    new Random(1).nextBytes(body);
    TerraceCache<String, StreamValue> one =
        node("heap,disk,aws", CacheFixture.of(String.class, StreamValue.class));
    TerraceCache<String, StreamValue> two =
        node("heap,disk,aws", CacheFixture.of(String.class, StreamValue.class));
    one.put("k", StreamValue.of(new ByteArrayInputStream(body)));
    assertThat(tiers(one, "k")).containsExactly("disk", "aws");
    assertThat(tiers(two, "k")).containsExactly("aws");
    assertThat(read(two, "k")).isEqualTo(body);
    CacheFixture.await(() -> tiers(two, "k").equals(List.of("disk", "aws")));
    assertThat(read(two, "k")).isEqualTo(body);
    try (StreamValue value = one.get("k")) {
      one.put("k", StreamValue.of(new byte[] {1}));
      assertThat(bytes(value)).as("an open reader goes on").isEqualTo(body);
    }
    CacheFixture.await(() -> read(two, "k").length == 1);
  }

  private static byte[] read(TerraceCache<String, StreamValue> cache, String key) {
    try (StreamValue value = cache.get(key)) {
      return bytes(value);
    }
  }

  private static byte[] bytes(StreamValue value) {
    try (InputStream in = value.inputStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** If it were wrong, a hung DynamoDB would stop the application, or what it has would be lost. */
  @Test
  void i2_servesWhatItHasForALeaseAndRecovers() throws Exception {
    TerraceCache<String, String> cache =
        node("heap,aws", CacheFixture.of(String.class, String.class));
    long begin = System.nanoTime();
    cache.put("k", "v");
    dynamoDb.kill();
    try {
      assertThat(servesInTime(cache, begin)).isTrue();
      assertThatThrownBy(() -> cache.put("k", "w")).isInstanceOf(TierUnavailableException.class);
      CacheFixture.await(() -> fails(cache));
    } finally {
      dynamoDb.restart();
    }
    CacheFixture.await(() -> !fails(cache));
    assertThat(cache.get("k")).isEqualTo("v");
    cache.put("k", "w");
    assertThat(cache.get("k")).isEqualTo("w");
  }

  /** Whether the value is served, or the lease of a contact after {@code begin} may be over. */
  private static boolean servesInTime(Cache<String, String> cache, long begin) {
    try {
      return "v".equals(cache.get("k"));
    } catch (TierUnavailableException e) {
      return System.nanoTime() - begin >= LEASE.toNanos();
    }
  }

  private static boolean fails(Cache<String, String> cache) {
    try {
      String unused = cache.get("k");
      return false;
    } catch (TierUnavailableException e) {
      return true;
    }
  }
}
