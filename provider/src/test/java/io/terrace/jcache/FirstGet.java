package io.terrace.jcache;

import javax.cache.Cache;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** The program of {@link FirstGetTest}: a cache of defaults, and one value through it. */
final class FirstGet {
  private FirstGet() {}

  public static void main(String[] arguments) {
    Cache<String, String> cache =
        Caching.getCachingProvider()
            .getCacheManager()
            .createCache(
                "first",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    cache.put("key", "value");
    System.out.println(cache.get("key"));
  }
}
