package io.terrace.tier.aws;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Deletes objects once a grace period is over in which they may still be read; many in one request.
 * What cannot be deleted is tried again after another such period. Thread safe; only {@link
 * #deleteDue} blocks.
 */
final class DelayedDeletes {
  /*
   * `this` guards all fields that change, and is never held while S3 is asked.
   */
  private static final System.Logger LOGGER = System.getLogger(DelayedDeletes.class.getName());

  /** Some 20 MB of names at most. */
  static final int MAX_PENDING = 100_000;

  private static final Duration MOST_LATE = Duration.ofMinutes(1);

  private final Bucket bucket;
  private final Duration grace;
  private final Duration collected;
  private final InstantSource clock;
  private final Later later;
  private final Deque<Due> pending = new ArrayDeque<>();
  private boolean scheduled;
  private long left;

  private record Due(long atMillis, String object) {}

  DelayedDeletes(Bucket bucket, Duration grace, InstantSource clock, Later later) {
    this.bucket = bucket;
    this.grace = grace;
    this.clock = clock;
    this.later = later;
    Duration some = grace.dividedBy(8);
    collected = some.compareTo(MOST_LATE) < 0 ? some : MOST_LATE;
  }

  /** Deletes an object between one grace period from now and a little later. */
  synchronized void add(String object) {
    if (pending.size() >= MAX_PENDING) {
      left++;
      return;
    }
    pending.add(new Due(clock.millis() + grace.toMillis(), object));
    schedule();
  }

  /** Late enough that others which become due meanwhile go with the first. */
  private void schedule() {
    Due first = pending.peek();
    if (first != null && !scheduled) {
      scheduled = true;
      long waitMillis = Math.max(0, first.atMillis() - clock.millis());
      later.run(Duration.ofMillis(waitMillis).plus(collected), this::runScheduled);
    }
  }

  private void runScheduled() {
    try {
      deleteDue();
    } finally {
      synchronized (this) {
        scheduled = false;
        schedule();
      }
    }
  }

  /** Deletes in this thread what is due. */
  void deleteDue() {
    List<String> kept = new ArrayList<>();
    for (List<String> due = takeDue(); !due.isEmpty(); due = takeDue()) {
      try {
        bucket.requireOpen();
        kept.addAll(bucket.delete(due));
      } catch (IOException e) {
        LOGGER.log(Level.DEBUG, "replaced bodies stay in S3 for now", e);
        kept.addAll(due);
      }
    }
    kept.forEach(this::add);
  }

  private synchronized List<String> takeDue() {
    long now = clock.millis();
    List<String> due = new ArrayList<>();
    for (Due first = pending.peek();
        first != null && first.atMillis() <= now && due.size() < Bucket.DELETED_AT_ONCE;
        first = pending.peek()) {
      due.add(pending.remove().object());
    }
    return due;
  }

  /** How many objects are left to the sweeper, if this is the end. */
  synchronized long leftBehind() {
    return left + pending.size();
  }
}
