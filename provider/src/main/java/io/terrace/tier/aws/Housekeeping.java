package io.terrace.tier.aws;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One daemon thread for what is done later, which lives as long as something waits to be done and a
 * second more.
 */
final class Housekeeping implements Later {
  private static final System.Logger LOGGER = System.getLogger(Housekeeping.class.getName());

  private final ScheduledThreadPoolExecutor executor;

  Housekeeping(String threadName) {
    executor = new ScheduledThreadPoolExecutor(1, task -> daemon(task, threadName));
    executor.setKeepAliveTime(1, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** A thread that does not keep the process alive. */
  static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void run(Duration delay, Runnable task) {
    try {
      ScheduledFuture<?> unused =
          executor.schedule(() -> runLogged(task), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOGGER.log(Level.DEBUG, "the tier is closed: nothing is done later", e);
    }
  }

  private static void runLogged(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOGGER.log(Level.WARNING, "cleaning up in S3 failed", e);
    }
  }

  @Override
  public void close() {
    executor.shutdown();
    Termination.await(executor);
  }
}
