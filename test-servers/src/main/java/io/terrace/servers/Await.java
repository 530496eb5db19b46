package io.terrace.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.Supplier;

/** Waits for what another process does, by looking every few milliseconds. */
final class Await {
  private static final long POLL_MILLIS = 10;

  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  private Await() {}

  /**
   * Returns once the condition holds. A look that fails counts as one that found it not to hold.
   *
   * @throws IllegalStateException with the complaint if it does not hold within the deadline, or if
   *     the thread is interrupted
   */
  static void until(Duration deadline, Condition condition, Supplier<String> complaint) {
    long end = System.nanoTime() + deadline.toNanos();
    Exception last = null;
    do {
      try {
        if (condition.holds()) {
          return;
        }
        last = null;
      } catch (IOException | UncheckedIOException | RedisErrorException e) {
        last = e;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted: " + complaint.get(), e);
      }
    } while (System.nanoTime() - end < 0);
    throw new IllegalStateException(
        "Not within " + deadline.toMillis() + " ms: " + complaint.get(), last);
  }
}
