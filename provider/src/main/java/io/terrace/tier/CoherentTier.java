package io.terrace.tier;

/**
 * A shared tier that tells of its changes. Its keys are divided into partitions; the changes of one
 * partition are ordered, numbered and told to every process, which is what keeps the copies in
 * their local tiers coherent. A change and the number it gets in its partition are one atomic step.
 * Thread safe.
 */
public interface CoherentTier extends SharedTier {

  /** How many partitions there are; fixed for the life of the data. */
  int partitions();

  /** The partition of a key, from 0 on; the same in every process. */
  int partitionOf(EntryKey key);

  /** What others change. */
  ChangeFeed changes();
}
