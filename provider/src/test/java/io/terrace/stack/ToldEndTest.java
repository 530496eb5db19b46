package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.CoherenceSettings;
import io.terrace.PromotionPolicy;
import io.terrace.TierUnavailableException;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import io.terrace.tier.SharedMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a process leaves behind that closes or destroys a cache whose changes are told by a shared
 * tier above the authority.
 */
class ToldEndTest {
  private static final CoherenceSettings SETTINGS = CoherenceSettings.DEFAULTS;

  private final StackFixture base = new StackFixture();
  private final AtomicLong nanos = new AtomicLong();
  private final SharedMemory telling = new SharedMemory(base.clock, 4);
  private final SharedMemory authority = new SharedMemory(base.clock, 4);
  private final SharedMemory.Node board = authority.node();
  private final List<Node> nodes = new ArrayList<>();

  /** One process with nothing but the two shared tiers. */
  private final class Node {
    private final SharedMemory.Node teller = telling.node();
    private final SharedMemory.Node below = authority.node();
    private final List<SteppedThread> threads =
        List.of(new SteppedThread(nanos), new SteppedThread(nanos));
    private final TieredStack<String, String> stack;

    Node() {
      List<SteppedThread> unused = new ArrayList<>(threads);
      stack =
          new TieredStack<>(
              null,
              Stacks.byteTiers(
                  List.of(teller, new UntoldTier(below)), SETTINGS.loadLease(), nanos::get),
              base.keys,
              base.values,
              base.clock,
              v -> true,
              base.listener,
              String.class,
              PromotionPolicy.ALWAYS,
              Sharing.by(SETTINGS, () -> unused.remove(0), change -> {}));
      nodes.add(this);
    }

    void put(String value) {
      stack.put("key", value, EntryHeader.NEVER);
    }

    @Nullable String get() {
      Resident<String> served = stack.get("key");
      return served == null ? null : served.value();
    }

    boolean servesFromTeller() {
      long before = hitsOfTeller();
      String unused = get();
      return hitsOfTeller() > before;
    }

    private long hitsOfTeller() {
      return stack.statistics().get(0).hits();
    }

    /** A heartbeat: notices first. */
    void beat() {
      threads.get(1).beat();
      threads.get(0).beat();
      threads.get(0).work();
    }
  }

  @AfterEach
  void close() {
    telling.down(false);
    authority.down(false);
    nodes.forEach(node -> node.teller.cut(false));
    nodes.forEach(node -> node.stack.close());
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    base.now.addAndGet(time.toMillis());
  }

  @Test
  void whoClosesTakesDownTheNoticeOfWhatItTold() throws Exception {
    Node one = new Node();
    one.stack.clear();
    assertThat(board.notices().notices()).hasSize(1);

    one.stack.close();

    assertThat(board.notices().notices()).isEmpty();
    Node two = new Node();
    two.put("value");
    assertThat(two.servesFromTeller()).isTrue();
  }

  @Test
  void whoClosesLeavesTheNoticeOfWhatItCouldNotTell() throws Exception {
    Node one = new Node();
    Node two = new Node();
    one.put("old");
    one.teller.cut(true);
    one.put("new");

    one.stack.close();

    assertThat(board.notices().notices()).hasSize(1);
    two.beat();
    assertThat(two.get()).isEqualTo("new");
  }

  @Test
  void closingSucceedsThoughTheNoticeCannotBeTakenDown() {
    Node one = new Node();
    one.stack.clear();
    authority.down(true);

    one.stack.close();

    authority.down(false);
    Node two = new Node();
    two.put("value");
    assertThat(two.servesFromTeller()).isFalse();
    pass(SETTINGS.loadLease().plusMillis(1));
    two.beat(); // forgets what the teller holds, as nobody renews the notice
    two.beat();
    two.put("value");
    assertThat(two.servesFromTeller()).isTrue();
  }

  @Test
  void i4_whatIsDestroyedIsServedToNobodyThoughTheTellerWasNotReached() {
    Node one = new Node();
    Node two = new Node();
    one.put("value");
    assertThat(two.servesFromTeller()).isTrue();
    one.teller.cut(true);

    assertThatThrownBy(() -> one.stack.destroy()).isInstanceOf(TierUnavailableException.class);

    two.beat();
    assertThat(two.get()).isNull();
  }

  @Test
  void i4_whatIsReadWhileItIsDestroyedIsNotCopiedForOthers() throws Exception {
    Node one = new Node();
    Node two = new Node();
    List<@Nullable String> read = new ArrayList<>();
    one.put("value");
    one.below.at(
        (step, key) -> {
          if (step.equals("clear")) {
            read.add(two.get());
          }
        });

    one.stack.destroy();

    assertThat(read).first().isEqualTo("value");
    two.beat();
    assertThat(two.get()).isNull();
    assertThat(new Node().get()).isNull();
  }
}
