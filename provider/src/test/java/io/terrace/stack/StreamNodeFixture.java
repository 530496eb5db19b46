package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.PromotionPolicy;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.TierCapabilities.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Processes that share one authority, each with a stack of streams of a local tier and the
 * authority. Time stands still, and a process follows the others when the test says so.
 */
final class StreamNodeFixture implements AutoCloseable {
  private static final int PARTITIONS = 4;

  final StreamFixture base = new StreamFixture();
  final SharedMemory shared = new SharedMemory(base.clock, PARTITIONS);
  private final AtomicLong nanos = new AtomicLong();
  private final List<Node> nodes = new ArrayList<>();

  /** A process that has just started. */
  Node node(StreamSettings settings) {
    Node node = new Node(settings);
    nodes.add(node);
    return node;
  }

  /** Ends all processes, of which none may have left anything open. */
  @Override
  public void close() throws InterruptedException {
    for (Node node : nodes) {
      StreamFixture.awaitIdle(node.stack);
      StreamFixture.await(() -> node.local.openHandles() == 0, "a local handle is open");
      node.stack.close();
    }
    StreamFixture.await(() -> shared.store().openHandles() == 0, "a shared handle is open");
  }

  /** One process. */
  final class Node {
    final SharedMemory.Node authority = shared.node();
    final MemoryTier local =
        new MemoryTier("local", base.clock, StreamFixture.TIER_BYTES).withScope(Scope.MACHINE);
    final StreamStack<String> stack;
    private final SteppedThread steps = new SteppedThread(nanos);

    private Node(StreamSettings settings) {
      stack =
          new StreamStack<>(
              new ByteTiers(List.of(local, authority)),
              base.keys,
              settings,
              PromotionPolicy.ALWAYS,
              base.clock,
              new Unheard(),
              new LaneThreads("test"),
              String.class,
              Sharing.by(CoherenceSettings.DEFAULTS, () -> steps, change -> {}));
    }

    /** Follows what it was told of. */
    void follow() {
      steps.work();
      steps.walk();
    }

    byte @Nullable [] get(String key) throws IOException {
      return StreamFixture.get(stack, key);
    }

    /** Reads through, to the end. */
    byte @Nullable [] load(String key, Loader<String, StreamValue> loader) {
      Resident<StreamValue> resident = stack.getOrLoad(key, loader);
      try {
        return resident == null ? null : StreamFixture.read(resident.value());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Has what expired removed. */
  private static final class Unheard implements StackListener<String, StreamValue> {
    @Override
    public void expired(String key, Resident<StreamValue> resident, BooleanSupplier removal) {
      boolean unused = removal.getAsBoolean();
    }
  }
}
