package io.terrace.tier.redis;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.TRACE;

import java.io.Closeable;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Two daemon threads that run tasks at their time, started with the first tasks; one of them may be
 * held up by a slow task. After the close no task runs. Thread safe.
 */
final class Alarm implements Closeable {
  private static final System.Logger LOGGER = System.getLogger(Alarm.class.getName());

  /** A task that connects may take that long. */
  private static final long CLOSE_MILLIS = 2_000;

  private final ScheduledThreadPoolExecutor timer;

  Alarm(String threadName) {
    timer =
        new ScheduledThreadPoolExecutor(
            2,
            task -> {
              Thread thread = new Thread(task, threadName);
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Runs a task at a time of {@link System#nanoTime}. */
  Future<?> at(long nanoTime, Runnable task) {
    return timer.schedule(task, nanoTime - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  /** Runs a task again and again until it is cancelled. */
  Future<?> every(long nanos, Runnable task) {
    return timer.scheduleWithFixedDelay(task, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  /** Runs a task soon. */
  void soon(Runnable task) {
    timer.execute(task);
  }

  /** Waits for running tasks, for some seconds. */
  @Override
  public void close() {
    timer.shutdownNow();
    try {
      boolean ended = timer.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
      LOGGER.log(ended ? TRACE : DEBUG, "all tasks ended: {0}", ended);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
