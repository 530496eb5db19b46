package io.terrace.stack;

import io.terrace.Codec;
import io.terrace.CoherenceSettings;
import io.terrace.CoherenceStatistics;
import io.terrace.PromotionPolicy;
import io.terrace.stack.HookedTier.Gate;
import io.terrace.tier.DelegatingTier;
import io.terrace.tier.DurableTier;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.Tier;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierCapabilities.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Processes that share one authority, each with a stack of a heap, a local tier that outlives it,
 * and the authority. Time stands still, and a process follows the others when the test says so.
 */
final class NodeFixture implements AutoCloseable {
  static final int PARTITIONS = 4;

  final StackFixture base = new StackFixture();
  final SharedMemory shared = new SharedMemory(base.clock, PARTITIONS);
  final AtomicLong nanos = new AtomicLong();
  final List<Node> nodes = new ArrayList<>();
  CoherenceSettings settings = CoherenceSettings.DEFAULTS;
  Codec<String> values = base.values;

  /** Whether processes are told of each other's changes. */
  boolean tells = true;

  /** A process that has just started, with an empty disk, and has made its first heartbeat. */
  Node node() {
    return node(disk());
  }

  /** As {@link #node()}, with what another left on this disk. */
  Node node(Disk disk) {
    Node node = starting(disk);
    node.beat();
    return node;
  }

  /** A process that has just asked once, with what another left on this disk. */
  Node starting(Disk disk) {
    Node node = new Node(disk);
    nodes.add(node);
    return node;
  }

  /** A disk that holds nothing. */
  Disk disk() {
    return new Disk(new MemoryTier("disk", base.clock, 1 << 20));
  }

  /** Waits for the test, or the other way round. */
  static void pause(CountDownLatch until) {
    try {
      if (!until.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody counted down");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    base.now.addAndGet(time.toMillis());
  }

  @Override
  public void close() {
    nodes.forEach(node -> node.stack.close());
  }

  /** A tier of this machine, which a process leaves behind as it is. */
  static final class Disk extends DelegatingTier implements DurableTier {
    final MemoryTier memory;
    final FaultyTier faults;
    final HookedTier hooks;
    byte @Nullable [] mark;

    Disk(MemoryTier memory) {
      this(memory, new FaultyTier(memory));
    }

    private Disk(MemoryTier memory, FaultyTier faults) {
      this(memory, faults, new HookedTier(faults));
    }

    private Disk(MemoryTier memory, FaultyTier faults, HookedTier hooks) {
      super(hooks);
      this.memory = memory;
      this.faults = faults;
      this.hooks = hooks;
    }

    /** What a process that is killed now leaves behind. */
    Disk asLeft() {
      Disk left = new Disk(memory.copy());
      left.mark = mark;
      return left;
    }

    @Override
    public TierCapabilities capabilities() {
      return new TierCapabilities(Scope.MACHINE, true, true, true);
    }

    @Override
    public void mark(byte[] newMark) {
      mark = newMark.clone();
    }

    @Override
    public byte @Nullable [] mark() {
      return mark;
    }

    @Override
    public void close() {
      // another process goes on with it
    }
  }

  /** One process. */
  final class Node {
    final SharedMemory.Node authority = shared.node();
    final MapHeap<String, String> heap = new MapHeap<>();
    final Disk disk;
    final SteppedThread steps = new SteppedThread(nanos);
    final TieredStack<String, String> stack;

    Node(Disk disk) {
      this.disk = disk;
      Front<String, String> front = new Front<>(heap, key -> key, null, base.clock, null);
      List<Tier> tiers = List.of(disk, tells ? authority : new UntoldTier(authority));
      stack =
          new TieredStack<>(
              front,
              new ByteTiers(tiers),
              base.keys,
              values,
              base.clock,
              v -> true,
              base.listener,
              String.class,
              PromotionPolicy.ALWAYS,
              Sharing.by(settings, () -> steps, change -> {}));
    }

    /** A heartbeat, and what follows from it. */
    void beat() {
      steps.beat();
      follow();
    }

    /** Follows what it was told of. */
    void follow() {
      steps.work();
      steps.walk();
    }

    void put(String key, String value) {
      stack.put(key, value, EntryHeader.NEVER);
    }

    void put(String key, String value, Duration life) {
      stack.put(key, value, base.now.get() + life.toMillis());
    }

    /** Reads in a thread of its own. */
    CompletableFuture<@Nullable String> reading(String key) {
      return StackFixture.inThread(() -> get(key));
    }

    /** Reads through in a thread of its own. */
    CompletableFuture<@Nullable String> loading(String key, Loader<String, String> loader) {
      return StackFixture.inThread(() -> load(key, loader));
    }

    @Nullable String load(String key, Loader<String, String> loader) {
      Resident<String> resident = stack.getOrLoad(key, loader);
      return resident == null ? null : resident.value();
    }

    /** What the authority says, for a decision; not a copy. */
    @Nullable Resident<String> latest(String key) {
      return stack.latest(key);
    }

    /** Where the next call at the authority that comes to this step waits. */
    Gate gate(String step) {
      Gate gate = new Gate();
      AtomicBoolean passed = new AtomicBoolean();
      authority.at(
          (at, key) -> {
            if (at.equals(step) && passed.compareAndSet(false, true)) {
              gate.run();
            }
          });
      return gate;
    }

    /** The process is killed: nothing that it was about to do happens, and it hears nothing. */
    Disk kill() {
      nodes.remove(this);
      authority.cut(true);
      stack.close();
      return disk;
    }

    /** Follows another's changes without the comparison of a heartbeat's walk. */
    void beatWithoutWalk() {
      steps.beat();
      steps.work();
    }

    @Nullable String get(String key) {
      Resident<String> resident = stack.get(key);
      return resident == null ? null : resident.value();
    }

    /** What the heap has, served or not. */
    @Nullable String inHeap(String key) {
      Resident<String> resident = heap.peek(key);
      return resident == null ? null : resident.value();
    }

    /** What the local tier has, served or not. */
    @Nullable String onDisk(String key) throws Exception {
      return base.stored(disk.memory, key);
    }

    /** Has the value in both local tiers. */
    void warm(String key) {
      get(key);
    }

    CoherenceStatistics coherence() {
      return stack.coherenceStatistics();
    }
  }

  EntryKey key(String key) {
    return base.encoded(key);
  }
}
