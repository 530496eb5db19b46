package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.TierUnavailableException;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.stack.StackFixture.FixedLoader;
import io.terrace.tier.Changes;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.Resident;
import io.terrace.tier.SharedMemory.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Three processes and what each may serve of a few keys: always what the authority holds; from its
 * local tiers also what the key held since the process was last known to be up to date, for a lease
 * at most. Decisions, and reads of what is in no local tier, are exact.
 */
final class NodesModel {
  private static final long LEASE_NANOS = CoherenceSettings.DEFAULTS.lease().toNanos();
  private static final int NODES = 3;
  private static final List<String> KEYS = List.of("a", "b", "c", "d", "e");
  private static final Operation[] FAULTS = {
    Operation.LOOKUP, Operation.OPEN_WRITE, Operation.COMMIT, Operation.PURGE, Operation.SCAN
  };

  private final NodeFixture fixture = new NodeFixture();
  private final Random random;
  private final Map<String, String> truth = new HashMap<>();
  private final List<Known> known = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private @Nullable Snapshot replica;
  private Map<String, String> replicaTruth = Map.of();
  private int values;

  NodesModel(long seed) {
    random = new Random(seed);
    for (int i = 0; i < NODES; i++) {
      known.add(new Known(fixture.node()));
    }
  }

  /** What is known of one process. */
  private final class Known {
    private Node node;
    private final Map<String, Set<String>> older = new HashMap<>();
    private boolean cut;
    private boolean deaf;
    private boolean holding;

    /** It heard of every change since it was last up to date. */
    private boolean heardAll = true;

    private boolean beatIsDue;
    private long contactNanos;

    Known(Node node) {
      this.node = node;
      isUpToDate();
    }

    private void isUpToDate() {
      older.clear();
      heardAll = !deaf && !holding;
      beatIsDue = false;
      contactNanos = fixture.nanos.get();
    }

    private void changed(String key, @Nullable String before) {
      if (before != null) {
        older.computeIfAbsent(key, k -> new HashSet<>()).add(before);
      }
      heardAll &= !cut && !deaf && !holding;
    }

    private boolean mayServe(String key, String value) {
      if (value.equals(truth.get(key))) {
        return true;
      }
      boolean trusted = fixture.nanos.get() - contactNanos < LEASE_NANOS;
      return trusted && older.getOrDefault(key, Set.of()).contains(value);
    }

    private void beat() {
      node.beat();
      if (!cut) {
        isUpToDate();
      } else {
        beatIsDue = false;
      }
    }

    private void follow() {
      node.follow();
      if (!cut && (heardAll || beatIsDue)) {
        isUpToDate();
      } else if (!cut) {
        contactNanos = fixture.nanos.get(); // a gap may have been a reason to beat
      }
      beatIsDue = false;
    }

    private void restart() {
      node = fixture.starting(node.kill().asLeft());
      cut = false;
      deaf = false;
      holding = false;
      beat();
    }
  }

  /** The authority holds another value now, which one process knows. */
  private void set(String key, @Nullable String value, Known by) {
    String before = value == null ? truth.remove(key) : truth.put(key, value);
    for (Known each : known) {
      each.changed(key, before);
    }
    by.older.remove(key);
  }

  void run(int operations) throws Exception {
    try {
      for (int i = 0; i < operations; i++) {
        step();
        if (random.nextInt(4) == 0) {
          for (String key : KEYS) {
            get(any(), key);
          }
        }
      }
    } catch (Throwable t) {
      throw new AssertionError(String.join("\n", done), t);
    } finally {
      fixture.close();
    }
  }

  private Known any() {
    return known.get(random.nextInt(NODES));
  }

  private void step() throws Exception {
    Known by = any();
    String key = KEYS.get(random.nextInt(KEYS.size()));
    int kind = random.nextInt(34);
    done.add(kind + " node " + known.indexOf(by) + " key " + key);
    switch (kind) {
      case 0, 1, 2, 3, 4, 5 -> get(by, key);
      case 6, 7, 8, 9 -> put(by, key);
      case 10, 11 -> remove(by, key);
      case 12, 13, 14 -> compareAndSet(by, key);
      case 15, 16, 17 -> load(by, key);
      case 18 -> clear(by);
      case 19, 20, 21 -> by.beat();
      case 22, 23 -> by.follow();
      case 24 -> {
        by.deaf = !by.deaf;
        by.node.authority.deaf(by.deaf);
      }
      case 25 -> {
        by.holding = !by.holding;
        by.node.authority.hold(by.holding);
      }
      case 26 -> by.node.authority.tell(this::badly);
      case 27 -> cut(by);
      case 28 -> by.restart();
      case 29 -> fixture.pass(Duration.ofMillis(random.nextInt(3_000)));
      case 30 -> by.node.heap.evict(key);
      case 31 -> by.node.disk.faults.failNext(FAULTS[random.nextInt(FAULTS.length)]);
      case 32 -> fixture.shared.trimLogs(random.nextInt(4));
      default -> failOver();
    }
  }

  private void cut(Known by) {
    by.cut = !by.cut;
    by.beatIsDue |= !by.cut;
    by.node.authority.cut(by.cut);
  }

  /** Some messages in any order, some twice. */
  private List<Changes> badly(List<Changes> steps) {
    List<Changes> told = new ArrayList<>(steps);
    told.addAll(steps.subList(0, random.nextInt(steps.size() + 1)));
    if (random.nextBoolean()) {
      Collections.shuffle(told, random);
    }
    return told.subList(0, random.nextInt(told.size() + 1));
  }

  private void failOver() throws Exception {
    if (replica == null || random.nextBoolean()) {
      replica = fixture.shared.snapshot();
      replicaTruth = Map.copyOf(truth);
      return;
    }
    boolean all = random.nextInt(4) == 0;
    if (all) {
      fixture.shared.loseEverything();
    } else {
      fixture.shared.failOver(replica);
    }
    fixture.pass(Duration.ofMillis(1)); // clocks do not stand still over a fail-over
    for (String key : KEYS) {
      String before = truth.get(key);
      String after = all ? null : replicaTruth.get(key);
      for (Known each : known) {
        each.changed(key, before);
        each.heardAll = false;
      }
      if (after == null) {
        truth.remove(key);
      } else {
        truth.put(key, after);
      }
    }
  }

  /** What the call returns; null if it failed as only a process may that is cut off. */
  private <T> @Nullable Result<T> attempt(Known by, Supplier<T> call) {
    try {
      return new Result<>(call.get());
    } catch (TierUnavailableException e) {
      assertThat(by.cut).as("may fail").isTrue();
      return null;
    }
  }

  private record Result<T>(@Nullable T value) {}

  private void get(Known by, String key) {
    assertServed(by, key, attempt(by, () -> by.node.get(key)));
  }

  private void assertServed(Known by, String key, @Nullable Result<String> read) {
    String value = read == null ? null : read.value();
    if (value != null) {
      assertThat(by.mayServe(key, value))
          .as("node %s serves %s of %s, which is %s", known.indexOf(by), value, key, truth.get(key))
          .isTrue();
    } else if (read != null) {
      assertThat(truth.get(key)).as("absence is the authority's to say").isNull();
    }
  }

  private void put(Known by, String key) {
    String value = "v" + values++;
    boolean[] put = new boolean[1];
    attempt(
        by,
        () -> {
          by.node.put(key, value);
          return put[0] = true;
        });
    assertThat(put[0]).isEqualTo(!by.cut);
    if (put[0]) {
      set(key, value, by);
    }
  }

  private void remove(Known by, String key) {
    Result<Boolean> removed = attempt(by, () -> by.node.stack.remove(key));
    if (removed != null) {
      assertThat(removed.value()).isEqualTo(truth.containsKey(key));
      set(key, null, by);
    }
  }

  private void compareAndSet(Known by, String key) {
    Result<Resident<String>> seen = attempt(by, () -> by.node.latest(key));
    if (seen == null) {
      return;
    }
    Resident<String> expected = seen.value();
    assertThat(expected == null ? null : expected.value()).isEqualTo(truth.get(key));
    Known other = any();
    boolean overtaken = random.nextInt(3) == 0 && !other.cut;
    if (overtaken) {
      put(other, key);
    }
    String value = "v" + values++;
    Result<Boolean> set =
        attempt(by, () -> by.node.stack.compareAndSet(key, expected, value, EntryHeader.NEVER));
    assertThat(set).isEqualTo(new Result<>(!overtaken));
    if (!overtaken) {
      set(key, value, by);
    }
  }

  private void load(Known by, String key) {
    String value = "v" + values++;
    FixedLoader loader = new FixedLoader(() -> value);
    Result<String> read = attempt(by, () -> by.node.load(key, loader));
    if (read != null && value.equals(read.value())) {
      assertThat(truth.get(key)).as("what is there is not loaded").isNull();
      assertThat(loader.stored).hasSize(1);
      set(key, value, by);
    } else {
      assertServed(by, key, read);
    }
  }

  private void clear(Known by) {
    boolean[] cleared = new boolean[1];
    attempt(
        by,
        () -> {
          by.node.stack.clear();
          return cleared[0] = true;
        });
    assertThat(cleared[0]).isEqualTo(!by.cut);
    if (cleared[0]) {
      KEYS.forEach(key -> set(key, null, by));
    }
  }
}
