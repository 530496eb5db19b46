package io.terrace.tier.aws;

import io.terrace.tier.EntryHeader;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives versions: microseconds of the clock, and above every version that this process gave or saw.
 * So they grow over a clock that goes back, and what is written after something was seen is newer
 * than it, whoever wrote that. Thread safe; never blocks.
 */
final class VersionClock {
  /**
   * How far beyond the clock a version may be, in microseconds: 142 years. What is beyond is
   * damage, which would use up the versions of everybody who sees it. The limit moves with the
   * clock, so a process that gives less than a version in a microsecond never comes to it.
   */
  private static final long MAX_AHEAD_MICROS = 1L << 52;

  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final int NANOS_PER_MICRO = 1_000;

  private final InstantSource clock;
  private final AtomicLong last = new AtomicLong(EntryHeader.UNASSIGNED);

  VersionClock(InstantSource clock) {
    this.clock = clock;
  }

  private long nowMicros() {
    Instant now = clock.instant();
    return now.getEpochSecond() * MICROS_PER_SECOND + now.getNano() / NANOS_PER_MICRO;
  }

  /** A version above all that were given or seen. */
  long next() {
    long now = nowMicros();
    return last.updateAndGet(highest -> Math.max(highest, now) + 1);
  }

  /** A version below all that {@link #next} will give, and not below one that was given or seen. */
  long through() {
    return last.accumulateAndGet(nowMicros(), Math::max);
  }

  /** Gives only higher versions from now on; no effect if it cannot be a version. */
  void saw(long version) {
    if (version > last.get() && isPlausible(version)) {
      last.accumulateAndGet(version, Math::max);
    }
  }

  /** Whether some process may have given this version. */
  boolean isPlausible(long version) {
    return version > EntryHeader.UNASSIGNED && version <= nowMicros() + MAX_AHEAD_MICROS;
  }
}
