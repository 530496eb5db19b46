package io.terrace.jcache;

import static io.terrace.jcache.FourTiersNode.HEARTBEAT;
import static io.terrace.jcache.FourTiersNode.LOAD_LEASE;
import static io.terrace.jcache.FourTiersNode.VERIFY_AFTER;
import static io.terrace.jcache.FourTiersNode.boundedly;
import static io.terrace.jcache.FourTiersNode.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.TierUnavailableException;
import io.terrace.jcache.FourTiersFixture.Way;
import io.terrace.servers.FaultyProxy.Direction;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Two processes on all four tiers while Redis, DynamoDB, the way there or one of them is gone. */
@Timeout(120)
class FourTiersOutageTest {
  private static final String DISK_BELOW = "heap,redis,disk,aws";
  private static final String DISK_ABOVE = "heap,disk,redis,aws";

  /** Who cannot tell posts a notice, and who sees it compares. */
  private static final Duration UNTOLD = HEARTBEAT.plus(VERIFY_AFTER);

  /** How Redis is away. */
  enum Outage {
    KILLED,
    PAUSED,
    CUT_OFF_FROM_ONE
  }

  /** How far a change got of which its process never heard. */
  enum Death {
    BEFORE_ITS_CHANGE,
    BEFORE_THE_ANSWER
  }

  @TempDir private static Path root;
  private static FourTiersFixture fixture;

  @BeforeAll
  static void startServers() {
    fixture = new FourTiersFixture(root, FourTiersNode.REDIS_TIMEOUT);
  }

  @AfterAll
  static void stopServers() {
    fixture.close();
  }

  @BeforeEach
  void begin() {
    fixture.begin();
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    fixture.end();
  }

  private static void begin(Outage outage) {
    switch (outage) {
      case KILLED -> fixture.redis.kill();
      case PAUSED -> fixture.redis.pause();
      case CUT_OFF_FROM_ONE -> {
        fixture.way(0).redis().reject();
        fixture.way(0).redis().dropConnections();
      }
    }
  }

  private static void end(Outage outage) {
    switch (outage) {
      case KILLED -> fixture.redis.restart();
      case PAUSED -> fixture.redis.resume();
      case CUT_OFF_FROM_ONE -> fixture.way(0).redis().resume();
    }
  }

  /** Redis comes back with the data that it had, which is older than what was written since. */
  @ParameterizedTest
  @CsvSource({
    DISK_BELOW_KILLED,
    DISK_BELOW_PAUSED,
    DISK_BELOW_CUT,
    DISK_ABOVE_KILLED,
    DISK_ABOVE_PAUSED
  })
  void i2_i4_processesGoOnWithoutRedisAndUseItAgain(String tiers, Outage outage) throws Exception {
    FourTiersNode<String> one = fixture.node(tiers);
    FourTiersNode<String> two = fixture.node(tiers);
    one.awaitRedisInUse("probe", "v");
    two.awaitRedisInUse("probe", "v");
    one.cache.put("k", "a");
    one.cache.put("gone", "a");
    within(HEARTBEAT, () -> "a".equals(two.cache.get("k")) && two.cache.containsKey("gone"));
    begin(outage);
    for (String value : List.of("b", "c")) {
      boundedly(() -> one.cache.getAndPut("k", value));
      assertThat(boundedly(() -> one.cache.get("k"))).isEqualTo(value);
      within(UNTOLD, () -> value.equals(two.cache.get("k")));
    }
    assertThat(boundedly(() -> one.cache.remove("gone"))).isTrue();
    within(UNTOLD, () -> two.cache.get("gone") == null);
    assertThat(boundedly(() -> two.cache.replace("k", "c", "d"))).isTrue();
    within(UNTOLD, () -> "d".equals(one.cache.get("k")));
    end(outage);
    servesNothingOldUntilRedisIsUsed(one, two);
  }

  private static final String DISK_BELOW_KILLED = "'" + DISK_BELOW + "', KILLED";
  private static final String DISK_BELOW_PAUSED = "'" + DISK_BELOW + "', PAUSED";
  private static final String DISK_BELOW_CUT = "'" + DISK_BELOW + "', CUT_OFF_FROM_ONE";
  private static final String DISK_ABOVE_KILLED = "'" + DISK_ABOVE + "', KILLED";
  private static final String DISK_ABOVE_PAUSED = "'" + DISK_ABOVE + "', PAUSED";

  private static void servesNothingOldUntilRedisIsUsed(
      FourTiersNode<String> one, FourTiersNode<String> two) throws Exception {
    for (FourTiersNode<String> node : List.of(one, two)) {
      int[] probes = new int[1];
      CacheFixture.await(
          () -> {
            assertThat(one.cache.get("k")).isEqualTo("d");
            assertThat(two.cache.get("k")).isEqualTo("d");
            assertThat(two.cache.get("gone")).isNull();
            node.cache.put("probe", "v" + probes[0]++);
            return node.residency("probe").contains("redis");
          });
    }
    one.cache.put("k", "e");
    within(HEARTBEAT, () -> "e".equals(two.cache.get("k")));
  }

  @Test
  void i2_readsServeWhatUpperTiersHoldWithoutDynamoDbAndWritesFail() throws Exception {
    FourTiersNode<String> one = fixture.node(DISK_BELOW);
    FourTiersNode<String> two = fixture.node(DISK_BELOW);
    one.awaitRedisInUse("probe", "v");
    two.awaitRedisInUse("probe", "v");
    one.cache.put("k", "v");
    one.cache.put("j", "v");
    assertThat(two.cache.get("k")).isEqualTo("v");
    assertThat(two.residency("j")).as("not yet read there").containsExactly("redis", "aws");
    fixture.dynamoDb.kill();
    try {
      assertThat(two.cache.get("k")).as("from the heap").isEqualTo("v");
      assertThat(two.cache.get("j")).as("from Redis").isEqualTo("v");
      assertThatThrownBy(() -> one.cache.put("k", "w"))
          .isInstanceOfSatisfying(
              TierUnavailableException.class, e -> assertThat(e.tier()).isEqualTo("aws"));
      assertThatThrownBy(() -> two.cache.get("absent"))
          .isInstanceOfSatisfying(
              TierUnavailableException.class, e -> assertThat(e.tier()).isEqualTo("aws"));
    } finally {
      fixture.dynamoDb.restart();
    }
    CacheFixture.await(() -> puts(one, "w"));
    within(HEARTBEAT.plus(LOAD_LEASE), () -> serves(two, "w"));
  }

  private static boolean serves(FourTiersNode<String> node, String value) {
    try {
      return value.equals(node.cache.get("k"));
    } catch (TierUnavailableException e) {
      return false;
    }
  }

  private static boolean puts(FourTiersNode<String> node, String value) {
    try {
      node.cache.put("k", value);
      return true;
    } catch (TierUnavailableException e) {
      return false;
    }
  }

  /** If it were wrong, a process that dies in a change would leave a copy that is out of date. */
  @ParameterizedTest
  @EnumSource
  void i4_aWriterThatIsKilledLeavesNothingOld(Death death) throws Exception {
    FourTiersNode<String> two = fixture.node(DISK_ABOVE);
    FourTiersNode<String> three = fixture.node(DISK_BELOW);
    two.awaitRedisInUse("probe", "v");
    two.cache.put("k", "old");
    assertThat(three.cache.get("k")).isEqualTo("old");
    Way way = fixture.way(3); // no other process goes there
    Process writer = FourTiersWriter.start(fixture.servers(way, Duration.ofMinutes(1)), fixture);
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(said.readLine()).isEqualTo("ready");
      way.dynamoDb()
          .stall(death == Death.BEFORE_THE_ANSWER ? Direction.TO_CLIENT : Direction.TO_SERVER);
      writer.getOutputStream().write('\n');
      writer.getOutputStream().flush();
      CacheFixture.await(() -> !two.residency("k").contains("redis")); // it was announced
      String left = death == Death.BEFORE_THE_ANSWER ? "new" : "old";
      within(HEARTBEAT, () -> left.equals(two.cache.get("k")) && left.equals(three.cache.get("k")));
    } finally {
      writer.destroyForcibly().waitFor();
    }
    String last = two.cache.get("k");
    FourTiersNode<String> cold = fixture.node(DISK_ABOVE);
    within(
        LOAD_LEASE,
        () -> {
          assertThat(three.cache.get("k")).isEqualTo(last);
          assertThat(two.cache.get("k")).isEqualTo(last);
          assertThat(cold.cache.get("k")).isEqualTo(last);
          cold.cache.getAll(Set.of("x", "y", "z")); // other uses
          return cold.residency("k").contains("redis");
        });
    two.cache.put("k", "newest");
    within(HEARTBEAT, () -> "newest".equals(three.cache.get("k")));
  }
}
