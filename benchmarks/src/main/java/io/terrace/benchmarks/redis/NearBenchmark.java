package io.terrace.benchmarks.redis;

import io.terrace.benchmarks.TerraceManagers;
import java.io.IOException;
import java.net.URI;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Hits of the heap of {@code [heap, redis]} while another process writes other keys of the cache,
 * each of which is an invalidation.
 */
public class NearBenchmark {
  static final String HOT = "hot-";
  static final int ENTRIES = 1 << 10;

  /** The near cache, and the process that writes. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH calls open() first
  public static class Near {
    /** How many writes the other process does in a second; none if 0. */
    @Param({"0", "1000"})
    public int writesPerSecond;

    URI server = URI.create(System.getProperty(RedisState.SERVER, "redis://127.0.0.1:6379"));
    Cache<String, String> cache;
    String[] keys;
    private CacheManager manager;
    private @Nullable ChildProcess writer;

    @Setup(Level.Trial)
    public void open() throws IOException {
      manager = TerraceManagers.heapOverRedis("near", server);
      cache =
          manager.createCache(
              TerraceManagers.SHARED_CACHE,
              new MutableConfiguration<String, String>().setTypes(String.class, String.class));
      keys = new String[ENTRIES];
      for (int i = 0; i < ENTRIES; i++) {
        keys[i] = HOT + i;
        cache.put(keys[i], "value " + i);
      }
      if (writesPerSecond > 0) {
        writer =
            ChildProcess.start(
                WritingProgram.class, server.toString(), Integer.toString(writesPerSecond));
        writer.readLine(); // once it has begun
      }
    }

    /**
     * Ends.
     *
     * @throws IOException if the writer did much less than it should have
     */
    @TearDown(Level.Trial)
    public void close() throws IOException, InterruptedException {
      manager.getCachingProvider().close();
      if (writer != null) {
        double done = Double.parseDouble(writer.end());
        if (done < 0.9 * writesPerSecond) {
          throw new IOException("only " + done + " writes a second: nothing was measured");
        }
      }
    }
  }

  /** Where a thread is in the keys. */
  @State(Scope.Thread)
  public static class Cursor {
    private int position;

    int next() {
      return position++ & (ENTRIES - 1);
    }
  }

  @Benchmark
  public @Nullable String hit(Near near, Cursor cursor) {
    return near.cache.get(near.keys[cursor.next()]);
  }
}
