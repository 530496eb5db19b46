package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.CoherenceSettings;
import io.terrace.TierUnavailableException;
import io.terrace.coherence.Coherence;
import io.terrace.stack.NodeFixture.Disk;
import io.terrace.stack.NodeFixture.Node;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A process that was stopped, or that reaches the authority no more. */
final class ContactRaceTest {
  private static final Duration LEASE = CoherenceSettings.DEFAULTS.lease();

  private final NodeFixture fixture = new NodeFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** If it were wrong, a process that is cut off would serve old values for as long as it is. */
  @Test
  void i4_withoutContactLocalCopiesAreServedForALeaseOnly() {
    Node a = fixture.node();
    Node b = fixture.node();
    a.put("k", "v");
    b.warm("k");
    b.beat();
    b.authority.cut(true);
    fixture.pass(LEASE.minusNanos(1));
    assertThat(b.get("k")).isEqualTo("v");
    b.heap.evict("k");
    assertThat(b.get("k")).isEqualTo("v");
    fixture.nanos.incrementAndGet();
    assertThatThrownBy(() -> b.get("k")).isInstanceOf(TierUnavailableException.class);
    b.beat();
    assertThatThrownBy(() -> b.get("k")).isInstanceOf(TierUnavailableException.class);
    b.authority.cut(false);
    b.follow(); // the connection is back, which is a reason to beat
    b.authority.down(true);
    assertThat(b.get("k")).isEqualTo("v");
  }

  /** If it were wrong, each end of a process would be logged as trouble with the server. */
  @Test
  void whoIsClosedInTheMiddleOfAHeartbeatWarnsOfNothing() {
    assertThat(warningsOfALostServer(node -> {})).hasSize(1);
    assertThat(warningsOfALostServer(node -> node.stack.close())).isEmpty();
  }

  /** What is logged as the server is lost in the middle of a heartbeat. */
  private List<String> warningsOfALostServer(Consumer<Node> before) {
    Node node = fixture.node();
    node.authority.at(
        (step, key) -> {
          if (step.equals("sequences")) {
            before.accept(node);
            throw new IOException("lost");
          }
        });
    Warnings warnings = new Warnings();
    Logger logger = Logger.getLogger(Coherence.class.getName());
    logger.addHandler(warnings);
    try {
      node.beat();
    } finally {
      logger.removeHandler(warnings);
    }
    return warnings.messages;
  }

  private static final class Warnings extends Handler {
    private final List<String> messages = new ArrayList<>();

    @Override
    public void publish(LogRecord entry) {
      if (entry.getLevel().equals(Level.WARNING)) {
        messages.add(entry.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** If it were wrong, a heartbeat that cannot ask would still renew the trust. */
  @Test
  void i4_theLeaseCountsFromWhenTheNumbersWereAskedFor() {
    Node a = fixture.node();
    Node b = fixture.node();
    a.put("k", "v");
    b.warm("k");
    b.authority.at(
        (step, key) -> {
          if (step.equals("sequences")) {
            fixture.pass(LEASE.dividedBy(2)); // the answer takes its time
          }
        });
    b.beat();
    b.authority.cut(true);
    fixture.pass(LEASE.dividedBy(2).minusNanos(1));
    assertThat(b.get("k")).isEqualTo("v");
    fixture.nanos.incrementAndGet();
    assertThatThrownBy(() -> b.get("k")).isInstanceOf(TierUnavailableException.class);
  }

  /** If it were wrong, a process that was stopped would go on with copies of long ago. */
  @Test
  void i4_aProcessThatWasStoppedServesNothingBeforeItsNextBeat() {
    Node a = fixture.node();
    Node b = fixture.node();
    a.put("k", "old");
    a.put("other", "v");
    b.warm("k");
    b.warm("other");
    b.beat();
    b.authority.hold(true);
    a.put("k", "new");
    fixture.pass(LEASE); // b does nothing meanwhile
    assertThat(b.inHeap("k")).isEqualTo("old");
    assertThat(b.get("k")).isEqualTo("new");
    b.authority.down(true);
    assertThatThrownBy(() -> b.get("other")).isInstanceOf(TierUnavailableException.class);
    b.authority.down(false);
    b.beat();
    assertThat(b.get("k")).isEqualTo("new");
    b.authority.down(true);
    assertThat(b.get("other")).isEqualTo("v");
  }

  /** If it were wrong, who asked to be served stale would get failures, or stale for ever. */
  @Test
  void i4_withoutContactCopiesAreServedStaleIfSoConfigured() throws Exception {
    fixture.settings = CoherenceSettings.DEFAULTS.servingStale();
    Node a = fixture.node();
    Node b = fixture.node();
    a.put("k", "old", Duration.ofHours(2));
    b.warm("k");
    b.beat();
    b.authority.cut(true);
    a.put("k", "new", Duration.ofHours(2));
    fixture.pass(Duration.ofHours(1));
    b.beat();
    assertThat(b.get("k")).isEqualTo("old");
    b.heap.evict("k");
    assertThat(b.get("k")).isEqualTo("old");
    b.authority.cut(false);
    b.beat();
    assertThat(b.get("k")).isEqualTo("new");
    b.beat();
    b.authority.cut(true);
    fixture.pass(Duration.ofHours(1));
    assertThatThrownBy(() -> b.get("k")).isInstanceOf(TierUnavailableException.class);
  }

  /**
   * If it were wrong, a restart would serve what its disk has had for days, though the authority
   * could be asked.
   */
  @Test
  void i4_whoServesStaleAsksWhileItCan() throws Exception {
    fixture.settings = CoherenceSettings.DEFAULTS.servingStale();
    Node a = fixture.node();
    Node b = fixture.node();
    a.put("k", "old");
    b.warm("k");
    b.beat();
    Disk left = b.kill();
    a.put("k", "new");
    Disk copy = left.asLeft();
    assertThat(fixture.starting(left).get("k")).isEqualTo("new");
    fixture.shared.down(true);
    assertThat(fixture.starting(copy).get("k")).isEqualTo("old");
  }

  /**
   * If it were wrong, a copy of any age would be served if contact comes back just after it was
   * taken out of the heap.
   */
  @Test
  void i4_aCopyTakenBeforeContactCameBackIsNotServed() {
    Node a = fixture.node();
    Node b = fixture.node();
    a.put("k", "old");
    b.warm("k");
    b.authority.cut(true);
    a.put("k", "new");
    fixture.pass(Duration.ofHours(1));
    b.authority.cut(false);
    b.heap.looked = b::beat;
    assertThat(b.get("k")).isEqualTo("new");
  }
}
