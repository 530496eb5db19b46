package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.get;
import static io.terrace.stack.StackFixture.inThread;
import static io.terrace.stack.StackFixture.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.stack.PausingTier.Pause;
import io.terrace.stack.PausingTier.Point;
import io.terrace.stack.StackFixture.FixedLoader;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * I3: a promotion or a fill never replaces a newer version and never brings a removed key back.
 * Each test holds a reader between its look at the authority and the copy it makes of what it saw.
 */
class I3NoStalePromotionTest {
  private final StackFixture fixture = new StackFixture();
  private final Stack<String, String> stack = fixture.three();

  /** What a get returns that saw the old value before {@code change} and copies it up after. */
  private void promoteAround(Consumer<Stack<String, String>> change) throws Exception {
    Pause pause = fixture.authority.pauseNext(Point.AFTER_LOOKUP);
    CompletableFuture<@Nullable String> reader = inThread(() -> get(stack, "k"));
    pause.awaitReached();
    change.accept(stack);
    pause.release();
    assertThat(await(reader)).isEqualTo("old");
  }

  private void oldValueIsOnlyAtTheAuthority() throws Exception {
    put(stack, "k", "old");
    fixture.heap.clear();
    fixture.upperMemory.clear();
  }

  private void assertNoTierHasTheOldValue() throws Exception {
    Resident<String> resident = fixture.heap.peek("k");
    assertThat(resident == null ? null : resident.value()).isNotEqualTo("old");
    assertThat(fixture.stored(fixture.upperMemory, "k")).isNotEqualTo("old");
  }

  @Test
  void i3_promotionDoesNotOvertakeAWrite() throws Exception {
    oldValueIsOnlyAtTheAuthority();
    promoteAround(s -> put(s, "k", "new"));
    assertNoTierHasTheOldValue();
    assertThat(get(stack, "k")).isEqualTo("new");
  }

  @Test
  void i3_promotionDoesNotBringARemovedKeyBack() throws Exception {
    oldValueIsOnlyAtTheAuthority();
    promoteAround(s -> s.remove("k"));
    assertNoTierHasTheOldValue();
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i3_promotionDoesNotBringAClearedKeyBack() throws Exception {
    oldValueIsOnlyAtTheAuthority();
    promoteAround(Stack::clear);
    assertNoTierHasTheOldValue();
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i3_promotionDoesNotBringAnExpiredKeyBack() throws Exception {
    stack.put("k", "old", StackFixture.START_MILLIS + 10);
    fixture.heap.clear();
    fixture.upperMemory.clear();
    Pause pause = fixture.authority.pauseNext(Point.AFTER_LOOKUP);
    CompletableFuture<@Nullable String> reader = inThread(() -> get(stack, "k"));
    pause.awaitReached();
    fixture.now.addAndGet(10);
    pause.release();
    assertThat(await(reader)).isNull();
    assertNoTierHasTheOldValue();
    assertThat(fixture.expired).containsExactly("k=old");
  }

  @Test
  void i3_readersDuringAWritePromoteNothing() throws Exception {
    oldValueIsOnlyAtTheAuthority();
    Pause pause = fixture.authority.pauseNext(Point.BEFORE_WRITE);
    CompletableFuture<Boolean> writer =
        inThread(
            () -> {
              put(stack, "k", "new");
              return true;
            });
    pause.awaitReached();
    assertThat(get(stack, "k")).isEqualTo("old");
    assertNoTierHasTheOldValue();
    pause.release();
    await(writer);
    assertThat(get(stack, "k")).isEqualTo("new");
  }

  @Test
  void i3_overlappingWritersLeaveNoOlderValueAbove() throws Exception {
    Pause pause = fixture.authority.pauseNext(Point.BEFORE_WRITE);
    CompletableFuture<Boolean> last =
        inThread(
            () -> {
              put(stack, "k", "last");
              return true;
            });
    pause.awaitReached();
    put(stack, "k", "old");
    pause.release();
    await(last);
    assertNoTierHasTheOldValue();
    assertThat(get(stack, "k")).isEqualTo("last");
  }

  @Test
  void i3_loadIsForgottenWhenTheKeyWasRemovedMeanwhile() throws Exception {
    loadAround(stack, s -> assertThat(s.remove("k")).isFalse());
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i3_loadDoesNotReplaceAWrite() throws Exception {
    loadAround(stack, s -> put(s, "k", "written"));
    assertThat(get(stack, "k")).isEqualTo("written");
  }

  @Test
  void i3_loadIsForgottenWhenTheCacheWasCleared() throws Exception {
    loadAround(stack, Stack::clear);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i3_loadIntoAHeapAloneIsForgottenWhenTheKeyWasPutAndRemoved() throws Exception {
    Stack<String, String> heapAlone = fixture.heapAlone();
    loadAround(
        heapAlone,
        s -> {
          put(s, "k", "written");
          s.remove("k");
        });
    assertThat(get(heapAlone, "k")).isNull();
    loadAround(heapAlone, Stack::clear);
    assertThat(get(heapAlone, "k")).isNull();
    loadAround(heapAlone, s -> s.compareAndSet("k", null, "written", EntryHeader.NEVER));
    assertThat(get(heapAlone, "k")).isEqualTo("written");
  }

  @Test
  void i3_loadThatBeganDuringAWriteIsForgottenAlsoWhenTheWrittenEntryWasEvicted() throws Exception {
    loadWithin(s -> put(s, "k", "written"), PeekHeap::onPeek);
    loadWithin(
        s -> assertThat(s.compareAndSet("k", null, "written", EntryHeader.NEVER)).isTrue(),
        PeekHeap::onCompareAndSet);
    loadWithin(s -> assertThat(s.remove("k")).isFalse(), PeekHeap::onPeek);
  }

  /** Starts a load between the begin of a change and its effect on a heap alone. */
  private void loadWithin(Consumer<Stack<String, String>> change, BiConsumer<PeekHeap, Runnable> at)
      throws Exception {
    PeekHeap heap = new PeekHeap(fixture.heap);
    Stack<String, String> heapAlone = fixture.heapAlone(heap, null);
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    FixedLoader loader =
        new FixedLoader(
            () -> {
              loading.countDown();
              awaitLatch(changed);
              return "old";
            });
    List<CompletableFuture<@Nullable Resident<String>>> readers = new ArrayList<>();
    at.accept(
        heap,
        () -> {
          readers.add(inThread(() -> heapAlone.getOrLoad("k", loader)));
          awaitLatch(loading);
        });
    change.accept(heapAlone);
    fixture.heap.evict("k");
    changed.countDown();
    assertThat(await(readers.get(0))).isNotNull();
    assertThat(loader.stored).isEmpty();
    assertThat(get(heapAlone, "k")).isNull();
    assertThat(heapAlone.getOrLoad("k", loader)).isNotNull();
    assertThat(get(heapAlone, "k")).as("a later load is stored").isEqualTo("old");
    fixture.heap.clear();
  }

  /** Changes the key while a loader, which already saw the world before the change, is at work. */
  private static void loadAround(
      Stack<String, String> stack, Consumer<Stack<String, String>> change) throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    FixedLoader loader =
        new FixedLoader(
            () -> {
              loading.countDown();
              awaitLatch(changed);
              return "old";
            });
    CompletableFuture<@Nullable Resident<String>> reader =
        inThread(() -> stack.getOrLoad("k", loader));
    awaitLatch(loading);
    change.accept(stack);
    changed.countDown();
    Resident<String> loaded = await(reader);
    assertThat(loaded).isNotNull();
    assertThat(loaded.value()).isEqualTo("old");
    assertThat(loader.stored).isEmpty();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
