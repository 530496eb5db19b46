package io.terrace.linearizability;

import io.terrace.linearizability.Histories.Timing;
import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three JVMs of four threads share a table of DynamoDB, and a Redis above it that tells of its
 * changes; either server is killed and started again, loses connections or does not answer, and
 * Redis forgets what it has: atomic operations are linearizable (I8), and reads through the heap
 * are no older than the coherence bound (I4). One history of each stack in the ordinary build; the
 * long form, and the repetition of the random choices of one history, whose seed a failure prints,
 * are
 *
 * <pre>
 * mvn -Pfast -pl provider -am test -Dtest=FourTierLinearizabilityTest -Dterrace.histories=20
 * mvn -Pfast -pl provider -am test -Dtest=FourTierLinearizabilityTest -Dterrace.seed=4711
 * </pre>
 */
class FourTierLinearizabilityTest {
  private static final Timing TIMING =
      new Timing(Duration.ofMillis(200), Duration.ofMillis(1_500), Duration.ofMillis(500));

  @TempDir Path root;

  private final RedisServer redis = RedisServer.builder().persistent().start();
  private final DynamoDbServer dynamoDb = DynamoDbServer.start();
  private Histories histories;

  @BeforeEach
  void open() {
    List<SharedServer> servers = List.of(SharedServer.ofCopies(redis), SharedServer.of(dynamoDb));
    histories = new Histories(servers, root, TIMING);
  }

  @AfterEach
  void close() {
    histories.close();
    redis.close();
    dynamoDb.close();
  }

  @Test
  void i4_i8_historiesWithTheDiskBelowRedisAreLinearizableButForBoundedReads() throws Exception {
    histories.run("heap,redis,disk,aws");
  }

  @Test
  void i4_i8_historiesWithTheDiskAboveRedisAreLinearizableButForBoundedReads() throws Exception {
    histories.run("heap,disk,redis,aws");
  }
}
