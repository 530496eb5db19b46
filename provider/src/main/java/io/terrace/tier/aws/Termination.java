package io.terrace.tier.aws;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** The end of an executor that was shut down. */
final class Termination {
  private Termination() {}

  /**
   * Waits until no task runs any more, however long; each is bounded by the time-outs of its
   * requests. An interruption is kept for later.
   */
  static void await(ExecutorService executor) {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = executor.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
