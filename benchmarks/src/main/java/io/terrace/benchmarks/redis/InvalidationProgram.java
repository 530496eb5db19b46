package io.terrace.benchmarks.redis;

import io.terrace.benchmarks.TerraceManagers;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;

/**
 * Reads one key of {@code [heap, redis]} over and over, and prints each new value with the
 * microsecond at which it was read first. Ends at a negative value.
 */
final class InvalidationProgram {
  static final String KEY = "watched";

  /** Short beside what is measured, and long enough to leave the machine idle. */
  private static final long PAUSE_NANOS = 50_000;

  private InvalidationProgram() {}

  /** A value, and when it was read first. */
  record Seen(long value, long micros) {
    String line() {
      return value + " " + micros;
    }

    static Seen parse(String line) {
      int space = line.indexOf(' ');
      return new Seen(
          Long.parseLong(line.substring(0, space)), Long.parseLong(line.substring(space + 1)));
    }
  }

  /** Argument: the URI of Redis. */
  public static void main(String[] args) throws IOException {
    try (CacheManager manager = TerraceManagers.heapOverRedis("reader", URI.create(args[0]))) {
      Cache<String, Long> cache =
          manager.createCache(
              TerraceManagers.SHARED_CACHE,
              new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
      long last = 0;
      System.out.println("begins");
      while (last >= 0) {
        Long value = cache.get(KEY);
        if (value != null && value != last) {
          System.out.println(new Seen(value, InvalidationLatency.micros()).line());
          last = value;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }
}
