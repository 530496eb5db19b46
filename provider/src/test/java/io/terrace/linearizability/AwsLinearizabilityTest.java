package io.terrace.linearizability;

import io.terrace.linearizability.Histories.Timing;
import io.terrace.servers.DynamoDbServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three JVMs of four threads share a table of DynamoDB, whose server is killed and started again,
 * behind networks that fail: atomic operations are linearizable (I8), and reads through the heap
 * are no older than the time after which copies are compared, or the lease without an answer (I4).
 * One history of each stack in the ordinary build; the long form, and the repetition of the random
 * choices of one history, whose seed a failure prints, are
 *
 * <pre>
 * mvn -Pfast -pl provider -am test -Dtest=AwsLinearizabilityTest -Dterrace.histories=100
 * mvn -Pfast -pl provider -am test -Dtest=AwsLinearizabilityTest -Dterrace.seed=4711
 * </pre>
 */
class AwsLinearizabilityTest {
  private static final Timing TIMING =
      new Timing(Duration.ofMillis(200), Duration.ofMillis(1_500), Duration.ofMillis(500));

  @TempDir Path root;

  private final DynamoDbServer server = DynamoDbServer.start();
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
  void i8_historiesOnDynamoDbAreLinearizable() throws Exception {
    histories.run("aws");
  }

  @Test
  void i4_i8_historiesThroughHeapsAreLinearizableButForBoundedReads() throws Exception {
    histories.run("heap,aws");
  }
}
