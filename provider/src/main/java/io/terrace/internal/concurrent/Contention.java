package io.terrace.internal.concurrent;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * Keeps apart those who change the same thing by compare-and-set and refuse one another: after a
 * few conflicts in a row each waits for a random time, whose bound doubles with every further one.
 * Among threads of one process, where an attempt takes microseconds, nobody waits. Thread safe.
 */
public final class Contention {
  /** So many conflicts may well be chance. */
  static final int FREE = 2;

  /** About the time of a few round trips. */
  static final long FIRST_NANOS = 500_000;

  static final long LONGEST_NANOS = 32_000_000;

  private final boolean betweenProcesses;
  private final LongConsumer pause;

  /**
   * @param betweenProcesses whether an attempt takes round trips to what other processes change too
   */
  public Contention(boolean betweenProcesses) {
    this(betweenProcesses, new Parking());
  }

  /** A class, since a lambda would cost a first cache some time. */
  private static final class Parking implements LongConsumer {
    @Override
    public void accept(long nanos) {
      LockSupport.parkNanos(nanos);
    }
  }

  Contention(boolean betweenProcesses, LongConsumer pause) {
    this.betweenProcesses = betweenProcesses;
    this.pause = pause;
  }

  /**
   * Called after a conflict, before the next attempt; waits for 32 ms at most, and not at all if
   * the thread is interrupted.
   *
   * @param before how many conflicts in a row there were before this one
   * @return how many there are now
   */
  public int after(int before) {
    if (betweenProcesses && before >= FREE) {
      int doublings = Math.min(before - FREE, Long.SIZE / 4);
      long bound = Math.min(FIRST_NANOS << doublings, LONGEST_NANOS);
      pause.accept(ThreadLocalRandom.current().nextLong(bound) + 1);
    }
    return before + 1;
  }
}
