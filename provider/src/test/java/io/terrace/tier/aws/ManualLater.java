package io.terrace.tier.aws;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs what is due when the test says so, and remembers the delays. Thread safe. */
final class ManualLater implements Later {
  private final List<Runnable> tasks = new ArrayList<>();
  private final List<Duration> delays = new ArrayList<>();
  private boolean closed;

  @Override
  public synchronized void run(Duration delay, Runnable task) {
    if (!closed) {
      tasks.add(task);
      delays.add(delay);
    }
  }

  /** The delays of what waits. */
  synchronized List<Duration> delays() {
    return List.copyOf(delays);
  }

  /** Runs what waits now, whatever its delay. */
  void runAll() {
    takeAll().forEach(Runnable::run);
  }

  private synchronized List<Runnable> takeAll() {
    List<Runnable> all = List.copyOf(tasks);
    tasks.clear();
    delays.clear();
    return all;
  }

  @Override
  public synchronized void close() {
    closed = true;
    takeAll();
  }
}
