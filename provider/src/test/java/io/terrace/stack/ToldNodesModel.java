package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.stack.NodeFixture.Disk;
import io.terrace.tier.Entries;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.SharedMemory.Snapshot;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Three processes with a heap, a disk, a tier that they share and that tells of changes, and an
 * authority below that tells of none. Any of them may be cut off from either, though not one from
 * the one and another from the other, die at any step of either, or lose an answer; the telling
 * tier may lose everything or go back to what it was. A process may serve what the authority held
 * within the bound, but nothing older than what it wrote itself or was told by the authority; and
 * once everything is well again, nothing but what it holds.
 */
final class ToldNodesModel {
  private static final CoherenceSettings SETTINGS = CoherenceSettings.DEFAULTS;
  private static final Duration TICK = Duration.ofMillis(500);
  private static final int NODES = 3;
  private static final List<String> KEYS = List.of("a", "b", "c");

  /** Without contact for a lease, and a heartbeat or two until that is noticed or mended. */
  private static final long BOUND_NANOS =
      SETTINGS.lease().plus(SETTINGS.heartbeat().multipliedBy(3)).toNanos();

  /** Until announcements, leases and notices of the dead are over. */
  private static final Duration MENDED = SETTINGS.loadLease().multipliedBy(3);

  private final StackFixture base = new StackFixture();
  private final SharedMemory telling = new SharedMemory(base.clock, 4);
  private final SharedMemory authority = new SharedMemory(base.clock, 4);
  private final AtomicLong nanos = new AtomicLong();
  private final boolean streams;
  private final boolean diskBelow;
  private final Random random;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, List<Held>> history = new HashMap<>();
  private final List<String> done = new ArrayList<>();
  private @Nullable Snapshot replica;
  private int values;

  /** What the authority held, and until when; the last one it holds now. */
  private static final class Held {
    private final @Nullable String value;
    private long untilNanos = Long.MAX_VALUE;

    Held(@Nullable String value) {
      this.value = value;
    }
  }

  /** That the process ends here. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }

  ToldNodesModel(long seed) {
    random = new Random(seed);
    diskBelow = random.nextBoolean();
    streams = random.nextBoolean();
    KEYS.forEach(key -> history.put(key, new ArrayList<>(List.of(new Held(null)))));
    for (int i = 0; i < NODES; i++) {
      nodes.add(new Node(new Disk(new MemoryTier("disk", base.clock, 1 << 20))));
    }
    beatAll();
  }

  /** One process. */
  private final class Node {
    private final SharedMemory.Node teller = telling.node();
    private final SharedMemory.Node below = authority.node();
    private final SteppedThread changes = new SteppedThread(nanos);
    private final SteppedThread notices = new SteppedThread(nanos);
    private final Disk disk;
    private final ToldCache cache;

    /** The oldest state of each key that may be served: what came before was seen to be over. */
    private final Map<String, Integer> least = new HashMap<>();

    private boolean cutFromTeller;
    private boolean cutFromAuthority;

    /** When it reached the authority again. */
    private long backNanos = -BOUND_NANOS;

    Node(Disk disk) {
      this.disk = disk;
      List<SteppedThread> threads = new ArrayList<>(List.of(changes, notices));
      UntoldTier lowest = new UntoldTier(below);
      List<Tier> tiers = diskBelow ? List.of(teller, disk, lowest) : List.of(disk, teller, lowest);
      cache =
          streams
              ? new ToldCache.Streams(base, tiers, nanos::get, threads)
              : new ToldCache.Values(base, tiers, nanos::get, threads);
    }

    private void beat() {
      notices.beat();
      changes.beat();
      changes.work();
      changes.walk();
      changes.work();
    }

    /** Ends the process where it stands; another goes on with its disk. */
    private void kill() {
      teller.cut(true);
      below.cut(true);
      cache.close();
      nodes.set(nodes.indexOf(this), new Node(disk.asLeft()));
    }
  }

  void run(int operations) throws Exception {
    try {
      for (int i = 0; i < operations; i++) {
        step();
        settleTruth();
        get(any(), anyKey());
      }
      mend();
    } catch (Throwable t) {
      throw new AssertionError(String.join("\n", done), t);
    } finally {
      nodes.forEach(node -> node.cache.close());
    }
  }

  private Node any() {
    return nodes.get(random.nextInt(NODES));
  }

  private String anyKey() {
    return KEYS.get(random.nextInt(KEYS.size()));
  }

  private void step() throws Exception {
    Node by = any();
    String key = anyKey();
    int kind = random.nextInt(34);
    done.add(kind + " node " + nodes.indexOf(by) + " key " + key);
    switch (kind) {
      case 0, 1, 2, 3, 4 -> get(by, key);
      case 5, 6, 7, 8 -> put(by, key);
      case 9, 10 -> remove(by, key);
      case 11, 12 -> compareAndSet(by, key);
      case 13, 14 -> load(by, key);
      case 15 -> clear(by);
      case 16, 17, 18 -> tick(1 + random.nextInt(4));
      case 19, 20 -> {
        by.changes.work();
        by.changes.walk();
      }
      case 21 -> {
        by.cutFromTeller = !by.cutFromTeller && nodes.stream().noneMatch(n -> n.cutFromAuthority);
        by.teller.cut(by.cutFromTeller);
      }
      case 22 -> {
        by.cutFromAuthority =
            !by.cutFromAuthority && nodes.stream().noneMatch(n -> n.cutFromTeller);
        by.below.cut(by.cutFromAuthority);
        by.backNanos = nanos.get();
      }
      case 23 -> by.teller.hold(random.nextBoolean());
      case 24 -> by.teller.tell(told -> random.nextBoolean() ? told : shuffled(told));
      case 25, 26, 30, 31, 32, 33 -> disturbed(by, key);
      case 27 -> by.cache.evict(key);
      case 28 -> telling.trimLogs(random.nextInt(4));
      default -> loseOfTeller();
    }
  }

  private <T> List<T> shuffled(List<T> all) {
    List<T> some = new ArrayList<>(all);
    Collections.shuffle(some, random);
    return some.subList(0, random.nextInt(some.size() + 1));
  }

  private void loseOfTeller() throws Exception {
    if (replica == null || random.nextBoolean()) {
      replica = telling.snapshot();
    } else if (random.nextInt(4) == 0) {
      telling.loseEverything();
    } else {
      telling.failOver(replica);
    }
    tick(1);
  }

  /** Something of one process, in the midst of which others act, it dies or loses an answer. */
  private void disturbed(Node by, String key) {
    int[] steps = {0};
    int meets = random.nextInt(10);
    int ends = random.nextBoolean() ? random.nextInt(12) : Integer.MAX_VALUE;
    boolean dies = random.nextBoolean();
    SharedMemory.Hook hook =
        (step, at) -> {
          int now = steps[0]++;
          if (now == meets) {
            done.add("at " + step);
            meanwhile(nodes.get((nodes.indexOf(by) + 1 + random.nextInt(NODES - 1)) % NODES), key);
          }
          if (now == ends) {
            done.add((dies ? "dies at " : "loses ") + step);
            if (dies) {
              throw new Killed();
            }
            throw new IOException("lost");
          }
        };
    by.teller.at(hook);
    by.below.at(hook);
    try {
      change(by, key);
    } catch (Killed e) {
      by.kill();
    } catch (CacheException e) {
      done.add("failed: " + e.getMessage());
    } finally {
      by.teller.at((step, at) -> {});
      by.below.at((step, at) -> {});
    }
  }

  private void meanwhile(Node other, String key) throws IOException {
    int kind = random.nextInt(8);
    done.add("meanwhile " + kind + " node " + nodes.indexOf(other) + " key " + key);
    settleTruth();
    switch (kind) {
      case 0, 1 -> get(other, key);
      case 2, 3 -> put(other, key);
      case 4 -> remove(other, key);
      case 5 -> load(other, key);
      case 6 -> clear(other);
      default -> {
        put(other, key);
        get(other, key);
        if (random.nextBoolean()) {
          pass();
          other.beat(); // not who is in the midst of something
        }
      }
    }
  }

  private void change(Node by, String key) {
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        String unused = by.cache.get(key);
      }
      case 2 -> by.cache.put(key, "v" + values++);
      case 3 -> {
        boolean unused = by.cache.remove(key);
      }
      default -> {
        if (random.nextBoolean()) {
          by.cache.clear();
        } else {
          String unused = by.cache.getOrLoad(key, () -> "v" + values++);
        }
      }
    }
  }

  private void tick(int ticks) {
    for (int i = 0; i < ticks; i++) {
      pass();
      if (i % 2 == 0) {
        beatAll();
      }
    }
  }

  private void pass() {
    nanos.addAndGet(TICK.toNanos());
    base.now.addAndGet(TICK.toMillis());
  }

  private void beatAll() {
    nodes.forEach(Node::beat);
  }

  /** Everything is well again, for long enough: what is served then is what the authority has. */
  private void mend() throws Exception {
    done.add("mend");
    for (Node node : nodes) {
      node.cutFromTeller = false;
      node.cutFromAuthority = false;
      node.teller.hold(false);
      node.teller.cut(false);
      node.below.cut(false);
    }
    tick((int) (MENDED.toNanos() / TICK.toNanos()));
    settleTruth();
    for (int round = 0; round < 2; round++) {
      for (String key : KEYS) {
        for (Node node : nodes) {
          assertThat(node.cache.get(key))
              .as("node %s serves of %s at last", nodes.indexOf(node), key)
              .isEqualTo(now(key).value);
        }
      }
    }
    for (Node node : nodes) {
      assertThat(node.cache.isNear(KEYS.get(0)) || now(KEYS.get(0)).value == null)
          .as("the heap is followed again")
          .isTrue();
    }
  }

  private List<Held> states(String key) {
    return Objects.requireNonNull(history.get(key));
  }

  private Held now(String key) {
    List<Held> states = states(key);
    return states.get(states.size() - 1);
  }

  /** Takes note of what the authority holds now. */
  private void settleTruth() throws IOException {
    for (String key : KEYS) {
      byte[] stored = Entries.get(authority.store(), base.encoded(key));
      String value = stored == null ? null : nodes.get(0).cache.decode(stored);
      if (!Objects.equals(value, now(key).value)) {
        now(key).untilNanos = nanos.get();
        states(key).add(new Held(value));
        done.add("  " + key + " is " + value + " at " + nanos.get() / 1_000_000 + " ms");
      }
    }
  }

  private void knows(Node by, String key) throws IOException {
    settleTruth();
    by.least.put(key, states(key).size() - 1);
  }

  private <T> @Nullable T attempt(Node by, Supplier<T> call) {
    try {
      return call.get();
    } catch (CacheException e) {
      assertThat(by.cutFromAuthority).as("may fail: " + e).isTrue();
      return null;
    }
  }

  private void get(Node by, String key) {
    String read = attempt(by, () -> by.cache.get(key));
    if (read != null) {
      assertServed(by, key, read);
    }
  }

  private void assertServed(Node by, String key, String value) {
    List<Held> states = states(key);
    for (int i = by.least.getOrDefault(key, 0); i < states.size(); i++) {
      Held state = states.get(i);
      if (value.equals(state.value)
          && (state.untilNanos == Long.MAX_VALUE
              || nanos.get() - state.untilNanos <= BOUND_NANOS
              || isUninformed(by))) {
        return;
      }
    }
    throw new AssertionError(
        "node "
            + nodes.indexOf(by)
            + " serves "
            + value
            + " of "
            + key
            + ", which is "
            + now(key).value);
  }

  /** Who does not reach the authority does not see who cannot tell, and follows what is told. */
  private boolean isUninformed(Node by) {
    return by.cutFromAuthority || nanos.get() - by.backNanos <= BOUND_NANOS;
  }

  private void put(Node by, String key) throws IOException {
    String value = "v" + values++;
    Boolean put =
        attempt(
            by,
            () -> {
              by.cache.put(key, value);
              return true;
            });
    if (put != null) {
      knows(by, key);
      assertThat(now(key).value).isEqualTo(value);
      get(by, key);
    }
  }

  private void remove(Node by, String key) throws IOException {
    String before = now(key).value;
    Boolean removed = attempt(by, () -> by.cache.remove(key));
    if (removed != null) {
      assertThat(removed).isEqualTo(before != null);
      knows(by, key);
      assertThat(now(key).value).isNull();
      get(by, key);
    }
  }

  private void compareAndSet(Node by, String key) throws IOException {
    if (by.cutFromAuthority) {
      return;
    }
    String value = "v" + values++;
    assertThat(by.cache.compareAndSet(key, now(key).value, value)).isTrue();
    knows(by, key);
    assertThat(now(key).value).isEqualTo(value);
    get(by, key);
  }

  private void load(Node by, String key) throws IOException {
    String value = "v" + values++;
    String read = attempt(by, () -> by.cache.getOrLoad(key, () -> value));
    settleTruth();
    if (read != null && !value.equals(read)) {
      assertServed(by, key, read);
    }
  }

  private void clear(Node by) throws IOException {
    Boolean cleared =
        attempt(
            by,
            () -> {
              by.cache.clear();
              return true;
            });
    if (cleared != null) {
      for (String key : KEYS) {
        knows(by, key);
        assertThat(now(key).value).isNull();
        get(by, key);
      }
    }
  }
}
