package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.inThread;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.stack.HookedTier.Gate;
import io.terrace.stack.NodeFixture.Node;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.Resident;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is on its way into the local tiers of one process while somebody changes the key. */
final class PromotionRaceTest {
  private static final Duration LIFE = Duration.ofHours(1);

  private final NodeFixture fixture = new NodeFixture();
  private final Node a = fixture.node();
  private final Node b = fixture.node();

  /** A change after which the value that was there is no longer to be served. */
  private enum Change {
    WRITE(node -> node.put("k", "new")),
    REMOVE(node -> assertThat(node.stack.remove("k")).isTrue()),
    CLEAR(node -> node.stack.clear()),
    PURGE(node -> node.stack.operations().purge("k", PurgeMode.HARD)),
    SOFT_PURGE(node -> node.stack.operations().purge("k", PurgeMode.SOFT)),
    TAG_PURGE(node -> node.stack.operations().purgeTag("tag", PurgeMode.HARD)),
    SOFT_TAG_PURGE(node -> node.stack.operations().purgeTag("tag", PurgeMode.SOFT)),
    PREFIX_PURGE(node -> node.stack.operations().purgePrefix("k", PurgeMode.HARD)),
    SHORTER_LIFE(Change::shorten),
    EXPIRY(node -> assertThat(node.stack.contains("k")).isFalse());

    private final Consumer<Node> change;

    Change(Consumer<Node> change) {
      this.change = change;
    }

    private static void shorten(Node node) {
      Resident<String> resident = node.latest("k");
      node.stack.touch("k", resident, resident.expiresAtMillis() - LIFE.toMillis() + 1);
    }
  }

  private void change(Change change, Node by) {
    if (change == Change.EXPIRY) {
      fixture.pass(LIFE);
    }
    change.change.accept(by);
  }

  @BeforeEach
  void storeTheOldValue() {
    a.put("k", "old", LIFE);
    MetadataUpdate tagged = MetadataUpdate.of(new Metadata(null, Set.of("tag"), Map.of()));
    assertThat(a.stack.operations().update("k", a.latest("k").version(), tagged)).isTrue();
    b.beat();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Node actor(boolean remote) {
    return remote ? a : b;
  }

  /** All of it over, b serves what the authority holds, and nothing that it took from below. */
  private void assertNothingOldIsLeft(Change change) throws Exception {
    if (change == Change.SHORTER_LIFE) {
      fixture.pass(Duration.ofMillis(2));
      b.beat();
    }
    String now = change == Change.WRITE ? "new" : null;
    assertThat(b.get("k")).isEqualTo(now);
    assertThat(b.inHeap("k")).isEqualTo(now);
    assertThat(b.get("k")).isEqualTo(now);
  }

  /**
   * If it were wrong, a reader that was slow would bring the old value back into heap and disk, and
   * all later reads of its process would find it there until its deadline.
   */
  @ParameterizedTest
  @EnumSource
  void i3_whatWasReadAtTheAuthorityBeforeARemoteChangeIsNotCopiedUp(Change change)
      throws Exception {
    readAtTheAuthorityAcross(change, true);
  }

  /** As for a remote change: the old value would stay in the very process that replaced it. */
  @ParameterizedTest
  @EnumSource
  void i3_whatWasReadAtTheAuthorityBeforeALocalChangeIsNotCopiedUp(Change change) throws Exception {
    readAtTheAuthorityAcross(change, false);
  }

  private void readAtTheAuthorityAcross(Change change, boolean remote) throws Exception {
    Gate looked = b.gate("looked");
    CompletableFuture<@Nullable String> reader = b.reading("k");
    looked.awaitReached();
    change(change, actor(remote));
    b.follow();
    looked.open();
    assertThat(await(reader)).isIn("old", null);
    assertNothingOldIsLeft(change);
  }

  /** If it were wrong, the heap would serve for hours what the disk had when the reader asked. */
  @ParameterizedTest
  @EnumSource
  void i3_whatWasReadFromTheDiskBeforeARemoteChangeIsNotCopiedIntoTheHeap(Change change)
      throws Exception {
    readFromTheDiskAcross(change, true);
  }

  /** As for a remote change: the heap of the process that made the change would undo it. */
  @ParameterizedTest
  @EnumSource
  void i3_whatWasReadFromTheDiskBeforeALocalChangeIsNotCopiedIntoTheHeap(Change change)
      throws Exception {
    readFromTheDiskAcross(change, false);
  }

  private void readFromTheDiskAcross(Change change, boolean remote) throws Exception {
    b.warm("k");
    b.heap.evict("k");
    Gate looked = new Gate();
    b.disk.hooks.after(Operation.LOOKUP, looked);
    CompletableFuture<@Nullable String> reader = b.reading("k");
    looked.awaitReached();
    change(change, actor(remote));
    b.follow();
    looked.open();
    assertThat(await(reader)).isIn("old", null);
    assertNothingOldIsLeft(change);
  }

  /**
   * If the invalidation did not wait for a copy that is being made, the copy would be complete only
   * after it, and stay.
   */
  @ParameterizedTest
  @CsvSource({"WRITE", "REMOVE", "CLEAR", "TAG_PURGE", "SOFT_PURGE"})
  void i3_anInvalidationWaitsForTheCopyThatIsBeingMade(Change change) throws Exception {
    Gate copying = b.disk.hooks.gate(Operation.COMMIT);
    CompletableFuture<@Nullable String> reader = b.reading("k");
    copying.awaitReached();
    change(change, a);
    AtomicReference<Thread> follower = new AtomicReference<>();
    CompletableFuture<Boolean> followed =
        inThread(
            () -> {
              follower.set(Thread.currentThread());
              b.follow();
              return true;
            });
    while (!followed.isDone() && !isBlocked(follower.get())) {
      Thread.onSpinWait();
    }
    copying.open();
    assertThat(await(followed)).isTrue();
    assertThat(await(reader)).isEqualTo("old");
    assertNothingOldIsLeft(change);
  }

  private static boolean isBlocked(@Nullable Thread thread) {
    return thread != null && thread.getState() == Thread.State.BLOCKED;
  }

  /** If a clear forgot what begins while it runs, a reader in the midst would undo part of it. */
  @Test
  void i3_aPromotionThatBeginsInTheMidstOfALocalClearIsDropped() throws Exception {
    Gate looked = b.gate("looked");
    CompletableFuture<@Nullable String> reader = b.reading("k");
    looked.awaitReached();
    Gate clearing = b.disk.hooks.gate(Operation.CLEAR);
    CompletableFuture<Boolean> clear =
        inThread(
            () -> {
              b.stack.clear();
              return true;
            });
    clearing.awaitReached();
    looked.open();
    assertThat(await(reader)).isEqualTo("old");
    clearing.open();
    assertThat(await(clear)).isTrue();
    assertThat(b.inHeap("k")).isNull();
    assertThat(b.get("k")).isNull();
  }
}
