package io.terrace.jcache;

import io.terrace.codec.Copier;
import io.terrace.jcache.event.EventView;
import io.terrace.tier.Resident;
import org.jspecify.annotations.Nullable;

/**
 * Store by value: copies of what goes into the cache and of what comes out. What is immutable is
 * shared, and so is everything where the cache stores by reference. A stack without a heap needs
 * the copies, too: events keep values, and readers may share a flight; but see {@link
 * CacheParts#plainCopies}. Thread safe.
 */
final class Copies<K, V> implements EventView<K, V> {
  private final @Nullable Copier<Object> copier;

  /**
   * @param copier makes the copies, or null where everything is shared
   */
  Copies(@Nullable Copier<Object> copier) {
    this.copier = copier;
  }

  @Override
  @SuppressWarnings("unchecked") // a copy has the class of its original
  public K key(K key) {
    return copier == null ? key : (K) copier.copy(key);
  }

  @Override
  @SuppressWarnings("unchecked") // a copy has the class of its original
  public V value(V value) {
    return copier == null ? value : (V) copier.copy(value);
  }

  /** The value for a user's hands. */
  V valueOf(Resident<V> resident) {
    return resident.isShareable() ? resident.value() : value(resident.value());
  }
}
