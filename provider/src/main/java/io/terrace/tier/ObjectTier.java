package io.terrace.tier;

import java.io.Closeable;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tier that keeps decoded objects: the top of a stack, and its authority when it stands alone.
 * Keys are the user's objects, compared with {@code equals}. Thread safe; no method does I/O or
 * waits for anyone but another thread inside the same short section of the same key.
 *
 * <p>Every change is a compare-and-set on the identity of the {@link Resident}, which makes all
 * operations of a stack linearizable per key without locks. Room is made by the tier itself
 * (EVICTION), which is indistinguishable from a purge.
 */
public interface ObjectTier<K, V> extends Closeable {

  String name();

  /** What the key holds, expired or not, or null; counts as a use of the entry. */
  @Nullable Resident<V> get(K key);

  /** As {@link #get}, without counting as a use. */
  @Nullable Resident<V> peek(K key);

  /**
   * Replaces {@code expected} by {@code next}, where null stands for absent on both sides.
   *
   * @return whether the key held exactly {@code expected}
   * @throws io.terrace.EntryTooLargeException if {@code next} alone is over the bound of the tier;
   *     nothing was changed
   */
  boolean compareAndSet(K key, @Nullable Resident<V> expected, @Nullable Resident<V> next);

  /** Removes the key and returns what it held, or null. */
  @Nullable Resident<V> remove(K key);

  void clear();

  /** Lazy and weakly consistent; without {@code remove}. */
  Iterator<Map.Entry<K, Resident<V>>> iterator();

  TierUsage usage();

  @Override
  void close();
}
