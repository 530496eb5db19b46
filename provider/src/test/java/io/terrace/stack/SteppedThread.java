package io.terrace.stack;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Where the coherence of a process runs when the test says so. Tasks may come from any thread. */
final class SteppedThread implements CoherenceThread {
  private final AtomicLong nanos;
  private final Queue<Runnable> work = new ArrayDeque<>();
  private final Queue<Runnable> walks = new ArrayDeque<>();
  private @Nullable Runnable beat;

  /**
   * @param nanos the time
   */
  SteppedThread(AtomicLong nanos) {
    this.nanos = nanos;
  }

  /** A heartbeat, without what follows from it. */
  void beat() {
    if (beat != null) {
      beat.run();
    }
  }

  /** Runs what waits for the worker. */
  void work() {
    run(work);
  }

  /** Runs what waits for the walker. */
  void walk() {
    run(walks);
  }

  private void run(Queue<Runnable> tasks) {
    for (Runnable task = next(tasks); task != null; task = next(tasks)) {
      task.run();
    }
  }

  private synchronized @Nullable Runnable next(Queue<Runnable> tasks) {
    return tasks.poll();
  }

  private synchronized void add(Queue<Runnable> tasks, Runnable task) {
    tasks.add(task);
  }

  @Override
  public Executor worker() {
    return task -> add(work, task);
  }

  @Override
  public Executor walker() {
    return task -> add(walks, task);
  }

  @Override
  public LongSupplier nanoClock() {
    return nanos::get;
  }

  @Override
  public void repeat(Runnable task, Duration pause) {
    beat = task;
  }

  @Override
  public void close() {
    beat = null;
  }
}
