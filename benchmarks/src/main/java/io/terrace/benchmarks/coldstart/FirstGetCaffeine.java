package io.terrace.benchmarks.coldstart;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/** Builds a bounded cache, puts, gets, and ends. */
final class FirstGetCaffeine {
  private FirstGetCaffeine() {}

  public static void main(String[] args) {
    Cache<String, String> cache = Caffeine.newBuilder().maximumSize(10_000).build();
    cache.put("key", "value");
    System.exit("value".equals(cache.getIfPresent("key")) ? 0 : 1);
  }
}
