package io.terrace.linearizability;

import io.terrace.linearizability.Histories.Timing;
import io.terrace.servers.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three JVMs of four threads share a Redis that is killed and started again, behind networks that
 * fail: atomic operations are linearizable (I8), and reads through the heap are no older than the
 * coherence bound (I4). One history of each stack in the ordinary build; the long form, and the
 * repetition of the random choices of one history, whose seed a failure prints, are
 *
 * <pre>
 * mvn -Pfast -pl provider -am test -Dtest=RedisLinearizabilityTest -Dterrace.histories=100
 * mvn -Pfast -pl provider -am test -Dtest=RedisLinearizabilityTest -Dterrace.seed=4711
 * </pre>
 */
class RedisLinearizabilityTest {
  private static final Timing TIMING =
      new Timing(Duration.ofMillis(100), Duration.ofMillis(1_500), Duration.ofMillis(300));

  @TempDir Path root;

  private final RedisServer server = RedisServer.builder().persistent().start();
  private Histories histories;

  @BeforeEach
  void open() {
    histories = new Histories(SharedServer.of(server), root, TIMING);
  }

  @AfterEach
  void close() {
    histories.close();
    server.close();
  }

  @Test
  void i8_historiesOnRedisAreLinearizable() throws Exception {
    histories.run("redis");
  }

  @Test
  void i4_i8_historiesThroughHeapsAreLinearizableButForBoundedReads() throws Exception {
    histories.run("heap,redis");
  }

  @Test
  void i4_i8_historiesThroughHeapsAndDisksAreLinearizableButForBoundedReads() throws Exception {
    histories.run("heap,disk,redis");
  }
}
