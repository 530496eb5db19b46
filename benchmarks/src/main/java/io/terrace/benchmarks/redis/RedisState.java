package io.terrace.benchmarks.redis;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Random;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The Redis of the run, filled by one peer. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class RedisState {
  /** The system property that names the server. */
  static final String SERVER = "terrace.benchmarks.redis";

  static final int CONNECTIONS = 8;
  static final int MANY = 20;
  static final int SEQUENCE = 1 << 16;
  static final int MASK = SEQUENCE - 1;
  private static final int BODIES = 64;

  @Param public RedisPeer peer;

  @Param("5000")
  public int entries;

  @Param("1024")
  public int bodyBytes;

  URI server = URI.create(System.getProperty(SERVER, "redis://127.0.0.1:6379"));
  RedisSubject store;
  int[] numbers;
  byte[][] bodies;

  @Setup(Level.Trial)
  public void open() throws IOException {
    Random random = new Random(42);
    numbers = random.ints(SEQUENCE + MANY, 0, entries).toArray();
    bodies = new byte[BODIES][bodyBytes];
    for (byte[] body : bodies) {
      random.nextBytes(body);
    }
    store =
        switch (peer) {
          case TERRACE -> JCacheOnRedis.terrace(server, CONNECTIONS, entries);
          case JEDIS -> new RawJedis(server, CONNECTIONS, entries);
          case REDISSON -> JCacheOnRedis.redisson(server, CONNECTIONS, entries);
        };
    for (int i = 0; i < entries; i++) {
      store.put(i, body(i));
    }
    for (int i = 0; i < entries; i++) {
      if (!Arrays.equals(body(i), store.get(i))) {
        throw new IllegalStateException(peer + " does not hold all entries: nothing to measure");
      }
    }
  }

  byte[] body(int number) {
    return bodies[number % BODIES];
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    store.close();
  }
}
