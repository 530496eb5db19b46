package io.terrace.stack;

import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.TierCopy;
import java.util.List;
import java.util.Set;

/**
 * What can be done to the tiers of a stack one by one: everything JCache has no word for. Thread
 * safe; linearizable with the operations of the {@link Stack} on the same key.
 */
public interface TierOperations<K> {

  /** The names of the tiers, from the top down. */
  List<String> tiers();

  /** Which tiers hold the key now, from the top down; no use of the entry. */
  List<TierCopy> residency(K key);

  /**
   * Copies the entry into a tier, whatever the policy says.
   *
   * @return whether the tier holds it now
   * @throws IllegalArgumentException if there is no such tier
   */
  boolean promote(K key, String tier);

  /**
   * Purges the key.
   *
   * @param tiers from which; all of them if empty
   * @throws IllegalArgumentException if there is no such tier
   */
  PurgeReceipt purge(K key, PurgeReason reason, Set<String> tiers);

  /** Purges the key from all tiers, or makes it stale in all. */
  PurgeReceipt purge(K key, PurgeMode mode);

  /**
   * Changes the entry in every tier if it is live or stale and has this version; whether it had.
   * The version stays: a compare-and-set that saw the entry before may come after. An entry that is
   * given a tag meets the purges of this tag that came after its version, and one that is stale for
   * its tag stays stale while it has it; but a stream that is to be fresh is written again, under a
   * new version.
   *
   * @return whether it had, and a stream that was to be fresh is, or was for a moment
   */
  boolean update(K key, long version, MetadataUpdate update);

  /**
   * Purges every entry with the tag that was written before, without looking at any: the listener
   * hears nothing.
   */
  PurgeReceipt purgeTag(String tag, PurgeMode mode);

  /**
   * Purges every entry whose key is a string that begins so, one after the other; what is written
   * meanwhile stays.
   *
   * @throws UnsupportedOperationException if no key can be a string
   */
  PurgeReceipt purgePrefix(String prefix, PurgeMode mode);
}
