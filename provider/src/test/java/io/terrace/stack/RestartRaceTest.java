package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.inThread;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.stack.HookedTier.Gate;
import io.terrace.stack.NodeFixture.Disk;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.tier.FaultyTier.Operation;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a process may serve that comes back with the disk of one that ended. */
final class RestartRaceTest {
  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  private void warmBoth() {
    a.put("changed", "old");
    a.put("same", "v");
    b.warm("changed");
    b.warm("same");
    b.beat();
  }

  /** Bodies cannot be had from the authority: only what the disk serves can be read. */
  private static void forbidLookups(Node node) {
    node.authority.at(
        (step, key) -> {
          if (step.equals("lookup")) {
            throw new IOException("the disk was to serve it");
          }
        });
  }

  /** If it were wrong, a restart would serve what was replaced while the process was away. */
  @Test
  void i4_aMarkIsReplayedFrom() throws Exception {
    warmBoth();
    Disk left = b.kill();
    a.put("changed", "new");
    b = fixture.starting(left);
    b.beatWithoutWalk();
    assertThat(b.onDisk("changed")).isNull();
    assertThat(b.coherence().distrusted()).isZero();
    forbidLookups(b);
    assertThat(b.get("same")).isEqualTo("v");
    b.authority.at((step, key) -> {});
    assertThat(b.get("changed")).isEqualTo("new");
  }

  /** If it were wrong, a disk would serve before anybody knows what was changed meanwhile. */
  @Test
  void i4_aRestartedProcessAsksBeforeItsFirstHeartbeat() throws Exception {
    warmBoth();
    Disk left = b.kill();
    a.put("changed", "new");
    b = fixture.starting(left);
    assertThat(b.get("changed")).isEqualTo("new");
    assertThat(b.get("same")).isEqualTo("v");
  }

  /** If it were wrong, entries that nobody can vouch for would be served without a question. */
  @Test
  void i4_withoutAMarkCopiesAreComparedFirst() throws Exception {
    warmBoth();
    Disk left = b.kill();
    left.mark = null;
    a.put("changed", "new");
    assertOldCopiesAreCompared(left);
  }

  /** If it were wrong, a mark that says anything would be believed. */
  @Test
  void i4_withAMarkThatIsNoneCopiesAreComparedFirst() throws Exception {
    warmBoth();
    Disk left = b.kill();
    left.mark = new byte[] {1, 2, 3};
    a.put("changed", "new");
    assertOldCopiesAreCompared(left);
  }

  /** If it were wrong, the numbers of a server that was set up anew would be taken for the old. */
  @Test
  void i4_withTheMarkOfAnotherHistoryCopiesAreComparedFirst() throws Exception {
    warmBoth();
    Disk left = b.kill();
    fixture.shared.loseEverything();
    fixture.pass(Duration.ofMillis(5));
    a.put("changed", "new"); // of a higher number than the mark's
    assertOldCopiesAreCompared(left);
  }

  private void assertOldCopiesAreCompared(Disk left) throws Exception {
    b = fixture.starting(left);
    b.beatWithoutWalk();
    assertThat(b.onDisk("changed")).isEqualTo("old");
    assertThat(b.get("changed")).isEqualTo("new");
    b.follow();
    b.beat();
    assertThat(b.onDisk("changed")).isEqualTo("new");
    Disk again = b.kill();
    b = fixture.starting(again);
    b.beatWithoutWalk();
    assertThat(b.coherence().distrusted()).isZero(); // the mark is good again
  }

  /** If it were wrong, a process killed in the midst of the walk would trust the rest after all. */
  @Test
  void i4_theMarkSaysNothingOfWhatIsNotComparedYet() throws Exception {
    warmBoth();
    Disk left = b.kill();
    left.mark = null;
    a.put("changed", "new");
    b = fixture.starting(left);
    b.beatWithoutWalk();
    Disk again = b.kill();
    b = fixture.starting(again);
    b.beatWithoutWalk();
    assertThat(b.coherence().distrusted()).isPositive();
    assertThat(b.get("changed")).isEqualTo("new");
  }

  /**
   * If it were wrong, a process killed between its commit at the authority and that on its disk
   * would come back with the value that it had replaced itself.
   */
  @Test
  void i4_aKillBetweenTheCommitsLeavesNoOlderValue() throws Exception {
    warmBoth();
    Gate committed = b.gate("committed");
    Node killed = b;
    CompletableFuture<Boolean> writer =
        inThread(
            () -> {
              killed.put("changed", "new");
              return true;
            });
    committed.awaitReached();
    Disk left = b.disk.asLeft(); // as of now
    assertThat(fixture.base.stored(left.memory, "changed")).isEqualTo("old");
    b = fixture.starting(left);
    b.beatWithoutWalk();
    assertThat(b.onDisk("changed")).isNull();
    assertThat(b.get("changed")).isEqualTo("new");
    committed.open();
    assertThat(await(writer)).isTrue();
  }

  /** If it were wrong, the mark would be ahead of the disk of the process that wrote. */
  @Test
  void i4_theMarkIsNotAheadOfTheProcessesOwnWrites() throws Exception {
    warmBoth();
    Gate committed = b.gate("committed");
    Node killed = b;
    CompletableFuture<Boolean> writer =
        inThread(
            () -> {
              killed.put("changed", "new");
              return true;
            });
    committed.awaitReached();
    b.beat(); // hears its own change, and marks it
    Disk left = b.disk.asLeft();
    b = fixture.starting(left);
    b.beatWithoutWalk();
    assertThat(b.get("changed")).isEqualTo("new");
    committed.open();
    assertThat(await(writer)).isTrue();
  }

  /** If it were wrong, the mark would vouch for a copy that the disk could not drop. */
  @Test
  void i4_aDiskThatCouldNotFollowIsNotMarked() throws Exception {
    a.put("k", "old");
    b.warm("k");
    b.beat();
    b.disk.faults.failAlways(Operation.PURGE, Operation.CLEAR);
    a.put("k", "new");
    b.beat();
    Disk left = b.kill().asLeft();
    assertThat(fixture.base.stored(left.memory, "k")).isEqualTo("old");
    assertThat(fixture.node(left).get("k")).isEqualTo("new");
  }
}
