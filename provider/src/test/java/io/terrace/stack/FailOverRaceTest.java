package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.stack.NodeFixture.Disk;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.stack.StackFixture.FixedLoader;
import io.terrace.tier.SharedMemory.Snapshot;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that comes back without what it had acknowledged. */
final class FailOverRaceTest {
  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** If it were wrong, some processes would serve a write that is lost, and others would not. */
  @Test
  void i4_copiesOfALostWriteLeaveWithTheNextHeartbeat() throws Exception {
    a.put("k", "old");
    Snapshot replica = fixture.shared.snapshot();
    a.put("k", "lost");
    b.warm("k");
    b.beat();
    fixture.shared.failOver(replica);
    for (Node node : List.of(a, b)) {
      node.beat();
      assertThat(node.get("k")).isEqualTo("old");
      assertThat(node.onDisk("k")).isEqualTo("old");
    }
  }

  /**
   * If it were wrong, who read a lost write without having heard of it would see nothing amiss in
   * the numbers, and serve it until its deadline.
   */
  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void i4_copiesOfALostWriteThatNobodyToldOfLeaveToo(boolean firstOfThePartition, boolean goesOn)
      throws Exception {
    if (!firstOfThePartition) {
      a.put("k", "old");
    }
    b.beat();
    Snapshot replica = fixture.shared.snapshot();
    b.authority.deaf(true);
    a.put("k", "lost");
    b.warm("k");
    fixture.shared.failOver(replica);
    for (int i = 0; goesOn && i < 20; i++) {
      a.put("k" + i, "v"); // some in the same partition, whose numbers go on
    }
    b.beat();
    assertThat(b.get("k")).isEqualTo(firstOfThePartition ? null : "old");
    b.beat();
    long distrusted = b.coherence().distrusted();
    b.beat();
    assertThat(b.coherence().distrusted()).isEqualTo(distrusted); // once is enough
  }

  /** If it were wrong, the copies of one history would be taken for those of the next. */
  @Test
  void i4_afterTheLossOfEverythingNothingOldIsServed() throws Exception {
    a.put("k", "lost");
    b.warm("k");
    b.beat();
    fixture.shared.loseEverything();
    for (Node node : List.of(a, b)) {
      node.beat();
      assertThat(node.get("k")).isNull();
      assertThat(node.onDisk("k")).isNull();
    }
  }

  /** If it were wrong, numbers that have grown beyond the old ones again would hide the loss. */
  @Test
  void i4_aNewHistoryThatIsLongerIsToldFromTheOld() throws Exception {
    a.put("k", "old");
    Snapshot replica = fixture.shared.snapshot();
    a.put("k", "lost");
    b.warm("k");
    b.beat();
    fixture.shared.failOver(replica);
    for (int i = 0; i < 20; i++) {
      a.put("k" + i, "v"); // some in the same partition
    }
    b.beat();
    assertThat(b.get("k")).isEqualTo("old");
    assertThat(b.onDisk("k")).isEqualTo("old");
  }

  /**
   * If versions went back, the new value would have that of the lost one, and a process that holds
   * the lost value would find its version unchanged.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i4_versionsDoNotGoBack(boolean all) throws Exception {
    a.put("k", "old");
    Snapshot replica = fixture.shared.snapshot();
    a.put("k", "lost");
    b.warm("k");
    b.beat();
    long lost = b.latest("k").version();
    if (all) {
      fixture.shared.loseEverything();
    } else {
      fixture.shared.failOver(replica);
    }
    b.put("k", "new"); // at the same instant of the clock
    assertThat(b.latest("k").version()).isGreaterThan(lost);
    a.beat();
    assertThat(a.get("k")).isEqualTo("new");
    assertThat(a.onDisk("k")).isEqualTo("new");
  }

  /** If it were wrong, a restart after the loss would serve the lost write from its disk. */
  @Test
  void i4_aLostWriteDoesNotComeBackFromADisk() throws Exception {
    a.put("k", "old");
    Snapshot replica = fixture.shared.snapshot();
    a.put("k", "lost");
    b.warm("k");
    b.beat();
    Disk left = b.kill();
    fixture.shared.failOver(replica);
    Node again = fixture.starting(left);
    again.beatWithoutWalk();
    assertThat(again.get("k")).isEqualTo("old");
  }

  /** If it were wrong, a lease of the lost history would let its holder fill over a new value. */
  @Test
  void i3_aLeaseOfTheLostHistoryIsOver() throws Exception {
    Snapshot replica = fixture.shared.snapshot();
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<@Nullable String> filler =
        b.loading(
            "k",
            new FixedLoader(
                () -> {
                  loading.countDown();
                  NodeFixture.pause(goOn);
                  return "loaded before";
                }));
    NodeFixture.pause(loading);
    fixture.shared.failOver(replica);
    a.put("k", "new");
    a.stack.remove("k");
    goOn.countDown();
    assertThat(await(filler)).isEqualTo("loaded before");
    assertThat(a.get("k")).isNull();
    b.beat();
    assertThat(b.get("k")).isNull();
  }
}
