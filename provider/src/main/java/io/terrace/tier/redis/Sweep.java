package io.terrace.tier.redis;

import java.io.IOException;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Unlinks what a clear left behind, in a thread that lives as long as there is something to do. It
 * works a fifth of the time, so that it holds up nobody. Thread safe.
 */
final class Sweep {
  /*
   * `this` guards all fields, and is never held while Redis is asked.
   */
  private static final System.Logger LOGGER = System.getLogger(Sweep.class.getName());
  private static final int REST = 4;

  private final RedisStore store;
  private final String threadName;
  private @Nullable Thread thread;
  private boolean wanted;
  private boolean closed;

  Sweep(RedisStore store, String cacheName) {
    this.store = store;
    threadName = "terrace-redis-sweep-" + cacheName;
  }

  /** Sees to it that a pass begins after now. */
  synchronized void request() {
    wanted = !closed;
    if (wanted && thread == null) {
      thread = new Thread(this::run, threadName);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void run() {
    while (begins()) {
      try {
        KeyWalk walk = new KeyWalk(store);
        long begun = System.nanoTime();
        while (walk.nextPage() != null && rested(System.nanoTime() - begun)) {
          begun = System.nanoTime();
        }
      } catch (IOException e) {
        LOGGER.log(Level.DEBUG, "cleared entries stay in Redis until they expire", e);
      }
    }
  }

  private synchronized boolean begins() {
    boolean begins = wanted;
    wanted = false;
    if (!begins) {
      thread = null;
    }
    return begins;
  }

  /** Rests in proportion to the work; whether to go on. */
  private synchronized boolean rested(long workedNanos) {
    long end = System.nanoTime() + REST * workedNanos;
    try {
      for (long left = REST * workedNanos; !closed && left > 0; left = end - System.nanoTime()) {
        wait(left / 1_000_000, (int) (left % 1_000_000));
      }
    } catch (InterruptedException e) {
      return false; // nobody but a container that ends the process does that
    }
    return !closed;
  }

  /** Makes a whole pass in this thread. */
  void runHere() throws IOException {
    KeyWalk walk = new KeyWalk(store);
    while (walk.nextPage() != null) {
      // it unlinks on its way
    }
  }

  /** Stops the thread, and waits for it. */
  void close() {
    Thread running;
    synchronized (this) {
      closed = true;
      wanted = false;
      running = thread;
      notifyAll();
    }
    boolean interrupted = false;
    while (running != null && running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
