package io.terrace.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.linearizability.Fleet.Run;
import io.terrace.linearizability.Member.Setup;
import io.terrace.linearizability.Operation.Outcome;
import io.terrace.linearizability.Workload.Plan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The histories of processes that share a cache in memory have an order that explains them, though
 * the shared tier fails at random steps. A few in the ordinary build; the long form, and the
 * repetition of one, whose seed a failure prints, are
 *
 * <pre>
 * mvn -Pfast -pl provider test -Dtest=LinearizabilityTest -Dterrace.histories=1000
 * mvn -Pfast -pl provider test -Dtest=LinearizabilityTest -Dterrace.seed=4711
 * </pre>
 */
class LinearizabilityTest {
  private static final int HISTORIES = Integer.getInteger("terrace.histories", 20);
  private static final int PROCESSES = 3;
  private static final int OPERATIONS = 1_000 / (PROCESSES * Workload.THREADS);

  @TempDir Path root;

  @Test
  void i8_historiesOfOneProcessAreLinearizable() throws Exception {
    Duration none = Duration.ofMillis(1);
    Setup setup = new Setup(0, 1, "heap", "redis://none:1", "none", none, none, none, root);
    assertThat(run(setup, ReadBound.STRICT, HISTORIES)).isEmpty();
  }

  @Test
  void i8_historiesOfProcessesThatShareATierAreLinearizable() throws Exception {
    assertThat(run(shared("redis", "lin"), ReadBound.STRICT, HISTORIES)).isEmpty();
  }

  @Test
  void i4_i8_historiesOfProcessesWithHeapsAreLinearizableButForBoundedReads() throws Exception {
    Duration lease = Duration.ofSeconds(5);
    ReadBound bound = new ReadBound(lease, lease, List.of());
    assertThat(run(shared("heap,redis", "lin"), bound, HISTORIES)).isEmpty();
  }

  @Test
  void aTierThatForgetsIsFoundOut() throws Exception {
    Setup setup = shared("redis", SharedMemoryFactory.FORGETFUL);
    assertThat(run(setup, ReadBound.STRICT, 1)).isNotEmpty();
  }

  private Setup shared(String tiers, String namespace) {
    Duration beat = Duration.ofMillis(50);
    return new Setup(
        0,
        PROCESSES,
        tiers,
        "redis://memory:1",
        namespace,
        beat,
        Duration.ofSeconds(5),
        beat,
        root.resolve("disk"));
  }

  /** A directory that has the shared tier in memory found as that of redis. */
  private Path registration() throws Exception {
    Path services = Files.createDirectories(root.resolve("classes/META-INF/services"));
    Files.writeString(
        services.resolve("io.terrace.tier.TierFactory"), SharedMemoryFactory.class.getName());
    return root.resolve("classes");
  }

  /** What is wrong with the histories. */
  private List<String> run(Setup setup, ReadBound bound, int histories) throws Exception {
    Long repeated = Long.getLong("terrace.seed");
    SplittableRandom seeds = new SplittableRandom(System.nanoTime());
    long operations = 0;
    long unknown = 0;
    long stalest = 0;
    List<String> complaints = new ArrayList<>();
    try (Fleet fleet = new Fleet(root, List.of(setup), registration())) {
      for (int i = 0; i < (repeated == null ? histories : 1); i++) {
        long seed = repeated == null ? seeds.nextLong() : repeated;
        int keys = 1 + (int) Long.remainderUnsigned(seed, 3);
        Plan plan = new Plan(i, seed, OPERATIONS, keys, 0);
        Run run = fleet.run(plan).and(fleet.run(plan.finalReads()));
        Judge judge = new Judge(bound);
        judge.judge(run.history());
        judge.complaints().forEach(one -> complaints.add("-Dterrace.seed=" + seed + ": " + one));
        operations += run.history().operations().size();
        unknown += run.history().count(Outcome.UNKNOWN) + run.history().count(Outcome.FAILED);
        stalest = Math.max(stalest, judge.stalestMillis());
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%s %s: %d operations, %d failed; the oldest read was %d ms old%n",
        setup.tiers(),
        setup.namespace(),
        operations,
        unknown,
        stalest);
    return complaints;
  }
}
