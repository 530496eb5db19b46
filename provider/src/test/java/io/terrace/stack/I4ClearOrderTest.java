package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.inThread;
import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.StreamValue;
import io.terrace.stack.HookedTier.Gate;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A clear and the beginning of work on a key: whichever comes first, nothing that may be older than
 * the clear is copied up after it.
 */
class I4ClearOrderTest {
  private static final EntryKey KEY = key("k");

  private final StreamWork works = new StreamWork();
  private final Activities<String, String> activities = new Activities<>();
  private final StackFixture typed = new StackFixture();
  private final StreamFixture streams = new StreamFixture();

  private static boolean isAlone(KeyWork turn) {
    return turn.ifAlone(header(KEY), ignored -> {});
  }

  // Streams

  @Test
  void i4_aTurnThatBeganBeforeTheClearCopiesNothingUp() {
    KeyWork turn = works.beginTurn(KEY);
    works.clearing(() -> {});
    assertThat(isAlone(turn)).isFalse();
    works.endTurn(KEY, turn);
    assertLaterTurnIsAlone();
  }

  @Test
  void i4_aTurnThatBeginsDuringTheClearCopiesNothingUp() {
    List<KeyWork> turns = new ArrayList<>();
    works.clearing(() -> turns.add(works.beginTurn(KEY)));
    assertThat(isAlone(turns.get(0))).isFalse();
    works.endTurn(KEY, turns.get(0));
    assertLaterTurnIsAlone();
  }

  @Test
  void i4_aTurnThatBeginsWhenTheClearHasLookedAtTheKeyCopiesNothingUp() {
    KeyWork known = works.acquire(KEY); // of a reader, say
    List<KeyWork> turns = new ArrayList<>();
    works.clearing(() -> turns.add(works.beginTurn(KEY)));
    assertThat(turns).containsExactly(known);
    assertThat(isAlone(known)).isFalse();
    works.endTurn(KEY, known);
    works.release(KEY, known);
    assertLaterTurnIsAlone();
  }

  /**
   * The clear has to wait at one key; others begin before it comes to them, or after it was there.
   */
  @Test
  void i4_turnsThatBeginWhileTheClearLooksAtAllKeysCopyNothingUp() throws Exception {
    KeyWork busy = works.acquire(KEY);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    CompletableFuture<Boolean> alone =
        inThread(
            () ->
                busy.exclusively(
                    () -> {
                      entered.countDown();
                      return awaits(left);
                    }));
    assertThat(awaits(entered)).isTrue();
    CompletableFuture<Boolean> clear =
        inThread(
            () -> {
              works.clearing(() -> {});
              return true;
            });
    StreamFixture.await(() -> works.isChanging(key("any")), "the clear did not begin");
    List<KeyWork> turns = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      turns.add(works.beginTurn(key(i)));
    }
    left.countDown();
    assertThat(await(alone)).isTrue();
    assertThat(await(clear)).isTrue();
    for (int i = 0; i < turns.size(); i++) {
      assertThat(isAlone(turns.get(i))).as("key %d", i).isFalse();
      works.endTurn(key(i), turns.get(i));
    }
    works.release(KEY, busy);
    assertLaterTurnIsAlone();
  }

  private static boolean awaits(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertLaterTurnIsAlone() {
    KeyWork turn = works.beginTurn(KEY);
    assertThat(isAlone(turn)).isTrue();
    works.endTurn(KEY, turn);
    assertThat(works.isIdle()).isTrue();
  }

  @Test
  void i3_whatIsReadBeforeOrDuringTheClearIsNotPromoted() {
    KeyWork work = works.acquire(KEY);
    KeyWork.Watch before = works.watch(work);
    assertThat(before).isNotNull();
    works.clearing(() -> assertThat(works.watch(work)).isNull());
    assertThat(work.commit(before, header(KEY), ignored -> {})).isFalse();
    KeyWork.Watch after = works.watch(work);
    assertThat(after).isNotNull();
    assertThat(work.commit(after, header(KEY), ignored -> {})).isTrue();
    works.release(KEY, work);
  }

  @Test
  void i4_aStreamCommittedBelowDuringAClearIsNotCopiedUpAfterIt() throws Exception {
    HookedTier authority = new HookedTier(streams.authority);
    StreamStack<String> stack = streams.stack(streams.top, streams.middle, authority);
    StreamValue staged = stack.stage("k", StreamValue.of(bytes(1, 1_000)));
    Gate committed = new Gate();
    List<CompletableFuture<Boolean>> writer = new ArrayList<>();
    authority.after(Operation.COMMIT, committed);
    authority.before(
        Operation.CLEAR,
        () -> {
          writer.add(
              inThread(
                  () -> {
                    stack.put("k", staged, EntryHeader.NEVER);
                    return true;
                  }));
          committed.awaitReached();
        });
    stack.clear();
    committed.open();
    assertThat(await(writer.get(0))).isTrue();
    stack.discard(staged);
    assertThat(stack.operations().residency("k")).isEmpty();
    streams.assertNothingLeft(stack);
    stack.close();
  }

  // Typed values

  @Test
  void i4_aWriteThatBeganBeforeTheClearCopiesNothingUp() {
    WriteTurn turn = activities.beginWrite("k");
    activities.clearing(() -> {});
    assertThat(turn.ifAlone(1, () -> {})).isFalse();
    activities.endWrite("k", turn);
    assertLaterWriteIsAlone();
  }

  @Test
  void i4_aWriteThatBeginsDuringTheClearCopiesNothingUp() {
    List<WriteTurn> turns = new ArrayList<>();
    activities.clearing(() -> turns.add(activities.beginWrite("k")));
    assertThat(turns.get(0).ifAlone(1, () -> {})).isFalse();
    activities.endWrite("k", turns.get(0));
    assertLaterWriteIsAlone();
  }

  private void assertLaterWriteIsAlone() {
    WriteTurn turn = activities.beginWrite("k");
    assertThat(turn.ifAlone(1, () -> {})).isTrue();
    activities.endWrite("k", turn);
  }

  @Test
  void i3_aFlightThatIsInTheAirDuringTheClearCopiesNothingUp() {
    List<Boolean> copied = new ArrayList<>();
    fly(
        flight -> {
          activities.clearing(() -> {});
          copied.add(flight.copyUp(() -> true));
        });
    activities.clearing(() -> fly(flight -> copied.add(flight.copyUp(() -> true))));
    assertThat(copied).containsExactly(false, false);
    fly(flight -> copied.add(flight.copyUp(() -> true)));
    assertThat(copied).containsExactly(false, false, true);
  }

  private void fly(Consumer<Flight<String>> read) {
    assertThat(
            activities.fly(
                "k",
                Flight.Wait.FOR_TIERS,
                flight -> {
                  assertThat(flight).isNotNull();
                  read.accept(flight);
                  return null;
                }))
        .isNull();
  }

  @Test
  void i4_aValueCommittedBelowDuringAClearIsNotCopiedUpAfterIt() throws Exception {
    HookedTier authority = new HookedTier(typed.authority);
    Stack<String, String> stack = typed.tiered(typed.heap, null, typed.upper, authority);
    Gate committed = new Gate();
    List<CompletableFuture<Boolean>> writer = new ArrayList<>();
    authority.after(Operation.COMMIT, committed);
    authority.before(
        Operation.CLEAR,
        () -> {
          writer.add(
              inThread(
                  () -> {
                    StackFixture.put(stack, "k", "v");
                    return true;
                  }));
          committed.awaitReached();
        });
    stack.clear();
    committed.open();
    assertThat(await(writer.get(0))).isTrue();
    assertThat(stack.operations().residency("k")).isEmpty();
    assertThat(StackFixture.get(stack, "k")).isNull();
    stack.close();
  }
}
