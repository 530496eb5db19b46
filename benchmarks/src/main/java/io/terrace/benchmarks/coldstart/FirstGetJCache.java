package io.terrace.benchmarks.coldstart;

import javax.cache.Cache;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** Opens a cache of the one provider on the class path, puts, gets, and ends. */
final class FirstGetJCache {
  private FirstGetJCache() {}

  public static void main(String[] args) {
    Cache<String, String> cache =
        Caching.getCachingProvider()
            .getCacheManager()
            .createCache(
                "first",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    cache.put("key", "value");
    System.exit("value".equals(cache.get("key")) ? 0 : 1);
  }
}
