package io.terrace.jcache.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;

/** Stripes are taken in ways that never end in waiting for one another for ever. */
class KeyOrderTest {
  private final KeyOrder<Integer> order = new KeyOrder<>(Runnable::run, Duration.ofMillis(20));

  @Test
  void aNestedChangeThatWaitsForAnotherThreadFailsInsteadOfWaitingForever() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch tried = new CountDownLatch(1);
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> {
              Stripe stripe = order.enter(1);
              held.countDown();
              awaited(tried);
              order.exit(stripe);
            });
    awaited(held);
    Stripe mine = order.enter(2);
    assertThatThrownBy(() -> order.enter(1))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("waited 20 ms");
    assertThatThrownBy(() -> order.enterAll(List.of(1, 2))).isInstanceOf(CacheException.class);
    assertThat(order.tryEnter(1)).isNull();
    order.exit(mine);
    tried.countDown();
    other.get(20, TimeUnit.SECONDS);
    order.exit(order.enter(1));
  }

  @Test
  void aChangeInsideOfAChangeOfTheSameKeyIsReentrant() {
    Stripe outer = order.enter(1);
    Stripe inner = order.enter(1);
    assertThat(inner).isSameAs(outer);
    BitSet batch = order.enterAll(List.of(1));
    order.exitAll(batch);
    order.exit(inner);
    assertThat(outer.lock.isHeldByCurrentThread()).isTrue();
    order.exit(outer);
    assertThat(outer.lock.isLocked()).isFalse();
  }

  @Test
  void batchesThatShareKeysInAnyOrderDoNotWaitForOneAnotherForever() throws Exception {
    CompletableFuture<Void> up = CompletableFuture.runAsync(() -> batches(List.of(1, 2, 3)));
    CompletableFuture<Void> down = CompletableFuture.runAsync(() -> batches(List.of(3, 2, 1)));
    up.get(20, TimeUnit.SECONDS);
    down.get(20, TimeUnit.SECONDS);
  }

  private void batches(List<Integer> keys) {
    for (int i = 0; i < 10_000; i++) {
      order.exitAll(order.enterAll(keys));
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
