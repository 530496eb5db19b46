package io.terrace.benchmarks.redis;

import io.terrace.benchmarks.TerraceManagers;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;

/**
 * Writes so many entries a second into the shared cache until its input ends; prints a line when it
 * begins, and how many it wrote a second in the end.
 */
final class WritingProgram {
  private WritingProgram() {}

  /** Arguments: the URI of Redis, and how many writes a second. */
  public static void main(String[] args) throws IOException, InterruptedException {
    long pauseNanos = TimeUnit.SECONDS.toNanos(1) / Integer.parseInt(args[1]);
    try (CacheManager manager = TerraceManagers.heapOverRedis("writer", URI.create(args[0]))) {
      Cache<String, String> cache =
          manager.createCache(
              TerraceManagers.SHARED_CACHE,
              new MutableConfiguration<String, String>().setTypes(String.class, String.class));
      Writer writer = new Writer(cache, pauseNanos);
      Thread thread = new Thread(writer, "writer");
      thread.start();
      System.out.println("begins");
      while (System.in.read() >= 0) {
        // ends with its input
      }
      writer.ended = true;
      thread.join();
      System.out.println(writer.perSecond);
    }
  }

  /** Catches up when it was held up. */
  private static final class Writer implements Runnable {
    private final Cache<String, String> cache;
    private final long pauseNanos;
    private volatile boolean ended;
    private double perSecond;

    Writer(Cache<String, String> cache, long pauseNanos) {
      this.cache = cache;
      this.pauseNanos = pauseNanos;
    }

    @Override
    public void run() {
      long started = System.nanoTime();
      long writes = 0;
      while (!ended) {
        cache.put("cold-" + writes % NearBenchmark.ENTRIES, "value " + writes);
        writes++;
        LockSupport.parkNanos(started + writes * pauseNanos - System.nanoTime());
      }
      perSecond = writes / ((System.nanoTime() - started) / 1e9);
    }
  }
}
