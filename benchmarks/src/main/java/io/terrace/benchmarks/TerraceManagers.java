package io.terrace.benchmarks;

import java.net.URI;
import java.nio.file.Path;
import java.util.Properties;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;

/**
 * Opens Terrace by its class name, as several providers are on the class path, with the settings of
 * all caches as properties. Everything goes through JSR-107: the same calls that a peer gets.
 */
public final class TerraceManagers {
  /** The cache that processes share through Redis. */
  public static final String SHARED_CACHE = "shared";

  private static final String PROVIDER = "io.terrace.jcache.TerraceCachingProvider";
  private static final String DEFAULTS = "terrace.defaults.";

  private TerraceManagers() {}

  /** Caches of {@code [heap]}. */
  public static CacheManager heap(long maxEntries) {
    Properties settings = settings("heap");
    settings.setProperty(DEFAULTS + "heap.max-entries", Long.toString(maxEntries));
    return open("benchmark-heap", settings);
  }

  /**
   * Caches of {@code [heap, disk]} whose heap holds one entry, so that reads come from the disk.
   */
  public static CacheManager heapOfOneOverDisk(Path directory, long maxBytes) {
    Properties settings = disk("heap, disk", directory, maxBytes);
    settings.setProperty(DEFAULTS + "heap.max-entries", "1");
    return open("benchmark-heap-disk", settings);
  }

  /** Caches of {@code [disk]}. */
  public static CacheManager diskOnly(Path directory, long maxBytes) {
    return open("benchmark-disk", disk("disk", directory, maxBytes));
  }

  /** Caches of {@code [redis]}. */
  public static CacheManager redisOnly(URI redis, int connections) {
    Properties settings = settings("redis");
    settings.setProperty(DEFAULTS + "redis.uri", redis.toString());
    settings.setProperty(DEFAULTS + "redis.connections", Integer.toString(connections));
    return open("benchmark-redis", settings);
  }

  /**
   * Caches of {@code [heap, redis]}, which have the same entries whatever the manager's name is.
   */
  public static CacheManager heapOverRedis(String manager, URI redis) {
    Properties settings = settings("heap, redis");
    settings.setProperty(DEFAULTS + "redis.uri", redis.toString());
    settings.setProperty(DEFAULTS + "redis.namespace", "benchmark");
    return open("benchmark-" + manager, settings);
  }

  private static Properties disk(String tiers, Path directory, long maxBytes) {
    Properties settings = settings(tiers);
    settings.setProperty(DEFAULTS + "disk.directory", directory.toString());
    settings.setProperty(DEFAULTS + "disk.max-bytes", Long.toString(maxBytes));
    return settings;
  }

  private static Properties settings(String tiers) {
    Properties settings = new Properties();
    settings.setProperty(DEFAULTS + "tiers", tiers);
    return settings;
  }

  /** The same name gives the same folder below the directory, whenever it is opened. */
  private static CacheManager open(String name, Properties settings) {
    CachingProvider provider = Caching.getCachingProvider(PROVIDER);
    return provider.getCacheManager(URI.create(name), provider.getDefaultClassLoader(), settings);
  }
}
