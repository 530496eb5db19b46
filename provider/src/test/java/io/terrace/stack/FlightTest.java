package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.inThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.stack.StackFixture.FixedLoader;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One flight per key and process, and no thread that waits for itself. */
class FlightTest {
  private final StackFixture fixture = new StackFixture();

  private Stack<String, String> stack(String kind) {
    return kind.equals("heap") ? fixture.heapAlone() : fixture.three();
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void manyWhoMissOneKeyLoadItOnce(String kind) throws Exception {
    Stack<String, String> stack = stack(kind);
    CountDownLatch followers = new CountDownLatch(1);
    FixedLoader loader =
        new FixedLoader(
            () -> {
              awaitLatch(followers);
              return "v";
            });
    List<CompletableFuture<@Nullable Resident<String>>> readers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      readers.add(inThread(() -> stack.getOrLoad("k", loader)));
    }
    followers.countDown();
    for (CompletableFuture<@Nullable Resident<String>> reader : readers) {
      assertThat(await(reader).value()).isEqualTo("v");
    }
    assertThat(loader.loads).hasValue(1);
    assertThat(loader.stored).containsExactly("k=v");
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void whatALoaderThrowsReachesTheCallerAndTheNextCallLoadsAgain(String kind) {
    Stack<String, String> stack = stack(kind);
    FixedLoader failing =
        new FixedLoader(
            () -> {
              throw new IllegalStateException("no");
            });
    assertThatThrownBy(() -> stack.getOrLoad("k", failing)).hasMessage("no");
    assertThat(stack.getOrLoad("k", new FixedLoader(() -> "v")).value()).isEqualTo("v");
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void aPlainReadFollowsNoLoaderIntoItsWaitOrItsFailure(String kind) throws Exception {
    Stack<String, String> stack = stack(kind);
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    FixedLoader failing =
        new FixedLoader(
            () -> {
              loading.countDown();
              awaitLatch(read);
              throw new IllegalStateException("no");
            });
    CompletableFuture<@Nullable Resident<String>> load =
        inThread(() -> stack.getOrLoad("k", failing));
    awaitLatch(loading);
    assertThat(await(inThread(() -> stack.get("k")))).isNull();
    read.countDown();
    assertThatThrownBy(() -> await(load)).hasRootCauseMessage("no");
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void aLoaderMayReadItsOwnKey(String kind) throws Exception {
    Stack<String, String> stack = stack(kind);
    FixedLoader inner = new FixedLoader(() -> "inner");
    FixedLoader outer = new FixedLoader(() -> stack.getOrLoad("k", inner).value() + "+outer");
    assertThat(await(inThread(() -> stack.getOrLoad("k", outer))).value()).isEqualTo("inner+outer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void twoLoadersThatNeedEachOthersKeyDoNotWaitForever(String kind) throws Exception {
    Stack<String, String> stack = stack(kind);
    CyclicBarrier bothLoading = new CyclicBarrier(2);
    CompletableFuture<String> a = inThread(() -> crossLoad(stack, "a", "b", bothLoading));
    CompletableFuture<String> b = inThread(() -> crossLoad(stack, "b", "a", bothLoading));
    assertThat(await(a)).contains("plain");
    assertThat(await(b)).contains("plain");
  }

  private static String crossLoad(
      Stack<String, String> stack, String key, String other, CyclicBarrier bothLoading) {
    FixedLoader plain = new FixedLoader(() -> "plain");
    FixedLoader crossing =
        new FixedLoader(
            () -> {
              try {
                bothLoading.await();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
              return "via " + stack.getOrLoad(other, plain).value();
            });
    return stack.getOrLoad(key, crossing).value();
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void whoWaitsForLoadersThatNeedEachOthersKeyDoesNotSpin(String kind) throws Exception {
    Stack<String, String> stack = stack(kind);
    CountDownLatch bWaits = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    FixedLoader slow =
        new FixedLoader(
            () -> {
              awaitLatch(done);
              return "slow";
            });
    FixedLoader needsB =
        new FixedLoader(
            () -> {
              awaitLatch(bWaits);
              return stack.getOrLoad("b", slow).value();
            });
    FixedLoader needsA = new FixedLoader(() -> stack.getOrLoad("a", slow).value());
    Thread a = started(() -> stack.getOrLoad("a", needsB));
    awaitWaiting(a);
    Thread b = started(() -> stack.getOrLoad("b", needsA));
    awaitWaiting(b);
    bWaits.countDown();
    awaitLoads(slow);
    Thread third = started(() -> stack.getOrLoad("a", slow));
    awaitWaiting(third);
    done.countDown();
    for (Thread thread : List.of(a, b, third)) {
      thread.join(30_000);
      assertThat(thread.isAlive()).isFalse();
    }
    assertThat(stack.get("a").value()).isEqualTo("slow");
  }

  private static Thread started(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void awaitWaiting(Thread thread) {
    long end = System.nanoTime() + 30_000_000_000L;
    while (thread.getState() != Thread.State.WAITING) {
      assertThat(System.nanoTime()).as("still " + thread.getState()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static void awaitLoads(FixedLoader loader) {
    long end = System.nanoTime() + 30_000_000_000L;
    while (loader.loads.get() == 0) {
      assertThat(System.nanoTime()).as("nobody loads").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aLoaderWithoutAnAnswerIsAMiss() throws ExecutionException {
    Stack<String, String> stack = fixture.three();
    FixedLoader nothing = new FixedLoader(() -> null);
    assertThat(stack.getOrLoad("k", nothing)).isNull();
    assertThat(nothing.stored).isEmpty();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** If it were wrong, a read-through get could return nothing without having asked the loader. */
  @Test
  void whoWantsALoaderDoesNotTakeAPlainReadForItsAnswer() throws Exception {
    Activities<String, String> activities = new Activities<>();
    Flight<String> plain =
        await(inThread(() -> new Flight<String>(Flight.Wait.FOR_TIERS))); // of another thread
    assertThat(activities.takeOff("k", plain)).isNull();
    plain.complete(null); // and has not landed yet
    Resident<String> loaded = new Resident<>("v", 1, 0, EntryHeader.NEVER, EntryHeader.NEVER, true);
    List<Flight<String>> led = new ArrayList<>();
    Resident<String> found =
        activities.fly(
            "k",
            Flight.Wait.FOR_LOADER,
            flight -> {
              led.add(flight);
              return loaded;
            });
    assertThat(found).isSameAs(loaded);
    assertThat(led).hasSize(1).doesNotContainNull();
    activities.land("k", plain);
    assertThat(activities.fly("k", Flight.Wait.FOR_TIERS, flight -> null)).isNull();
  }
}
