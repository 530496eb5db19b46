package io.terrace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The few things a stack can do that JCache has no word for; reached through {@code
 * cache.unwrap(TieredCache.class)}. Thread safe.
 */
public interface TieredCache<K, V> {

  /** One element a tier, from the top down. */
  List<TierStatistics> tierStatistics();

  /** How local copies followed what other processes did; null if the cache shares no tier. */
  @Nullable CoherenceStatistics coherenceStatistics();

  /** Which tiers hold a key now, from the top down; no use of the entry. Blocks for the tiers. */
  List<TierCopy> residency(K key);

  /** As {@code get}, but an entry that a soft purge made stale is returned too. */
  @Nullable V getStale(K key);

  /**
   * Opens a write of a stream that its user pushes.
   *
   * @param metadata what to say of the value
   * @throws UnsupportedOperationException if the values of this cache are no streams
   */
  default StreamWriter openWrite(K key, Metadata metadata) {
    return openWrite(key, metadata, StreamValue.UNKNOWN_LENGTH);
  }

  /**
   * As {@link #openWrite(Object, Metadata)}, of a stream whose length is known: who follows the
   * write knows it too, and what is too large is refused at once.
   *
   * @param length in bytes, or {@link StreamValue#UNKNOWN_LENGTH}; a commit after fewer or more
   *     bytes is an {@link IllegalStateException}
   * @throws EntryTooLargeException if the length is over the limit of the lowest tier
   */
  StreamWriter openWrite(K key, Metadata metadata, long length);

  /**
   * Purges one key.
   *
   * @param mode whether it is gone or stale
   */
  PurgeReceipt purge(K key, PurgeMode mode);

  /**
   * Purges every entry that has a tag, in time independent of their number: entries are checked
   * when they are read, and their space comes back later.
   */
  PurgeReceipt purgeTag(String tag, PurgeMode mode);

  /**
   * Purges every entry whose key is a string that begins so. Looks at every key of the lowest tier.
   *
   * @throws UnsupportedOperationException if keys are of another type than {@code String}
   */
  PurgeReceipt purgePrefix(String prefix, PurgeMode mode);
}
