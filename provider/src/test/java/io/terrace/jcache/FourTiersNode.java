package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.AwsSettings;
import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.RedisSettings;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import io.terrace.TierCopy;
import io.terrace.TierSettings;
import io.terrace.TierStatistics;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import javax.cache.configuration.MutableConfiguration;

/** A process with a heap, a disk of its own, and a Redis and AWS that it shares. */
final class FourTiersNode<V> implements AutoCloseable {
  static final Duration HEARTBEAT = Duration.ofMillis(100);
  static final Duration VERIFY_AFTER = Duration.ofMillis(200);
  static final Duration LOAD_LEASE = Duration.ofSeconds(2);

  /** For a connection to Redis, and for a command, where it may not answer. */
  static final Duration REDIS_TIMEOUT = Duration.ofMillis(250);

  /** What a slow machine may add to a bound. */
  static final Duration SLACK = Duration.ofSeconds(5);

  /** Nothing but what is told or compared ends a copy as long as a test takes. */
  static final CoherenceSettings PATIENT =
      CoherenceSettings.DEFAULTS
          .withHeartbeat(HEARTBEAT, Duration.ofMinutes(1))
          .withVerifyAfter(VERIFY_AFTER)
          .withLoadLease(LOAD_LEASE);

  /** Nothing is left out because the machine is slow. */
  private static final StreamSettings UNHURRIED =
      StreamSettings.DEFAULTS.withLaneTimeout(Duration.ofSeconds(60));

  private final TerraceCachingProvider provider = new TerraceCachingProvider();
  final TerraceCache<String, V> cache;

  /**
   * Where the servers are.
   *
   * @param commandTimeout of Redis
   * @param requestTimeout of DynamoDB and S3
   */
  record Servers(
      URI redis,
      URI dynamoDb,
      URI s3,
      String key,
      String secret,
      Duration commandTimeout,
      Duration requestTimeout) {

    TierSettings redis(String namespace) {
      return RedisSettings.builder(redis.toString())
          .namespace(namespace)
          .connectTimeout(commandTimeout)
          .commandTimeout(commandTimeout)
          .build();
    }

    TierSettings aws(String namespace) {
      return AwsSettings.builder("four-tiers")
          .bucket("four-tiers")
          .creating()
          .namespace(namespace)
          .region("eu-central-1")
          .dynamoDbEndpoint(dynamoDb)
          .s3Endpoint(s3)
          .credentials(key, secret)
          .requestTimeout(requestTimeout)
          .build();
    }
  }

  /**
   * @param tiers such as {@code heap,redis,disk,aws}
   * @param directory of the disk tier, which no other process has
   */
  FourTiersNode(
      String tiers,
      Servers servers,
      String namespace,
      Path directory,
      CoherenceSettings coherence,
      MutableConfiguration<String, V> standard) {
    boolean streams = standard.getValueType() == StreamValue.class;
    TerraceConfiguration.Builder<String, V> builder =
        TerraceConfiguration.<String, V>builder(standard).coherence(coherence);
    for (String tier : tiers.split(",", -1)) {
      builder.tier(
          switch (tier) {
            case "heap" -> heap(streams);
            case "redis" -> servers.redis(namespace);
            case "disk" ->
                DiskSettings.builder(directory).maxBytes(64 << 20).regionBytes(4 << 20).build();
            default -> servers.aws(namespace);
          });
    }
    if (streams) {
      builder.stream(UNHURRIED);
    }
    cache =
        provider
            .getCacheManager(URI.create("test:node"), getClass().getClassLoader(), new Properties())
            .createCache("test", builder.build())
            .unwrap(TerraceCache.class);
  }

  /** Two objects, so that the tiers below are read, too; of streams, what is short. */
  private static TierSettings heap(boolean streams) {
    return streams
        ? HeapSettings.builder().maxBytes(8 << 20).build()
        : HeapSettings.builder().maxEntries(2).build();
  }

  TierStatistics statistics(String tier) {
    return cache.tierStatistics().stream()
        .filter(one -> one.tier().equals(tier))
        .findFirst()
        .orElseThrow();
  }

  /** The tiers that hold a key, from the top down. */
  List<String> residency(String key) {
    return cache.residency(key).stream().map(TierCopy::info).map(info -> info.tier()).toList();
  }

  /** Waits until Redis is asked and keeps copies, for reads of other keys. */
  void awaitRedisInUse(String probe, V value) throws InterruptedException {
    CacheFixture.await(
        () -> {
          cache.put(probe, value);
          return residency(probe).contains("redis");
        });
  }

  /** Waits for what has to become true within a bound, and the slack of the machine. */
  static void within(Duration bound, BooleanSupplier condition) throws InterruptedException {
    long begin = System.nanoTime();
    CacheFixture.await(condition);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(bound.plus(SLACK));
  }

  /** A few calls of Redis, each of which may wait for a connection and for its answer. */
  static <T> T boundedly(java.util.function.Supplier<T> call) {
    long begin = System.nanoTime();
    T result = call.get();
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isLessThan(REDIS_TIMEOUT.multipliedBy(8).plus(SLACK));
    return result;
  }

  @Override
  public void close() {
    provider.close();
  }
}
