package io.terrace.tier.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A thread for later, as long as there is something to be done. */
class HousekeepingTest {
  private static final String NAME = "terrace-aws-test";

  private static boolean isRunning() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(NAME));
  }

  @Test
  void theThreadIsADaemonAndEndsByItself() throws Exception {
    try (Housekeeping later = new Housekeeping(NAME)) {
      assertThat(isRunning()).isFalse();
      AtomicReference<Thread> ran = new AtomicReference<>();
      CountDownLatch done = new CountDownLatch(1);
      later.run(
          Duration.ofMillis(1),
          () -> {
            ran.set(Thread.currentThread());
            done.countDown();
          });
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(ran.get().isDaemon()).isTrue();
      ran.get().join(30_000);
      assertThat(ran.get().isAlive()).isFalse();
    }
  }

  @Test
  void closingForgetsWhatHasNotBegun() {
    Housekeeping later = new Housekeeping(NAME);
    later.run(Duration.ofDays(1), () -> {});
    assertThat(isRunning()).isTrue();
    later.close();
    BucketSetup.assertNoThreads();
    later.run(Duration.ZERO, () -> {});
    assertThat(isRunning()).isFalse();
  }
}
