package io.terrace.jcache.management;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Counting is exact in cells of one's own and in shared ones. */
class OperationCountersTest {
  private static final int HITS = 5_000_000;

  private final OperationCounters counters = new OperationCounters();

  @Test
  void threadsThatShareACellLoseNothing() throws Exception {
    List<Thread> first = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      first.add(new Thread(() -> hit(1)));
    }
    runAll(first); // their ids are consecutive, so that no cell is free any more
    List<Thread> sharing = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(4);
    while (sharing.size() < 4) {
      Thread candidate = new Thread(() -> hitTogether(start));
      if (candidate.getId() % 16 == 0) {
        sharing.add(candidate);
      }
    }
    runAll(sharing);
    assertThat(counters.totals().hits()).isEqualTo(64 + 4L * HITS);
  }

  private void hitTogether(CountDownLatch start) {
    start.countDown();
    try {
      start.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    hit(HITS);
  }

  private void hit(int times) {
    for (int i = 0; i < times; i++) {
      Cell cell = counters.cell();
      Cell.hit(cell, Cell.startGet(cell));
    }
  }

  private static void runAll(List<Thread> threads) throws InterruptedException {
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void clearingForgetsWhatWasCounted() {
    hit(3);
    counters.clear();
    assertThat(counters.totals()).isEqualTo(Totals.ZERO);
    hit(2);
    assertThat(counters.totals().hits()).isEqualTo(2);
    assertThat(counters.hitsEver()).isEqualTo(5);
  }
}
