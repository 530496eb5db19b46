package io.terrace.stack;

import org.jspecify.annotations.Nullable;

/**
 * The time during which writers of one key are at work below the heap. Readers go to the authority
 * meanwhile, and nothing is promoted.
 */
final class WriteTurn implements Activity {
  /*
   * `writers` is guarded by the map section of Activities. The monitor guards `shared` and is held
   * while a lone writer copies its value into the tiers above the authority: whoever joins the turn
   * waits for that copy and purges it afterwards.
   */
  int writers = 1;

  /** The flight that was in the air when the turn began; every writer waits for its last copy. */
  final @Nullable Flight<?> interrupted;

  private boolean shared;

  WriteTurn(@Nullable Flight<?> interrupted) {
    this.interrupted = interrupted;
  }

  synchronized void share() {
    shared = true;
  }

  /**
   * Runs {@code copy} if no other writer was ever part of this turn, so that what the caller
   * committed is still the newest.
   *
   * @return whether it ran
   */
  synchronized boolean ifAlone(Runnable copy) {
    if (shared) {
      return false;
    }
    copy.run();
    return true;
  }
}
