package io.terrace.benchmarks.aws;

import java.time.Duration;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Hits of the heap of {@code [heap, aws]}, and of copies that are compared with their items. */
public class AwsNearBenchmark {
  /** So many that a millisecond is over when a copy has its turn again after comparisons. */
  static final int ENTRIES = 1 << 6;

  /** The near cache. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH calls open() first
  public static class Near {
    /** How old a copy is when it is compared. */
    @Param({"3600000", "1"})
    public long verifyAfterMillis;

    AwsServices services = AwsServices.ofThisProcess();
    Cache<String, String> cache;
    String[] keys;
    private AwsCaches caches;

    @Setup(Level.Trial)
    public void open() {
      caches = new AwsCaches(services);
      cache = caches.near(Duration.ofMillis(verifyAfterMillis));
      keys = new String[ENTRIES];
      for (int i = 0; i < ENTRIES; i++) {
        keys[i] = "hot-" + i;
        cache.put(keys[i], "value " + i);
      }
    }

    @TearDown(Level.Trial)
    public void close() {
      caches.close();
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
