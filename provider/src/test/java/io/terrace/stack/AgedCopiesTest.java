package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.CoherenceSettings;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.TierUnavailableException;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.tier.EntryHeader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Processes over a shared authority that tells of no changes: copies are compared as they age. */
class AgedCopiesTest {
  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final Duration LEASE = Duration.ofSeconds(10);

  /** What each of the two local tiers may add to the bound. */
  private static final Duration EACH = LIMIT.dividedBy(2);

  private final NodeFixture nodes = new NodeFixture();
  private final List<String> asked = new ArrayList<>();
  private Node one;
  private Node two;

  @BeforeEach
  void start() {
    start(CoherenceSettings.DEFAULTS.withHeartbeat(Duration.ofSeconds(1), LEASE));
  }

  private void start(CoherenceSettings settings) {
    nodes.tells = false;
    nodes.settings = settings.withVerifyAfter(LIMIT);
    one = nodes.node();
    two = nodes.node();
    two.authority.at(
        (step, key) -> {
          if (step.startsWith("lookup")) {
            asked.add(step);
          }
        });
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  private static Duration less(Duration time) {
    return time.minusMillis(1);
  }

  /** If it were wrong, every read of a near cache would be a round trip. */
  @Test
  void servesACopyWithoutAQuestionWhileItIsYoung() {
    two.put("k", "v");
    nodes.pass(less(EACH));
    assertThat(two.get("k")).isEqualTo("v");
    assertThat(asked).isEmpty();
  }

  /** If it were wrong, another process's value would be served for ever. */
  @Test
  void i4_servesNoCopyThatWasReplacedLongerAgoThanTheBound() {
    two.put("k", "old");
    nodes.pass(less(EACH));
    assertThat(two.get("k")).isEqualTo("old");
    one.put("k", "new");
    nodes.pass(EACH);
    assertThat(two.get("k")).isEqualTo("new");
  }

  /** If it were wrong, a copy made of a copy would be served for twice the bound. */
  @Test
  void i4_aCopyOfACopyIsNotServedLongerThanTheBound() throws Exception {
    two.put("k", "old");
    two.heap.clear();
    assertThat(two.get("k")).isEqualTo("old"); // compared now
    one.put("k", "new");
    nodes.pass(less(EACH));
    two.heap.clear();
    assertThat(two.get("k")).as("of the disk").isEqualTo("old");
    nodes.pass(less(EACH));
    assertThat(two.get("k")).as("of the heap").isEqualTo("old");
    nodes.pass(Duration.ofMillis(2));
    assertThat(two.get("k")).isEqualTo("new");
    assertThat(two.onDisk("k")).isEqualTo("new");
  }

  @Test
  void i4_servesNoCopyOfWhatWasRemoved() throws Exception {
    two.put("k", "old");
    one.stack.remove("k");
    nodes.pass(EACH);
    assertThat(two.get("k")).isNull();
    assertThat(two.inHeap("k")).isNull();
    assertThat(two.onDisk("k")).isNull();
  }

  /** If it were wrong, an entry that nobody changes would be fetched again and again. */
  @Test
  void aCopyThatIsStillRightStaysWhereItIs() {
    two.put("k", "v");
    nodes.pass(EACH);
    assertThat(two.get("k")).isEqualTo("v");
    assertThat(asked).containsExactly("lookup");
    nodes.pass(less(EACH));
    assertThat(two.get("k")).isEqualTo("v");
    assertThat(asked).hasSize(1);
  }

  @Test
  void comparesWhatADiskBroughtAlong() throws Exception {
    two.put("k", "old");
    one.put("k", "new");
    Node again = nodes.node(two.kill());
    assertThat(again.get("k")).isEqualTo("new");
  }

  @Test
  void i5_followsAnotherDeadline() {
    two.put("k", "v");
    long version = one.latest("k").version();
    long deadline = nodes.base.now.get() + EACH.toMillis() + 10;
    one.stack.operations().update("k", version, new MetadataUpdate(null, deadline, null));
    nodes.pass(EACH);
    assertThat(two.get("k")).isEqualTo("v");
    nodes.pass(Duration.ofMillis(10));
    assertThat(two.get("k")).isNull();
  }

  @Test
  void i4_followsAPurgeByTag() {
    one.put("k", "v");
    long version = one.latest("k").version();
    Metadata red = new Metadata(null, Set.of("red"), Map.of());
    one.stack.operations().update("k", version, MetadataUpdate.of(red));
    assertThat(two.get("k")).isEqualTo("v");
    one.stack.operations().purgeTag("red", PurgeMode.HARD);
    nodes.pass(EACH);
    assertThat(two.get("k")).isNull();
  }

  /** If it were wrong, what a purge was told to take out would come back as nobody answers. */
  @Test
  void i4_aPurgeByTagHitsACopyThatIsToBeCompared() {
    for (PurgeMode mode : PurgeMode.values()) {
      two.put("k", "v");
      long version = two.latest("k").version();
      Metadata red = new Metadata(null, Set.of("red"), Map.of());
      two.stack.operations().update("k", version, MetadataUpdate.of(red));
      assertThat(two.get("k")).isEqualTo("v");
      assertThat(two.inHeap("k")).isEqualTo("v");
      nodes.pass(EACH);
      two.stack.operations().purgeTag("red", mode);
      two.authority.down(true);
      assertThat(isServed(() -> two.get("k"))).as("%s", mode).isFalse();
      assertThat(isServed(() -> getAll("k").get("k"))).as("%s, in bulk", mode).isFalse();
      two.authority.down(false);
    }
  }

  private static boolean isServed(Supplier<String> read) {
    try {
      return read.get() != null;
    } catch (TierUnavailableException e) {
      return false;
    }
  }

  /** If it were wrong, an old copy would be served for as long as the clock went back. */
  @Test
  void i4_theBoundHoldsWhenTheClockGoesBack() {
    two.put("k", "old");
    nodes.base.now.addAndGet(-Duration.ofHours(1).toMillis());
    one.put("k", "new");
    nodes.pass(EACH);
    assertThat(two.get("k")).isEqualTo("new");
  }

  @Test
  void i2_servesCopiesForALeaseWithoutAnAnswer() {
    two.put("k", "v");
    two.authority.down(true);
    nodes.pass(less(LEASE));
    assertThat(two.get("k")).isEqualTo("v");
    nodes.pass(Duration.ofMillis(1));
    assertThatThrownBy(() -> two.get("k")).isInstanceOf(TierUnavailableException.class);
    two.authority.down(false);
    assertThat(two.get("k")).isEqualTo("v");
  }

  @Test
  void i2_servesCopiesOfTheDiskForALeaseWithoutAnAnswer() {
    two.put("k", "v");
    two.heap.clear();
    assertThat(two.get("k")).isEqualTo("v"); // compared
    two.heap.clear();
    two.authority.down(true);
    nodes.pass(less(LEASE));
    assertThat(two.get("k")).isEqualTo("v");
    two.heap.clear();
    nodes.pass(Duration.ofMillis(1));
    assertThatThrownBy(() -> two.get("k")).isInstanceOf(TierUnavailableException.class);
  }

  private Map<String, String> getAll(String... keys) {
    Map<String, String> all = new HashMap<>();
    two.stack.bulk().getAll(List.of(keys)).forEach((key, entry) -> all.put(key, entry.value()));
    return all;
  }

  @Test
  void i4_bulkReadsServeNoOldCopyAndReplaceIt() throws Exception {
    two.put("a", "old");
    two.put("b", "b");
    two.put("c", "c");
    one.put("a", "new");
    one.stack.remove("c");
    nodes.pass(EACH);
    assertThat(getAll("a", "b", "c")).isEqualTo(Map.of("a", "new", "b", "b"));
    asked.clear();
    assertThat(getAll("a", "b")).isEqualTo(Map.of("a", "new", "b", "b"));
    assertThat(two.inHeap("a")).isEqualTo("new");
    assertThat(asked).isEmpty();
  }

  @Test
  void i2_bulkReadsServeCopiesForALeaseWithoutAnAnswer() {
    two.put("a", "a");
    two.put("b", "b");
    two.authority.down(true);
    nodes.pass(less(LEASE));
    assertThat(getAll("a", "b")).isEqualTo(Map.of("a", "a", "b", "b"));
    nodes.pass(Duration.ofMillis(1));
    assertThatThrownBy(() -> getAll("a", "b")).isInstanceOf(TierUnavailableException.class);
  }

  /** If it were wrong, each reader who would load what is missing would load it again. */
  @Test
  void readThroughComparesBeforeItLoads() {
    Loader<String, String> none = new StackFixture.FixedLoader(() -> "loaded");
    two.put("k", "v");
    nodes.pass(EACH);
    assertThat(two.load("k", none)).isEqualTo("v");
    two.authority.down(true);
    nodes.pass(EACH);
    assertThat(two.load("k", none)).isEqualTo("v");
  }

  @Test
  void servesOldCopiesByChoice() {
    nodes.close();
    nodes.nodes.clear();
    start(CoherenceSettings.DEFAULTS.servingStale());
    two.put("k", "v");
    two.authority.down(true);
    nodes.pass(LEASE.multipliedBy(10));
    assertThat(two.get("k")).isEqualTo("v");
    two.heap.clear();
    assertThat(two.get("k")).as("of the disk").isEqualTo("v");
  }

  /** If it were wrong, a copy that is compared would come back over a newer one. */
  @Test
  void i3_aComparisonThatIsOvertakenByAWriteKeepsNothing() throws Exception {
    two.put("k", "old");
    nodes.pass(EACH);
    HookedTier.Gate looked = two.gate("looked");
    CompletableFuture<String> reading = two.reading("k");
    looked.awaitReached();
    two.put("k", "new");
    looked.open();
    assertThat(reading.get()).isIn("old", "new");
    assertThat(two.get("k")).isEqualTo("new");
  }

  /** Holds a process up in the midst of something, for as long as a copy is served. */
  private void heldUp(String step, Runnable meanwhile, Supplier<?> held) throws Exception {
    HookedTier.Gate gate = two.gate(step);
    CompletableFuture<?> holding = StackFixture.inThread(held);
    gate.awaitReached();
    meanwhile.run();
    nodes.pass(EACH);
    gate.open();
    holding.get();
  }

  /** If it were wrong, a process that was stopped while it read would serve what it read then. */
  @Test
  void i4_aCopyIsAsOldAsTheQuestionForIt() throws Exception {
    one.put("k", "old");
    heldUp("looked", () -> one.put("k", "new"), () -> two.get("k"));
    assertThat(two.get("k")).isEqualTo("new");
  }

  @Test
  void i4_aCopyIsAsOldAsTheComparison() throws Exception {
    two.put("k", "old");
    nodes.pass(EACH);
    heldUp("looked", () -> one.put("k", "new"), () -> two.get("k"));
    assertThat(two.get("k")).isEqualTo("new");
  }

  @Test
  void i4_aCopyIsAsOldAsTheWriteOfIt() throws Exception {
    Runnable overwrite = () -> one.put("k", "new");
    heldUp(
        "committed", overwrite, () -> two.stack.compareAndSet("k", null, "old", EntryHeader.NEVER));
    assertThat(two.get("k")).isEqualTo("new");
  }

  @Test
  void i4_copiesAreAsOldAsTheQuestionForMany() throws Exception {
    one.put("k", "old");
    heldUp("looked", () -> one.put("k", "new"), () -> getAll("k"));
    assertThat(two.get("k")).isEqualTo("new");
  }

  /** If it were wrong, a decision would be made on an old copy. */
  @Test
  void i8_decidesByTheAuthority() {
    two.put("k", "old");
    one.put("k", "new");
    assertThat(two.latest("k").value()).isEqualTo("new");
    assertThat(two.stack.compareAndSet("k", two.latest("k"), "newer", EntryHeader.NEVER)).isTrue();
    assertThat(one.latest("k").value()).isEqualTo("newer");
  }
}
