package io.terrace.benchmarks.disk;

import java.net.URI;
import java.nio.file.Path;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.EntryUnit;
import org.ehcache.config.units.MemoryUnit;
import org.ehcache.core.config.DefaultConfiguration;
import org.ehcache.impl.config.persistence.DefaultPersistenceConfiguration;
import org.ehcache.jsr107.Eh107Configuration;
import org.ehcache.jsr107.EhcacheCachingProvider;
import org.jspecify.annotations.Nullable;

/** A JCache that keeps its entries in a directory. */
final class JCacheOnDisk implements DiskSubject {
  private static final String CACHE = "benchmark";

  private final CachingProvider provider;
  private final Cache<String, byte[]> cache;
  private final String[] keys;

  private JCacheOnDisk(CachingProvider provider, Cache<String, byte[]> cache, int entries) {
    this.provider = provider;
    this.cache = cache;
    keys = new String[entries];
    for (int i = 0; i < entries; i++) {
      keys[i] = "key-" + i;
    }
  }

  static JCacheOnDisk terrace(CacheManager caches, int entries) {
    return open(
        caches,
        new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class),
        entries);
  }

  /** Ehcache requires a heap above its disk tier; one entry is the least it accepts. */
  static JCacheOnDisk ehcache(Path directory, long maxBytes, int entries) {
    EhcacheCachingProvider provider =
        (EhcacheCachingProvider)
            Caching.getCachingProvider("org.ehcache.jsr107.EhcacheCachingProvider");
    CacheManager caches =
        provider.getCacheManager(
            URI.create("benchmark:disk"),
            new DefaultConfiguration(
                provider.getDefaultClassLoader(),
                new DefaultPersistenceConfiguration(directory.toFile())));
    var configuration =
        CacheConfigurationBuilder.newCacheConfigurationBuilder(
            String.class,
            byte[].class,
            ResourcePoolsBuilder.newResourcePoolsBuilder()
                .heap(1, EntryUnit.ENTRIES)
                .disk(maxBytes, MemoryUnit.B, true));
    return open(caches, Eh107Configuration.fromEhcacheCacheConfiguration(configuration), entries);
  }

  private static JCacheOnDisk open(
      CacheManager caches, Configuration<String, byte[]> configuration, int entries) {
    return new JCacheOnDisk(
        caches.getCachingProvider(), caches.createCache(CACHE, configuration), entries);
  }

  @Override
  public byte @Nullable [] get(int number) {
    return cache.get(keys[number]);
  }

  @Override
  public void put(int number, byte[] body) {
    cache.put(keys[number], body);
  }

  @Override
  public void close() {
    provider.close();
  }
}
