package io.terrace.tier.aws;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Does several things at a time, on a few daemon threads that are there only while there is
 * something to do. Thread safe.
 */
final class Lanes implements Closeable {
  private final int count;
  private final ThreadPoolExecutor threads;

  /**
   * @param count how many things are done at a time, at least 1
   */
  Lanes(int count, String threadName) {
    this.count = count;
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Housekeeping.daemon(task, threadName));
    threads.allowCoreThreadTimeOut(true);
  }

  int count() {
    return count;
  }

  /**
   * Runs tasks and waits until all are done, whether or not the thread is interrupted.
   *
   * @throws IOException if this is closed; some tasks may have been run
   */
  void runAll(List<? extends Runnable> tasks) throws IOException {
    if (tasks.size() == 1) {
      tasks.get(0).run();
      return;
    }
    List<FutureTask<Void>> running = new ArrayList<>(tasks.size());
    try {
      for (Runnable task : tasks) {
        FutureTask<Void> future = new FutureTask<>(task, null);
        threads.execute(future);
        running.add(future);
      }
    } catch (RejectedExecutionException e) {
      throw new IOException("the aws tier is closed", e);
    } finally {
      running.forEach(Lanes::await);
    }
  }

  private static void await(FutureTask<Void> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a change of many failed unexpectedly", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits for what has begun. */
  @Override
  public void close() {
    threads.shutdown();
    Termination.await(threads);
  }
}
