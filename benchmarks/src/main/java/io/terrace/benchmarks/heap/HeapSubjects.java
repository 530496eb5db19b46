package io.terrace.benchmarks.heap;

import com.github.benmanes.caffeine.jcache.configuration.CaffeineConfiguration;
import io.terrace.benchmarks.TerraceManagers;
import java.util.OptionalLong;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.cache2k.Cache2kBuilder;
import org.cache2k.jcache.ExtendedMutableConfiguration;
import org.cache2k.jcache.JCacheConfig;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.jsr107.Eh107Configuration;

/**
 * Opens each peer the same: bounded by entries, eternal, by value, as its documentation says.
 * JCache providers are named by class because several are on the class path.
 */
final class HeapSubjects {
  private static final String CACHE = "benchmark";

  private HeapSubjects() {}

  static <V> HeapSubject<V> open(
      HeapPeer peer, Class<V> type, ValueKind values, Statistics statistics, long maxEntries) {
    return switch (peer) {
      case TERRACE -> terrace(type, statistics, maxEntries);
      case CACHE2K -> cache2k(type, statistics, maxEntries);
      case CAFFEINE_JCACHE -> caffeine(type, statistics, maxEntries);
      case EHCACHE -> ehcache(type, values, statistics, maxEntries);
      case CAFFEINE -> new CaffeineSubject<>(maxEntries, statistics);
      case CONCURRENT_HASH_MAP -> new MapSubject<>();
      case SERIALIZING_MAP -> new SerializingMapSubject<>();
    };
  }

  private static <V> HeapSubject<V> terrace(Class<V> type, Statistics statistics, long maxEntries) {
    return create(
        TerraceManagers.heap(maxEntries), byValue(new MutableConfiguration<>(), type), statistics);
  }

  private static <V> HeapSubject<V> cache2k(Class<V> type, Statistics statistics, long maxEntries) {
    CachingProvider provider =
        Caching.getCachingProvider("org.cache2k.jcache.provider.JCacheProvider");
    Cache2kBuilder<String, V> bounded =
        Cache2kBuilder.of(String.class, type)
            .entryCapacity(maxEntries)
            .eternal(true)
            .with(JCacheConfig.class, section -> section.copyAlwaysIfRequested(true));
    return create(
        provider.getCacheManager(),
        byValue(ExtendedMutableConfiguration.of(bounded), type),
        statistics);
  }

  private static <V> HeapSubject<V> caffeine(
      Class<V> type, Statistics statistics, long maxEntries) {
    CachingProvider provider =
        Caching.getCachingProvider(
            "com.github.benmanes.caffeine.jcache.spi.CaffeineCachingProvider");
    CaffeineConfiguration<String, V> bounded =
        new CaffeineConfiguration<>(byValue(new MutableConfiguration<>(), type));
    bounded.setMaximumSize(OptionalLong.of(maxEntries));
    return create(provider.getCacheManager(), bounded, statistics);
  }

  /**
   * Its default by value shares strings and serializes the rest; with a bound that is said here.
   */
  private static <V> HeapSubject<V> ehcache(
      Class<V> type, ValueKind values, Statistics statistics, long maxEntries) {
    CachingProvider provider =
        Caching.getCachingProvider("org.ehcache.jsr107.EhcacheCachingProvider");
    CacheConfigurationBuilder<String, V> bounded =
        CacheConfigurationBuilder.newCacheConfigurationBuilder(
            String.class, type, ResourcePoolsBuilder.heap(maxEntries));
    if (!values.knownImmutable()) {
      bounded = bounded.withValueSerializingCopier();
    }
    return create(
        provider.getCacheManager(),
        Eh107Configuration.fromEhcacheCacheConfiguration(bounded),
        statistics);
  }

  private static <V> MutableConfiguration<String, V> byValue(
      MutableConfiguration<String, V> configuration, Class<V> type) {
    return configuration.setTypes(String.class, type).setStoreByValue(true);
  }

  private static <V> HeapSubject<V> create(
      CacheManager caches, Configuration<String, V> configuration, Statistics statistics) {
    Cache<String, V> cache = caches.createCache(CACHE, configuration);
    if (statistics == Statistics.ON) {
      caches.enableStatistics(CACHE, true);
    }
    return new JCacheSubject<>(caches.getCachingProvider(), cache);
  }
}
