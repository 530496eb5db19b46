package io.terrace.tier.disk;

import org.jspecify.annotations.Nullable;

/**
 * The chunks of a long body that is being written: nobody but its write handle and the reclaimer,
 * which moves them out of old regions, knows that they are not garbage. Guarded by the log's lock.
 */
final class LongWrite {
  private final long id;
  private final Parts parts = new Parts();
  private @Nullable FollowedParts followed;
  private boolean ended;

  LongWrite(long id) {
    this.id = id;
  }

  /** The number that its chunks carry. */
  long id() {
    return id;
  }

  Parts parts() {
    return parts;
  }

  /** What keeps the chunks for those who read them before the commit, or null. */
  @Nullable FollowedParts followed() {
    return followed;
  }

  void followBy(@Nullable FollowedParts parts) {
    followed = parts;
  }

  /** Whether it was committed, aborted or given up. */
  boolean hasEnded() {
    return ended;
  }

  void end() {
    ended = true;
  }
}
