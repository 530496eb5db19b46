package io.terrace.tier;

import java.time.Duration;

/**
 * A tier that several processes share. As an authority it hands out leases: what was loaded for a
 * key that was missed is stored only under the lease that the miss gave. Versions never go back:
 * not over a removal, a restart, a fail-over or the loss of everything. Thread safe.
 */
public interface SharedTier extends BulkTier {

  /**
   * Looks a key up, and takes the lease of its absence if there is nothing, in one round trip. Any
   * write or purge of the key, and any clear, cancels the lease; so may its time. A purge does so
   * if its condition holds, even if there is nothing to purge: that under {@link Condition#ABSENT}
   * does nothing else.
   *
   * <p>Where one process has the lease at a time, others are told that it is taken, so that one of
   * all loads the entry. A tier that would need another round trip for that gives it to everybody;
   * the first who stores then cancels that of the others.
   *
   * @param life how long the lease is kept for a holder that is heard of no more, at least 1 ms
   */
  LeaseAnswer lookupOrLease(EntryKey key, Duration life);

  /**
   * Gives a lease back unused, so that somebody else may have it at once; no effect if it is over.
   * Does not fail: a lease that cannot be given back ends by its time.
   */
  void releaseLease(EntryKey key, long lease);

  /**
   * For how long other processes may still find here what {@link #clear} or {@link #purgeTag} hid,
   * counted from its return; zero if they find nothing of it.
   */
  default Duration clearsSettleAfter() {
    return Duration.ZERO;
  }
}
