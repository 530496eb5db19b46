package io.terrace.stack;

import org.jspecify.annotations.Nullable;

/**
 * The time during which writers of one key are at work below the heap. Readers go to the authority
 * meanwhile, and nothing is promoted.
 */
final class WriteTurn implements Activity {
  /*
   * `users` and `writers` are guarded by the map section of Activities. The monitor guards `shared`
   * and `confirmedThrough`, and is held while a lone writer copies its value into the tiers above
   * the authority: whoever joins the turn waits for that copy and purges it afterwards.
   */
  int users = 1;

  /** How many of the users are writers, and not there only to drop copies. */
  int writers;

  /** The flight that was in the air when the turn began; every writer waits for its last copy. */
  final @Nullable Flight<?> interrupted;

  private boolean shared;
  private long confirmedThrough;

  WriteTurn(@Nullable Flight<?> interrupted, int writers) {
    this.interrupted = interrupted;
    this.writers = writers;
  }

  synchronized void share() {
    shared = true;
  }

  /**
   * This process is told of a change that it made itself. It may be an earlier one whose answer was
   * lost, and which came after what this turn commits.
   */
  synchronized void confirm(long version) {
    confirmedThrough = Math.max(confirmedThrough, version);
  }

  /**
   * Runs {@code copy} if no other writer was at work at the same time, so that what the caller
   * committed is still the newest.
   *
   * @param version of what is copied
   * @return whether it ran
   */
  synchronized boolean ifAlone(long version, Runnable copy) {
    if (shared || version < confirmedThrough) {
      return false;
    }
    copy.run();
    return true;
  }
}
