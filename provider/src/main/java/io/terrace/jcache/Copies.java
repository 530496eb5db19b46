package io.terrace.jcache;

import io.terrace.codec.Copier;
import io.terrace.jcache.event.EventView;
import io.terrace.tier.Resident;
import org.jspecify.annotations.Nullable;

/**
 * Store by value: copies of what goes into the cache and of what comes out. What is immutable is
 * shared, and so is everything where the cache stores by reference. A stack without a heap needs
 * the copies, too: events keep values, and readers may share a flight; but see {@link
 * CacheParts#plainCopies}. Streams are never copied: each user has a handle of his own. Thread
 * safe.
 */
final class Copies<K, V> implements EventView<K, V> {
  private final @Nullable Copier<Object> keys;
  private final @Nullable Copier<Object> values;

  /**
   * @param keys makes copies of keys, or null where they are shared
   * @param values makes copies of values, or null where they are shared
   */
  Copies(@Nullable Copier<Object> keys, @Nullable Copier<Object> values) {
    this.keys = keys;
    this.values = values;
  }

  @Override
  @SuppressWarnings("unchecked") // a copy has the class of its original
  public K key(K key) {
    return keys == null ? key : (K) keys.copy(key);
  }

  @Override
  @SuppressWarnings("unchecked") // a copy has the class of its original
  public V value(V value) {
    return values == null ? value : (V) values.copy(value);
  }

  /** The value for a user's hands. */
  V valueOf(Resident<V> resident) {
    return resident.isShareable() ? resident.value() : value(resident.value());
  }
}
