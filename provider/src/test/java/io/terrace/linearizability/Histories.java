package io.terrace.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.linearizability.Fleet.Run;
import io.terrace.linearizability.Member.Setup;
import io.terrace.linearizability.Operation.Outcome;
import io.terrace.linearizability.Workload.Plan;
import io.terrace.servers.FaultyProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Makes and judges histories of JVMs of four threads that share a server, behind networks that
 * fail. How many is said by {@code terrace.histories}; the random choices of one are those of
 * {@code terrace.seed}. Not thread safe.
 */
final class Histories implements AutoCloseable {
  private static final int HISTORIES = Integer.getInteger("terrace.histories", 1);
  private static final int PROCESSES = 3;
  private static final int OPERATIONS = 1_000 / (PROCESSES * Workload.THREADS);
  private static final int MOST_KEYS = 3;
  private static final int WARM_UPS = 100;

  /**
   * The longest pauses between operations: together, with much overlap, and spread over seconds.
   */
  private static final int[] PAUSES_MICROS = {2_000, 60_000, 15_000};

  private static final Duration SLACK = Duration.ofSeconds(1);

  /** Leases are measured in whole milliseconds by some. */
  private static final Duration GRAIN = Duration.ofMillis(1);

  private final List<SharedServer> servers;
  private final Path root;
  private final Timing timing;

  /** The ways of all processes to each server. */
  private final List<List<FaultyProxy>> proxies = new ArrayList<>();

  private final List<String> complaints = new ArrayList<>();
  private long operations;
  private long failed;
  private long unknown;
  private long stalest;

  /**
   * The times in the settings of the caches.
   *
   * @param heartbeat as {@link Setup#heartbeat}
   */
  record Timing(Duration heartbeat, Duration lease, Duration commandTimeout) {}

  /**
   * @param servers in the order of the tiers that use them
   * @param root for what the processes write
   */
  Histories(List<SharedServer> servers, Path root, Timing timing) {
    this.servers = servers;
    this.root = root;
    this.timing = timing;
    for (SharedServer server : servers) {
      List<FaultyProxy> ways = new ArrayList<>();
      for (int i = 0; i < PROCESSES; i++) {
        ways.add(FaultyProxy.to("127.0.0.1", server.port()));
      }
      proxies.add(ways);
    }
  }

  /** With one server. */
  Histories(SharedServer server, Path root, Timing timing) {
    this(List.of(server), root, timing);
  }

  /** Makes histories with caches of these tiers; fails with what is wrong with them. */
  void run(String tiers) throws Exception {
    Long repeated = Long.getLong("terrace.seed");
    int histories = repeated == null ? HISTORIES : 1;
    SplittableRandom seeds = new SplittableRandom(System.nanoTime());
    try (Fleet fleet = new Fleet(root, setups(tiers), null)) {
      warmUp(fleet);
      Faults faults = new Faults(servers, proxies, fleet);
      for (int i = 0; i < histories; i++) {
        run(tiers, i, repeated == null ? seeds.nextLong() : repeated, fleet, faults);
      }
      assertThat(fleet.errors()).doesNotContain("ERROR", "SEVERE");
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d histories, %d operations, %d failed, %d of unknown outcome;"
            + " the oldest read was %d ms old%n",
        tiers,
        histories,
        operations,
        failed,
        unknown,
        stalest);
    assertThat(complaints).isEmpty();
  }

  /** Reads until each process has found the server, and loaded the classes of its client. */
  private static void warmUp(Fleet fleet) throws IOException {
    Plan reads = new Plan(-1, 0, 0, 1, 0);
    Map<String, Integer> failures = fleet.run(reads).history().failures();
    for (int i = 0; i < WARM_UPS && !failures.isEmpty(); i++) {
      failures = fleet.run(reads).history().failures();
    }
    assertThat(failures).isEmpty();
  }

  private void run(String tiers, int number, long seed, Fleet fleet, Faults faults)
      throws Exception {
    int pause = PAUSES_MICROS[(int) Long.remainderUnsigned(seed, PAUSES_MICROS.length)];
    int keys = 1 + (int) Long.remainderUnsigned(seed / 7, MOST_KEYS);
    Plan plan = new Plan(number, seed, OPERATIONS, keys, pause);
    Run run = faults.during(seed, () -> fleet.run(plan));
    Thread.sleep(timing.lease().toMillis()); // by then every process has to know
    judge(tiers, seed, run.and(fleet.run(plan.finalReads())), faults);
  }

  private List<Setup> setups(String tiers) {
    List<Setup> setups = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      setups.add(
          new Setup(
              i,
              1,
              tiers,
              uris(i),
              "lin",
              timing.heartbeat(),
              timing.lease(),
              timing.commandTimeout(),
              root.resolve("disk-" + i)));
    }
    return setups;
  }

  private String uris(int process) {
    List<String> uris = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      uris.add(servers.get(i).uriOf().apply(proxies.get(i).get(process).port()));
    }
    return String.join(",", uris);
  }

  private ReadBound bound(Run run, Faults faults) {
    Duration inContact = timing.heartbeat().plus(SLACK).plusMillis(run.longestStallMillis());
    if (servers.size() == 1) {
      return new ReadBound(inContact, timing.lease().plus(GRAIN), faults.outages());
    }
    return new ReadBound(inContact, timing.lease().plus(inContact), faults.outagesOfAll());
  }

  private void judge(String tiers, long seed, Run run, Faults faults) {
    Judge judge = new Judge(tiers.contains("heap") ? bound(run, faults) : ReadBound.STRICT);
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

  @Override
  public void close() {
    proxies.forEach(ways -> ways.forEach(FaultyProxy::close));
  }
}
