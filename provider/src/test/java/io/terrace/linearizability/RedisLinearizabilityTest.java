package io.terrace.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.linearizability.Fleet.Run;
import io.terrace.linearizability.Member.Setup;
import io.terrace.linearizability.Operation.Outcome;
import io.terrace.linearizability.Workload.Plan;
import io.terrace.servers.FaultyProxy;
import io.terrace.servers.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
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
  private static final int HISTORIES = Integer.getInteger("terrace.histories", 1);
  private static final int PROCESSES = 3;
  private static final int OPERATIONS = 1_000 / (PROCESSES * Workload.THREADS);
  private static final int MOST_KEYS = 3;

  /**
   * The longest pauses between operations: together, with much overlap, and spread over seconds.
   */
  private static final int[] PAUSES_MICROS = {2_000, 60_000, 15_000};

  private static final Duration HEARTBEAT = Duration.ofMillis(100);
  private static final Duration LEASE = Duration.ofMillis(1_500);
  private static final Duration SLACK = Duration.ofSeconds(1);
  private static final Duration COMMAND_TIMEOUT = Duration.ofMillis(300);

  @TempDir Path root;

  private final RedisServer server = RedisServer.builder().persistent().start();
  private final List<FaultyProxy> proxies = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();
  private long operations;
  private long failed;
  private long unknown;
  private long stalest;

  RedisLinearizabilityTest() {
    for (int i = 0; i < PROCESSES; i++) {
      proxies.add(FaultyProxy.to(server));
    }
  }

  @AfterEach
  void close() {
    proxies.forEach(FaultyProxy::close);
    server.close();
  }

  @Test
  void i8_historiesOnRedisAreLinearizable() throws Exception {
    run("redis");
  }

  @Test
  void i4_i8_historiesThroughHeapsAreLinearizableButForBoundedReads() throws Exception {
    run("heap,redis");
  }

  @Test
  void i4_i8_historiesThroughHeapsAndDisksAreLinearizableButForBoundedReads() throws Exception {
    run("heap,disk,redis");
  }

  private void run(String tiers) throws Exception {
    Long repeated = Long.getLong("terrace.seed");
    SplittableRandom seeds = new SplittableRandom(System.nanoTime());
    try (Fleet fleet = new Fleet(root, setups(tiers), null)) {
      Faults faults = new Faults(server, proxies, fleet);
      for (int i = 0; i < (repeated == null ? HISTORIES : 1); i++) {
        long seed = repeated == null ? seeds.nextLong() : repeated;
        int pause = PAUSES_MICROS[(int) Long.remainderUnsigned(seed, PAUSES_MICROS.length)];
        int keys = 1 + (int) Long.remainderUnsigned(seed / 7, MOST_KEYS);
        Plan plan = new Plan(i, seed, OPERATIONS, keys, pause);
        Run run = faults.during(seed, () -> fleet.run(plan));
        Thread.sleep(LEASE.toMillis()); // by then every process has to know
        judge(tiers, seed, run.and(fleet.run(plan.finalReads())), faults);
      }
      assertThat(fleet.errors()).doesNotContain("ERROR", "SEVERE");
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d histories, %d operations, %d failed, %d of unknown outcome;"
            + " the oldest read was %d ms old%n",
        tiers,
        repeated == null ? HISTORIES : 1,
        operations,
        failed,
        unknown,
        stalest);
    assertThat(complaints).isEmpty();
  }

  private List<Setup> setups(String tiers) {
    List<Setup> setups = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      String uri = proxies.get(i).uri().toString();
      Path disk = root.resolve("disk-" + i);
      setups.add(new Setup(i, 1, tiers, uri, "lin", HEARTBEAT, LEASE, COMMAND_TIMEOUT, disk));
    }
    return setups;
  }

  private void judge(String tiers, long seed, Run run, Faults faults) {
    Duration inContact = HEARTBEAT.plus(SLACK).plusMillis(run.longestStallMillis());
    Judge judge =
        new Judge(
            tiers.contains("heap")
                ? new ReadBound(inContact, LEASE, faults.outages())
                : ReadBound.STRICT);
    judge.judge(run.history());
    List<String> happened = faults.happened();
    for (String complaint : judge.complaints()) {
      complaints.add(
          tiers + " -Dterrace.seed=" + seed + ": " + complaint + "\n  while " + happened);
      System.out.println(tiers + " -Dterrace.seed=" + seed + ": " + complaint);
    }
    System.out.println(
        tiers
            + " -Dterrace.seed="
            + seed
            + (judge.complaints().isEmpty() ? " good, " : " BAD, ")
            + run.history().failures()
            + " "
            + happened);
    operations += run.history().operations().size();
    failed += run.history().count(Outcome.FAILED);
    unknown += run.history().count(Outcome.UNKNOWN);
    stalest = Math.max(stalest, judge.stalestMillis());
  }
}
