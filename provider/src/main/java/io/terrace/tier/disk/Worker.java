package io.terrace.tier.disk;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that does one job whenever it is woken, and every so often if it has an interval.
 * The thread is started by the first wake, so that an idle tier has none. Thread safe.
 */
final class Worker {
  private static final System.Logger LOGGER = System.getLogger(Worker.class.getName());

  /** What a worker does. */
  interface Job {
    void run() throws IOException;
  }

  /*
   * `lock` guards the fields below. It is never held while the job runs, so waking is safe under
   * any other lock.
   */
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private final String name;
  private final Job job;
  private final @Nullable Duration interval;
  private @Nullable Thread thread;
  private boolean wanted;
  private boolean stopped;

  /**
   * @param interval how long it waits at most between two runs, or null for as long as nobody wakes
   */
  Worker(String name, Job job, @Nullable Duration interval) {
    this.name = name;
    this.job = job;
    this.interval = interval;
  }

  /** Has the job run once more from now on; returns at once. */
  void wake() {
    lock.lock();
    try {
      if (stopped) {
        return;
      }
      wanted = true;
      woken.signal();
      if (thread == null) {
        thread = new Thread(this::work, name);
        thread.setDaemon(true);
        thread.start();
      }
    } finally {
      lock.unlock();
    }
  }

  private void work() {
    while (awaitWork()) {
      try {
        job.run();
      } catch (IOException e) {
        LOGGER.log(Level.WARNING, "{0} failed: {1}", name, e.getMessage());
      } catch (RuntimeException | Error e) {
        LOGGER.log(Level.ERROR, name + " failed", e);
      }
    }
  }

  private boolean awaitWork() {
    lock.lock();
    try {
      long left = interval == null ? 0 : interval.toNanos();
      while (!wanted && !stopped && (interval == null || left > 0)) {
        try {
          if (interval == null) {
            woken.await();
          } else {
            left = woken.awaitNanos(left);
          }
        } catch (InterruptedException e) {
          // The thread is the worker's own: only stop() ends it.
        }
      }
      wanted = false;
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread and returns when it is gone; a run under way is finished first. */
  void stop() {
    Thread running;
    lock.lock();
    try {
      stopped = true;
      woken.signal();
      running = thread;
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (running != null && running != Thread.currentThread() && running.isAlive()) {
      try {
        running.join(TimeUnit.SECONDS.toMillis(1));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
