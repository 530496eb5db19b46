package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.servers.FaultyProxy;
import io.terrace.servers.FaultyProxy.Direction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Under a mixed load of two processes on all four tiers one thing after the other fails, and gets
 * well again: meanwhile nothing is served that is older than the bound, and afterwards all serve
 * what AWS holds, of which nothing is lost that was acknowledged; Redis is used again, and nothing
 * is left open. Each fault once in the ordinary build; the long form, and the repetition of the
 * random choices of one, are
 *
 * <pre>
 * mvn -Pfast -pl provider -am test -Dtest=FourTiersChaosTest -Dterrace.chaos-minutes=30
 * mvn -Pfast -pl provider -am test -Dtest=FourTiersChaosTest -Dterrace.seed=4711
 * </pre>
 */
class FourTiersChaosTest {
  private static final long MINUTES = Long.getLong("terrace.chaos-minutes", 0);
  private static final long SEED = Long.getLong("terrace.seed", System.nanoTime());
  private static final Duration LEASE = Duration.ofSeconds(2);
  private static final Duration FAULT = Duration.ofMillis(800);
  private static final Duration CALM = Duration.ofMillis(400);
  private static final int CLEAR_EVERY = 4;

  /** Without contact for a lease, in an outage of DynamoDB that hides that somebody cannot tell. */
  private static final Duration BOUND =
      LEASE.plus(FAULT).plus(FourTiersNode.HEARTBEAT.multipliedBy(3)).plus(FourTiersNode.SLACK);

  private static final CoherenceSettings SETTINGS =
      FourTiersNode.PATIENT.withHeartbeat(FourTiersNode.HEARTBEAT, LEASE);

  /** What happens to the first process, or to all. */
  enum Fault {
    REDIS_KILLED,
    REDIS_PAUSED,
    REDIS_FORGETS,
    REDIS_CUT_OFF,
    REDIS_DELAYED,
    DYNAMODB_KILLED,
    DYNAMODB_STALLED,
    ANSWERS_TRUNCATED,
    S3_KILLED
  }

  @TempDir private Path root;
  private FourTiersFixture fixture;
  private ChaosLoad load;
  private FourTiersNode<String> one;

  @Test
  void i1_i2_i4_i10_nothingIsStaleLostOrLeftOpenWhateverFails() throws Exception {
    System.out.println("chaos -Dterrace.seed=" + SEED);
    Random random = new Random(SEED);
    try (FourTiersFixture servers = new FourTiersFixture(root, FourTiersNode.REDIS_TIMEOUT)) {
      fixture = servers;
      fixture.begin();
      one = node("heap,redis,disk,aws");
      load = new ChaosLoad(List.of(one, node("heap,disk,redis,aws")), BOUND);
      long end = System.nanoTime() + Duration.ofMinutes(MINUTES).toNanos();
      System.out.println("fault              operations   failed   oldest ms   well after ms");
      for (int i = 0; i < Fault.values().length || System.nanoTime() < end; i++) {
        round(i, faultOf(i, random), random);
      }
      fixture.end();
    }
  }

  private static Fault faultOf(int round, Random random) {
    int count = Fault.values().length;
    return Fault.values()[round < count ? round : random.nextInt(count)];
  }

  private FourTiersNode<String> node(String tiers) {
    return fixture.node(tiers, SETTINGS, CacheFixture.of(String.class, String.class));
  }

  private void round(int number, Fault fault, Random random) throws Exception {
    load.during(
        random.nextLong(),
        () -> {
          pause(CALM);
          begin(fault);
          pause(FAULT);
          end(fault);
          pause(CALM);
        });
    long healed = System.nanoTime();
    CacheFixture.await(load::isSettled);
    one.awaitRedisInUse("probe", "v");
    long wellMillis = (System.nanoTime() - healed) / 1_000_000;
    System.out.printf(
        Locale.ROOT,
        "%-18s %10d %8d %11d %15d%n",
        fault,
        load.operations(),
        load.failures(),
        load.oldestMillis(),
        wellMillis);
    if (number % CLEAR_EVERY == 0) {
      clear();
    }
  }

  private void clear() throws Exception {
    one.cache.clear();
    load.cleared();
    CacheFixture.await(load::isSettled);
    one.awaitRedisInUse("probe", "v");
    assertThat(load.isSettled()).as("after a clear").isTrue();
  }

  /** Lets the load run; nothing that is checked depends on for how long. */
  private static void pause(Duration time) {
    long due = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < due) {
      LockSupport.parkNanos(due - System.nanoTime());
    }
  }

  private void begin(Fault fault) {
    FaultyProxy redis = fixture.way(0).redis();
    FaultyProxy dynamoDb = fixture.way(0).dynamoDb();
    switch (fault) {
      case REDIS_KILLED -> fixture.redis.kill();
      case REDIS_PAUSED -> fixture.redis.pause();
      case REDIS_FORGETS -> fixture.redis.command("FLUSHALL");
      case REDIS_CUT_OFF -> {
        redis.reject();
        redis.dropConnections();
      }
      case REDIS_DELAYED -> redis.delay(Duration.ofMillis(30));
      case DYNAMODB_KILLED -> fixture.dynamoDb.kill();
      case DYNAMODB_STALLED -> dynamoDb.stall(Direction.TO_CLIENT);
      case ANSWERS_TRUNCATED -> truncate(redis, dynamoDb);
      case S3_KILLED -> fixture.s3.kill();
    }
  }

  /** Cuts connections again and again, in the midst of whatever is on its way. */
  private static void truncate(FaultyProxy redis, FaultyProxy dynamoDb) {
    for (int i = 0; i < 20; i++) {
      redis.dropConnections();
      dynamoDb.dropConnections();
      pause(FAULT.dividedBy(20));
    }
  }

  private void end(Fault fault) {
    switch (fault) {
      case REDIS_KILLED -> fixture.redis.restart();
      case REDIS_PAUSED -> fixture.redis.resume();
      case REDIS_CUT_OFF -> fixture.way(0).redis().resume();
      case REDIS_DELAYED -> fixture.way(0).redis().delay(Duration.ZERO);
      case DYNAMODB_KILLED -> fixture.dynamoDb.restart();
      case DYNAMODB_STALLED -> fixture.way(0).dynamoDb().resume();
      case S3_KILLED -> fixture.s3.restart();
      case REDIS_FORGETS, ANSWERS_TRUNCATED -> {} // over already
    }
  }
}
