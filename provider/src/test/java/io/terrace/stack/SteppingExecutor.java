package io.terrace.stack;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Runs tasks in the thread of the test, at once or when the test says so: what other threads would
 * do becomes a matter of the seed. Not thread safe.
 */
final class SteppingExecutor extends AbstractExecutorService {
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private BooleanSupplier defers = () -> false;
  private boolean shutdown;

  /** From now on a task waits whenever {@code when} says so. */
  void defer(BooleanSupplier when) {
    defers = when;
  }

  int waitingCount() {
    return waiting.size();
  }

  /** Runs the task that waits longest; whether there was one. */
  boolean step() {
    Runnable task = waiting.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  void runAll() {
    while (step()) {
      // until none waits
    }
  }

  @Override
  public void execute(Runnable task) {
    if (shutdown) {
      throw new RejectedExecutionException("shut down");
    }
    if (defers.getAsBoolean()) {
      waiting.add(task);
    } else {
      task.run();
    }
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    List<Runnable> never = new ArrayList<>(waiting);
    waiting.clear();
    return never;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown && waiting.isEmpty();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }
}
