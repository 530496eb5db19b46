package io.terrace.stack;

import io.terrace.tier.Resident;
import java.util.Collection;
import java.util.Map;

/**
 * Operations on many keys that share round trips to the authority. Each key is read or changed for
 * itself, as {@link Stack} says of one: what fails stops no other. Thread safe; blocks for the
 * tiers.
 */
public interface BulkOperations<K, V> {

  /**
   * As {@link Stack#get} for many keys; keys without an entry are left out.
   *
   * @throws RuntimeException the first failure, after all keys were looked up
   */
  Map<K, Resident<V>> getAll(Collection<? extends K> keys);

  /** As {@link Stack#put} for many keys. */
  void putAll(Map<K, V> values, long expiresAtMillis, Outcome<K> outcome);

  /** As {@link Stack#remove(Object)} for many keys, but that the listener hears of no expiry. */
  void removeAll(Collection<? extends K> keys, Outcome<K> outcome);

  /** Hears what became of each key, in the thread of the operation. */
  interface Outcome<K> {
    /** Whether it matters which keys had a live entry that was removed; costs a round trip. */
    boolean countsRemovals();

    /** The entry was put, or removed; of a removal not told of a key that had none. */
    void done(K key);

    /** What the key holds is as it was, or not known if the cause says so. */
    void failed(K key, RuntimeException cause);
  }
}
