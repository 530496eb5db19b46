package io.terrace;

import java.util.List;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * An entry in the hands of an entry processor, with its tiers; from {@code
 * entry.unwrap(TieredEntry.class)}. What is asked of tiers is done at once, not when the processor
 * returns. Not thread safe.
 */
public interface TieredEntry<K, V> extends MutableEntry<K, V> {

  /** What the cache knew of the entry when the processor began; null if there was none. */
  @Nullable EntryInfo info();

  /** What was said of the value when the processor began; {@link Metadata#NONE} if nothing. */
  Metadata metadata();

  /** Which tiers hold the key now, from the top down. */
  List<TierCopy> residency();

  /**
   * Copies the entry into a tier above the one that has it, whatever the promotion policy says.
   *
   * @return whether that tier holds it now
   * @throws IllegalArgumentException if the cache has no such tier
   */
  boolean promote(String tier);

  /**
   * Purges the key from these tiers, or from all if none is named. No JSR-107 event, no {@code
   * CacheWriter}: see {@code remove} for those.
   *
   * @throws IllegalArgumentException if the cache has no such tier
   */
  PurgeReceipt purge(PurgeReason reason, String... tiers);

  /**
   * Changes the entry if it still has the version it had when the processor began.
   *
   * @return whether it had
   */
  boolean update(MetadataUpdate update);

  /**
   * Changes the entry if it has this version, whether or not the processor saw it: an entry that a
   * soft purge made stale, which is absent for everything else here, can become fresh so.
   *
   * @return whether it had, and is as fresh now as the update says; see {@link UpdateMetadata}
   */
  boolean update(MetadataUpdate update, long version);
}
