package io.terrace.tier;

import java.time.Duration;

/**
 * A tier that several processes share. Its keys are divided into partitions; the changes of one
 * partition are ordered, numbered and told to every process, which is what keeps the copies in
 * their local tiers coherent. As an authority it also hands out leases, so that of all processes
 * that miss a key one loads it.
 *
 * <p>A change and the number it gets in its partition are one atomic step. Versions never go back:
 * not over a removal, a restart, a fail-over or the loss of everything. Thread safe.
 */
public interface SharedTier extends BulkTier {

  /** How many partitions there are; fixed for the life of the data. */
  int partitions();

  /** The partition of a key, from 0 on; the same in every process. */
  int partitionOf(EntryKey key);

  /**
   * Looks a key up, and takes the lease of its absence if there is nothing and nobody has it, in
   * one round trip. Any write or purge of the key, and any clear, cancels the lease; so does its
   * time. A purge does so if its condition holds, even if there is nothing to purge: that under
   * {@link Condition#ABSENT} does nothing else.
   *
   * @param life how long the lease is kept for a holder that is heard of no more, at least 1 ms
   */
  LeaseAnswer lookupOrLease(EntryKey key, Duration life);

  /**
   * Gives a lease back unused, so that somebody else may have it at once; no effect if it is over.
   * Does not fail: a lease that cannot be given back ends by its time.
   */
  void releaseLease(EntryKey key, long lease);

  /** What others change. */
  ChangeFeed changes();
}
