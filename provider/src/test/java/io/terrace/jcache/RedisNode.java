package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.DiskSettings;
import io.terrace.HeapSettings;
import io.terrace.RedisSettings;
import io.terrace.TerraceConfiguration;
import io.terrace.TierUnavailableException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/** A process of an application, as far as Redis can tell: a cache of strings over Redis. */
final class RedisNode implements AutoCloseable {
  /** For a connection, and for a command. */
  static final Duration TIMEOUT = Duration.ofMillis(250);

  /** Long enough for any machine, where Redis answers. */
  static final Duration LONG_TIMEOUT = Duration.ofSeconds(10);

  /** What a slow machine may add to a bound. */
  static final Duration SLACK = Duration.ofSeconds(5);

  /** Follows changes soon, and trusts its copies for as long as a test takes. */
  static final CoherenceSettings PATIENT =
      CoherenceSettings.DEFAULTS.withHeartbeat(Duration.ofMillis(100), Duration.ofMinutes(1));

  /** The tiers of a node. */
  enum On {
    REDIS,
    HEAP_REDIS,
    HEAP_DISK_REDIS
  }

  private final TerraceCachingProvider provider = new TerraceCachingProvider();
  private final CacheManager manager;
  final Cache<String, String> cache;

  /**
   * @param directory of the disk tier
   * @param timeout for a connection, and for a command
   * @param expiry null for none
   */
  RedisNode(
      On tiers,
      URI redis,
      CoherenceSettings coherence,
      Path directory,
      Duration timeout,
      @Nullable Factory<? extends ExpiryPolicy> expiry) {
    manager =
        provider.getCacheManager(
            URI.create("test:redis"), getClass().getClassLoader(), new Properties());
    MutableConfiguration<String, String> standard =
        new MutableConfiguration<String, String>().setTypes(String.class, String.class);
    if (expiry != null) {
      standard.setExpiryPolicyFactory(expiry);
    }
    TerraceConfiguration.Builder<String, String> builder =
        TerraceConfiguration.<String, String>builder(standard).coherence(coherence);
    if (tiers != On.REDIS) {
      builder.tier(HeapSettings.builder().build());
    }
    if (tiers == On.HEAP_DISK_REDIS) {
      builder.tier(DiskSettings.builder(directory).maxBytes(64 << 20).regionBytes(1 << 20).build());
    }
    RedisSettings settings =
        RedisSettings.builder(redis.toString())
            .connectTimeout(timeout)
            .commandTimeout(timeout)
            .build();
    cache = manager.createCache("test", builder.tier(settings).build());
  }

  RedisNode(On tiers, URI redis, CoherenceSettings coherence, Path directory) {
    this(tiers, redis, coherence, directory, TIMEOUT, null);
  }

  /** What a call failed with, which has to be soon. */
  static TierUnavailableException boundedFailure(Runnable call) {
    TierUnavailableException[] failure = new TierUnavailableException[1];
    boundedly(() -> failure[0] = failure(call));
    assertThat(failure[0]).as("failed").isNotNull();
    assertThat(failure[0].tier()).isEqualTo("redis");
    return failure[0];
  }

  static @Nullable TierUnavailableException failure(Runnable call) {
    try {
      call.run();
      return null;
    } catch (TierUnavailableException e) {
      return e;
    }
  }

  /** A few commands, each of which may wait for a connection and for its answer. */
  static void boundedly(Runnable call) {
    long begin = System.nanoTime();
    call.run();
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isLessThan(TIMEOUT.multipliedBy(6).plus(SLACK));
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    CacheFixture.await(condition);
  }

  boolean puts(String key, String value) {
    return failure(() -> cache.put(key, value)) == null;
  }

  static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("terrace-"))
        .toList();
  }

  @Override
  public void close() {
    provider.close();
  }
}
