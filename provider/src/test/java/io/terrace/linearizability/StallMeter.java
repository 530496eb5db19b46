package io.terrace.linearizability;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Measures for how long the machine does not let this process run, until it is closed. */
final class StallMeter implements AutoCloseable {
  private static final long TICK_NANOS = 5_000_000;

  private final AtomicBoolean over = new AtomicBoolean();
  private final Thread thread = new Thread(this::measure, "stall-meter");
  private volatile long longestNanos;

  private StallMeter() {}

  static StallMeter start() {
    StallMeter meter = new StallMeter();
    meter.thread.setDaemon(true);
    meter.thread.start();
    return meter;
  }

  /** How much longer than asked for the longest pause took. */
  private void measure() {
    for (long before = System.nanoTime(); !over.get(); before = System.nanoTime()) {
      LockSupport.parkNanos(TICK_NANOS);
      longestNanos = Math.max(longestNanos, System.nanoTime() - before - TICK_NANOS);
    }
  }

  /** The longest stall in milliseconds, of those that are over. */
  long longestMillis() {
    return longestNanos / 1_000_000;
  }

  @Override
  public void close() {
    over.set(true);
  }
}
