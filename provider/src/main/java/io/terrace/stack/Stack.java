package io.terrace.stack;

import io.terrace.TierStatistics;
import io.terrace.tier.Resident;
import java.io.Closeable;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tiers of one cache, seen as one map with atomic operations on a key. Thread safe; operations
 * on one key are linearizable. Values go in and out by reference: copying is the caller's.
 *
 * <p>An entry whose deadline passed is absent here: whoever meets it removes it, and the {@link
 * StackListener} hears of it exactly once. Methods may block for I/O of the tiers below the heap
 * and throw {@link io.terrace.TierUnavailableException} when no tier can answer.
 */
public interface Stack<K, V> extends Closeable {

  /** The live entry, promoted to the tiers above on the way; null if there is none. */
  @Nullable Resident<V> get(K key);

  /** As {@link #get} for many keys; keys without an entry are left out. */
  default Map<K, Resident<V>> getAll(Set<? extends K> keys) {
    Map<K, Resident<V>> found = new HashMap<>(keys.size() * 4 / 3 + 1);
    for (K key : keys) {
      Resident<V> resident = get(key);
      if (resident != null) {
        found.put(key, resident);
      }
    }
    return found;
  }

  /** Whether there is a live entry; no use of it, no promotion. */
  boolean contains(K key);

  /** The live entry, or what the loader makes of its absence. One flight per key and process. */
  @Nullable Resident<V> getOrLoad(K key, Loader<K, V> loader);

  /** Puts the entry whatever the key holds. */
  void put(K key, V value, long expiresAtMillis);

  /**
   * Puts the entry if the key still holds {@code expected}, as this stack returned it; null stands
   * for absent.
   */
  boolean compareAndSet(K key, @Nullable Resident<V> expected, V value, long expiresAtMillis);

  /** Removes the entry if the key still holds {@code expected}. */
  boolean remove(K key, Resident<V> expected);

  /** Removes whatever the key holds; whether there was a live entry. */
  boolean remove(K key);

  /** Moves the deadline of {@code resident} in every tier, if the key still holds it. */
  void touch(K key, Resident<V> resident, long expiresAtMillis);

  /** Live entries: lazy, weakly consistent, without {@code remove}, no use of them. */
  Iterator<Map.Entry<K, Resident<V>>> iterator();

  /** Removes everything, without a word to the listener. */
  void clear();

  /** Whether this stack keeps the very objects it is given, as storing by reference requires. */
  boolean keepsObjects();

  /**
   * Whether a value that was put is forgotten once its bytes are stored, and every {@link #get}
   * decodes an object of its own, which nobody else ever sees.
   */
  boolean keepsBytesAlone();

  /** One element a tier, from the top down, without the hits of the heap. */
  List<TierStatistics> statistics();

  /** Closes all tiers and deletes what they stored. */
  void destroy();

  /** Closes all tiers; what durable ones hold stays. */
  @Override
  void close();
}
