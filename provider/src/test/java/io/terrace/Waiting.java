package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A call in a thread of its own, which the test lets block. */
public final class Waiting<T> {
  private static final long PATIENCE_SECONDS = 30;

  private final FutureTask<T> task;
  private final Thread thread;

  private Waiting(Callable<T> call) {
    task = new FutureTask<>(call);
    thread = new Thread(task, "waiting");
    thread.setDaemon(true);
    thread.start();
  }

  public static <T> Waiting<T> on(Callable<T> call) {
    return new Waiting<>(call);
  }

  /** Returns when the thread waits for a lock or a condition. */
  public Waiting<T> untilBlocked() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (thread.getState() != Thread.State.WAITING) {
      assertThat(task.isDone()).as("ended instead of waiting").isFalse();
      assertThat(System.nanoTime()).as("waits in time").isLessThan(deadline);
      Thread.yield();
    }
    return this;
  }

  public void interrupt() {
    thread.interrupt();
  }

  public T result() throws Exception {
    return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
