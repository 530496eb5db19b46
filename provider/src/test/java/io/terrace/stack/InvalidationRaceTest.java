package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.stack.HookedTier.Gate;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.stack.StackFixture.FixedLoader;
import io.terrace.tier.Changes;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.Resident;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalidations that come, come too early, twice, in the wrong order, or not at all. */
final class InvalidationRaceTest {
  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** If it were wrong, the other process would serve the older value until its deadline. */
  @Test
  void i4_anotherProcessStopsServingTheOlderValue() throws Exception {
    a.put("k", "old");
    b.warm("k");
    a.put("k", "new");
    b.follow();
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.onDisk("k")).isNull();
    assertThat(b.get("k")).isEqualTo("new");
    assertThat(a.inHeap("k")).isEqualTo("new");
  }

  /** If it were wrong, one lost message would leave the older value for good. */
  @Test
  void i4_aLostMessageIsFoundByTheHeartbeat() {
    a.put("k", "old");
    b.warm("k");
    b.authority.deaf(true);
    a.put("k", "new");
    b.follow();
    assertThat(b.get("k")).isEqualTo("old");
    b.beat();
    assertThat(b.get("k")).isEqualTo("new");
    assertThat(b.coherence().gaps()).isPositive();
  }

  /** If it were wrong, the loss would show only at the next heartbeat, though a later step came. */
  @Test
  void i4_aLostMessageIsFoundByTheNextOne() {
    a.put("k", "old");
    b.warm("k");
    b.authority.deaf(true);
    a.put("k", "new");
    b.authority.deaf(false);
    a.put("k", "newer");
    b.follow();
    assertThat(b.inHeap("k")).isNull();
    a.stack.remove("k");
    b.follow();
    assertThat(b.get("k")).isNull();
    assertThat(b.coherence().replayed()).isEqualTo(2);
  }

  /**
   * If it were wrong, a process that stored what it loaded and is slow to hear so would keep its
   * value though another replaced it, as the invalidation came when there was nothing to drop.
   */
  @Test
  void i3_anInvalidationThatOvertakesTheFillKeepsItOut() throws Exception {
    Gate committed = b.gate("committed");
    CompletableFuture<@Nullable String> filler = b.loading("k", new FixedLoader(() -> "loaded"));
    committed.awaitReached();
    a.put("k", "new");
    b.follow();
    committed.open();
    assertThat(await(filler)).isEqualTo("loaded");
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.onDisk("k")).isNull();
    assertThat(b.get("k")).isEqualTo("new");
  }

  /** When the loser of two writers hears of the two. */
  private enum Heard {
    BEFORE_ITS_REPLY,
    AFTER_ITS_REPLY
  }

  /**
   * If it were wrong, the process whose write was first would keep its own value in heap and disk,
   * and serve it though the authority has the other's.
   */
  @ParameterizedTest
  @CsvSource({
    "BEFORE_ITS_REPLY, false",
    "BEFORE_ITS_REPLY, true",
    "AFTER_ITS_REPLY, false",
    "AFTER_ITS_REPLY, true"
  })
  void i4_ofTwoWritersTheLaterIsServedEverywhere(Heard heard, boolean inReverse) throws Exception {
    a.put("k", "old");
    b.warm("k");
    a.authority.hold(true);
    Gate committed = a.gate("committed");
    CompletableFuture<Boolean> first =
        StackFixture.inThread(
            () -> {
              a.put("k", "first");
              return true;
            });
    committed.awaitReached();
    b.put("k", "second");
    if (heard == Heard.BEFORE_ITS_REPLY) {
      a.authority.tell(inReverse ? InvalidationRaceTest::reversed : steps -> steps);
      a.follow();
    }
    committed.open();
    assertThat(await(first)).isTrue();
    if (heard == Heard.AFTER_ITS_REPLY) {
      a.authority.tell(inReverse ? InvalidationRaceTest::reversed : steps -> steps);
    }
    a.follow();
    b.follow();
    for (Node node : List.of(a, b)) {
      assertThat(node.get("k")).isEqualTo("second");
      assertThat(node.onDisk("k")).isEqualTo("second");
    }
  }

  /** If it were wrong, the older write's late message would leave the newer one's process cold. */
  @Test
  void i4_aLateMessageOfAnOlderWriteLeavesTheNewerCopy() throws Exception {
    b.authority.hold(true);
    a.put("k", "first");
    b.put("k", "second");
    b.authority.tell();
    b.follow();
    assertThat(b.inHeap("k")).isEqualTo("second");
    assertThat(b.onDisk("k")).isEqualTo("second");
    a.follow();
    assertThat(a.get("k")).isEqualTo("second");
  }

  private static List<Changes> reversed(List<Changes> steps) {
    List<Changes> reversed = new ArrayList<>(steps);
    Collections.reverse(reversed);
    return reversed;
  }

  private static List<Changes> twice(List<Changes> steps) {
    List<Changes> twice = new ArrayList<>(steps);
    twice.addAll(steps);
    return twice;
  }

  private static List<Changes> lastOnly(List<Changes> steps) {
    return steps.subList(steps.size() - 1, steps.size());
  }

  private static List<Changes> firstOnly(List<Changes> steps) {
    return steps.subList(0, 1);
  }

  /** What a network does to messages. */
  private enum Network {
    REVERSES(InvalidationRaceTest::reversed),
    DOUBLES(InvalidationRaceTest::twice),
    LOSES_THE_FIRST(InvalidationRaceTest::lastOnly);

    private final UnaryOperator<List<Changes>> effect;

    Network(UnaryOperator<List<Changes>> effect) {
      this.effect = effect;
    }
  }

  /** If it were wrong, a step that came out of its order would be taken for applied, or undone. */
  @ParameterizedTest
  @EnumSource
  void i4_messagesMayComeInAnyOrderAndTwice(Network network) throws Exception {
    a.put("k", "0");
    a.put("other", "0");
    b.warm("k");
    b.warm("other");
    b.authority.hold(true);
    for (int i = 1; i <= 5; i++) {
      a.put("k", "k" + i);
      a.put("other", "o" + i);
    }
    b.authority.tell(network.effect);
    b.follow();
    b.authority.tell();
    b.beat();
    assertThat(b.get("k")).isEqualTo("k5");
    assertThat(b.get("other")).isEqualTo("o5");
    assertThat(b.onDisk("k")).isEqualTo("k5");
  }

  /** If it were wrong, a message that was late would drop what was read after its change. */
  @Test
  void i4_whatIsToldAgainLeavesNewerCopies() throws Exception {
    a.put("k", "old");
    b.warm("k");
    b.authority.hold(true);
    a.put("k", "new");
    b.beat();
    b.warm("k");
    b.authority.tell(InvalidationRaceTest::firstOnly);
    b.follow();
    assertThat(b.inHeap("k")).isEqualTo("new");
    assertThat(b.onDisk("k")).isEqualTo("new");
  }

  /** If it were wrong, a key that only others can read would be served here in its old state. */
  @Test
  void i4_aChangeOfAKeyThatCannotBeDecodedDropsAllCopies() throws Exception {
    a.put("k", "v");
    b.warm("k");
    EntryKey strange = Entries.key("\u0007 no key of this cache");
    Entries.put(a.authority, strange, Entries.bytes("x"));
    b.follow();
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.onDisk("k")).isNull();
    assertThat(b.get("k")).isEqualTo("v");
    a.put("k", "new");
    b.follow();
    assertThat(b.get("k")).isEqualTo("new");
  }

  /** A change of what is said of an entry. */
  private enum Said {
    STALE,
    METADATA,
    SHORTER_LIFE,
    LONGER_LIFE
  }

  /**
   * If it were wrong, another process would serve an entry that was purged softly, show metadata
   * that were replaced, or keep an entry beyond its deadline.
   */
  @ParameterizedTest
  @EnumSource
  void i4_changesOfTheHeaderReachOtherProcesses(Said said) {
    a.put("k", "v", Duration.ofMinutes(2));
    b.warm("k");
    Resident<String> entry = a.latest("k");
    long sooner = entry.expiresAtMillis() - Duration.ofMinutes(1).toMillis();
    long later = entry.expiresAtMillis() + Duration.ofMinutes(1).toMillis();
    Metadata tagged = new Metadata(null, Set.of("tag"), Map.of());
    switch (said) {
      case STALE -> a.stack.operations().purge("k", PurgeMode.SOFT);
      case METADATA -> a.stack.operations().update("k", entry.version(), MetadataUpdate.of(tagged));
      case SHORTER_LIFE -> a.stack.touch("k", entry, sooner);
      case LONGER_LIFE -> a.stack.touch("k", entry, later);
    }
    b.follow();
    switch (said) {
      case STALE -> assertThat(b.get("k")).isNull();
      case METADATA -> assertThat(b.stack.metadata(b.stack.get("k"))).isEqualTo(tagged);
      default -> {
        fixture.pass(Duration.ofSeconds(said == Said.SHORTER_LIFE ? 61 : 121));
        b.beat();
        assertThat(b.get("k")).isEqualTo(said == Said.SHORTER_LIFE ? null : "v");
      }
    }
  }

  /**
   * If it were wrong, a process whose copy has an earlier deadline than the authority's entry would
   * remove that entry for everybody, and tell of an expiry that was none.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i5_aCopyThatIsOverSaysNothingOfTheEntry(boolean loads) throws Exception {
    a.put("k", "v", Duration.ofMinutes(1));
    b.warm("k");
    Resident<String> entry = a.latest("k");
    a.stack.touch("k", entry, entry.expiresAtMillis() + Duration.ofMinutes(1).toMillis());
    fixture.pass(Duration.ofMinutes(1));
    b.beat();
    FixedLoader loader = new FixedLoader(() -> "loaded");
    assertThat(loads ? b.load("k", loader) : b.get("k")).isEqualTo("v");
    assertThat(loader.loads.get()).isZero();
    assertThat(fixture.base.expired).isEmpty();
    assertThat(a.latest("k").value()).isEqualTo("v");
    assertThat(b.onDisk("k")).isEqualTo("v");
  }

  /** If it were wrong, a disk that cannot purge would go on serving what it was told to drop. */
  @Test
  void i4_aDiskThatCannotFollowAnswersNothing() throws Exception {
    a.put("k", "old");
    b.warm("k");
    b.disk.faults.failAlways(Operation.PURGE, Operation.CLEAR);
    a.put("k", "new");
    b.follow();
    assertThat(b.onDisk("k")).isEqualTo("old");
    assertThat(b.get("k")).isEqualTo("new");
    b.heap.evict("k");
    assertThat(b.get("k")).isEqualTo("new");
    b.disk.faults.heal();
    b.heap.evict("k");
    assertThat(b.get("k")).isEqualTo("new");
    assertThat(b.onDisk("k")).isNotEqualTo("old");
  }
}
