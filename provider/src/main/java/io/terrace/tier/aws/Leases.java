package io.terrace.tier.aws;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The leases of this process: what stood in the place of a key that it missed. Nobody else is kept
 * from loading the key, but a lease is good only for as long as that still stands there. Thread
 * safe; never blocks.
 */
final class Leases {
  /** Those who do not give a lease back within its time are no loss. */
  private static final int MAX_LEASES = 10_000;

  private final LongSupplier nanoClock;

  /** By number, in the order they were given. Guarded by this. */
  private final Map<Long, Lease> given = new LinkedHashMap<>();

  private record Lease(long seenVersion, long endNanos) {}

  /**
   * @param nanoClock as {@link System#nanoTime}
   */
  Leases(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /**
   * Gives a lease.
   *
   * @param number a version above all that the process gave or saw before the miss
   * @param seenVersion of what stood there, though no entry; {@link
   *     io.terrace.tier.EntryHeader#UNASSIGNED} for nothing
   */
  synchronized void give(long number, long seenVersion, Duration life) {
    long now = nanoClock.getAsLong();
    Iterator<Lease> eldest = given.values().iterator();
    while (eldest.hasNext()) {
      boolean over = eldest.next().endNanos - now <= 0;
      if (!over && given.size() < MAX_LEASES) {
        break;
      }
      eldest.remove();
    }
    given.put(number, new Lease(seenVersion, now + life.toNanos()));
  }

  /** What stood there when the lease was given; null if it is over. */
  synchronized @Nullable Long seenVersion(long number) {
    Lease lease = given.get(number);
    return lease == null || lease.endNanos - nanoClock.getAsLong() <= 0 ? null : lease.seenVersion;
  }

  synchronized void release(long number) {
    given.remove(number);
  }
}
