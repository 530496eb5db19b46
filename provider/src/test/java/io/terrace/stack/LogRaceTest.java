package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.Lookup;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A process that missed much reads the log, and does without where that was trimmed. */
final class LogRaceTest {
  private static final Duration LEASE = CoherenceSettings.DEFAULTS.lease();

  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** If it were wrong, what the queue has no room for would never be applied. */
  @Test
  void i4_moreStepsThanTheQueueHoldsAreReadFromTheLog() {
    int steps = 9_000;
    fixture.shared.trimLogs(2 * steps);
    a.put("k", "old");
    b.warm("k");
    for (int i = 0; i < steps; i++) {
      a.put("k" + i, "v");
    }
    a.put("k", "new"); // has no room any more
    b.follow();
    assertThat(b.get("k")).isEqualTo("old");
    b.beat();
    assertThat(b.get("k")).isEqualTo("new");
    assertThat(b.coherence().replayed()).isBetween(1L, (long) steps / 2);
    assertThat(b.coherence().distrusted()).isEqualTo(NodeFixture.PARTITIONS); // at its start
  }

  /**
   * If it were wrong, a process that cannot learn what changed would serve its old copies: the heap
   * has to be dropped, and each copy on disk compared before it is served.
   */
  @Test
  void i4_whereTheLogWasTrimmedCopiesAreComparedBeforeTheyAreServed() throws Exception {
    a.put("changed", "old");
    a.put("same", "v");
    a.put("removed", "v");
    List.of("changed", "same", "removed").forEach(b::warm);
    b.authority.cut(true);
    a.put("changed", "new");
    a.stack.remove("removed");
    for (int i = 0; i < 100; i++) {
      a.put("k" + i, "v"); // some in each partition
    }
    fixture.shared.trimLogs(1);
    b.authority.cut(false);
    b.beatWithoutWalk();
    assertThat(b.inHeap("same")).isNull();
    assertThat(b.onDisk("changed")).isEqualTo("old");
    assertThat(b.get("changed")).isEqualTo("new");
    assertThat(b.get("removed")).isNull();
    assertThat(b.get("same")).isEqualTo("v");
  }

  /** If the walk did not end it, every read of the disk would cost a question for ever. */
  @Test
  void i4_theWalkEndsTheComparing() throws Exception {
    a.put("changed", "old");
    a.put("same", "v");
    b.warm("changed");
    b.warm("same");
    b.authority.deaf(true);
    for (int i = 0; i < 100; i++) {
      a.put("k" + i, "v");
    }
    a.put("changed", "new");
    fixture.shared.trimLogs(1);
    b.beat();
    assertThat(b.onDisk("changed")).isNull();
    b.authority.cut(true);
    assertThat(b.get("same")).isEqualTo("v");
    fixture.pass(LEASE.minusNanos(1));
    b.heap.evict("same");
    assertThat(b.get("same")).isEqualTo("v");
  }

  /** If it were wrong, a walk that the authority's silence broke off would count as done. */
  @Test
  void i4_aWalkThatBreaksOffGoesOnLater() throws Exception {
    a.put("changed", "old");
    b.warm("changed");
    b.authority.deaf(true);
    for (int i = 0; i < 100; i++) {
      a.put("k" + i, "v");
    }
    a.put("changed", "new");
    fixture.shared.trimLogs(1);
    b.beatWithoutWalk();
    b.authority.cut(true);
    b.follow(); // walks in vain
    b.authority.cut(false);
    assertThat(b.onDisk("changed")).isEqualTo("old");
    b.beatWithoutWalk();
    assertThat(b.get("changed")).isEqualTo("new");
    b.heap.evict("changed");
    Entries.put(b.disk.memory, fixture.key("unused"), Entries.bytes("x"), Condition.ALWAYS);
    b.beat();
    assertThat(b.onDisk("changed")).isEqualTo("new");
    assertThat(b.disk.memory.lookup(fixture.key("unused"))).isEqualTo(Lookup.MISS);
  }
}
