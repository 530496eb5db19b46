package io.terrace.benchmarks.aws;

import java.util.Arrays;
import java.util.Random;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The DynamoDB of the run, filled by one peer. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class AwsState {
  static final int SEQUENCE = 1 << 16;
  static final int MASK = SEQUENCE - 1;
  private static final int BODIES = 64;

  @Param public AwsPeer peer;

  @Param("2000")
  public int entries;

  @Param("1024")
  public int bodyBytes;

  AwsServices services = AwsServices.ofThisProcess();
  AwsSubject store;
  int[] numbers;
  byte[][] bodies;

  @Setup(Level.Trial)
  public void open() {
    Random random = new Random(42);
    numbers = random.ints(SEQUENCE, 0, entries).toArray();
    bodies = new byte[BODIES][bodyBytes];
    for (byte[] body : bodies) {
      random.nextBytes(body);
    }
    store =
        switch (peer) {
          case TERRACE -> new JCacheOnAws(services, entries);
          case SDK -> new BareDynamoDb(services, entries);
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
  public void close() {
    store.close();
  }
}
