package io.terrace.benchmarks.redis;

import io.terrace.benchmarks.TerraceManagers;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;

/**
 * How soon a value that this process writes is read in another one, whose heap has the value before
 * it: from the beginning of the put to the end of the get, on the clock of the machine. Each write
 * waits until the one before it was seen, so that both processes are idle but for that.
 */
final class InvalidationLatency {
  private static final int WARM_UP = 100;
  private static final long PAUSE_MILLIS = 5;

  private InvalidationLatency() {}

  /** Microseconds since the epoch. */
  static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** Milliseconds, one for each write. */
  static List<Double> measure(URI redis, int writes) throws IOException, InterruptedException {
    List<Double> millis = new ArrayList<>();
    ChildProcess reader = ChildProcess.start(InvalidationProgram.class, redis.toString());
    try (CacheManager manager = TerraceManagers.heapOverRedis("writer", redis)) {
      Cache<String, Long> cache =
          manager.createCache(
              TerraceManagers.SHARED_CACHE,
              new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
      reader.readLine();
      for (long value = 1; value <= WARM_UP + writes; value++) {
        Thread.sleep(PAUSE_MILLIS);
        long began = micros();
        cache.put(InvalidationProgram.KEY, value);
        InvalidationProgram.Seen seen = InvalidationProgram.Seen.parse(reader.readLine());
        if (seen.value() != value) {
          throw new IOException(
              "value " + value + " was written, and " + seen.value() + " is read");
        }
        if (value > WARM_UP) {
          millis.add((seen.micros() - began) / 1e3);
        }
      }
      cache.put(InvalidationProgram.KEY, -1L);
      reader.end();
    } finally {
      reader.kill();
    }
    return millis;
  }
}
