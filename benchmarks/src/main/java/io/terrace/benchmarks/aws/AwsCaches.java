package io.terrace.benchmarks.aws;

import io.terrace.CoherenceSettings;
import io.terrace.HeapSettings;
import io.terrace.StreamValue;
import io.terrace.TerraceConfiguration;
import java.net.URI;
import java.time.Duration;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;

/** Caches over AWS, opened as a user opens them. */
final class AwsCaches implements AutoCloseable {
  private static final String PROVIDER = "io.terrace.jcache.TerraceCachingProvider";

  private final CacheManager manager;
  private final AwsServices services;

  AwsCaches(AwsServices services) {
    CachingProvider provider = Caching.getCachingProvider(PROVIDER);
    manager =
        provider.getCacheManager(
            URI.create("benchmark-aws"), provider.getDefaultClassLoader(), new Properties());
    this.services = services;
  }

  /** {@code [aws]} alone. */
  Cache<String, byte[]> items() {
    return manager.createCache(
        "items",
        TerraceConfiguration.builder(String.class, byte[].class)
            .tier(services.settings().build())
            .build());
  }

  /**
   * {@code [heap, aws]}.
   *
   * @param verifyAfter how old a copy is when it is compared with the item
   */
  Cache<String, String> near(Duration verifyAfter) {
    return manager.createCache(
        "near",
        TerraceConfiguration.builder(String.class, String.class)
            .tier(HeapSettings.builder().build())
            .tier(services.settings().build())
            .coherence(CoherenceSettings.DEFAULTS.withVerifyAfter(verifyAfter))
            .build());
  }

  /** {@code [aws]} alone, with long values in a bucket. */
  Cache<String, StreamValue> streams() {
    return manager.createCache(
        "streams",
        TerraceConfiguration.builder(String.class, StreamValue.class)
            .tier(services.settings().bucket("benchmark").build())
            .build());
  }

  @Override
  public void close() {
    manager.close();
  }
}
