package io.terrace.tier.aws;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** Waiting before something is tried again. */
final class Pause {
  private Pause() {}

  /** Waits for a random time up to this, whether or not the thread is interrupted. */
  static void upTo(long nanos) {
    atLeast(1 + ThreadLocalRandom.current().nextLong(nanos));
  }

  /** Waits for this time, whether or not the thread is interrupted. */
  static void atLeast(long nanos) {
    boolean interrupted = false;
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
