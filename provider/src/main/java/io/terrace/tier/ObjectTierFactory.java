package io.terrace.tier;

import io.terrace.HeapSettings;

/** Opens the tier that keeps objects; found by {@link java.util.ServiceLoader}. Stateless. */
public interface ObjectTierFactory {

  /**
   * Opens a tier for one cache.
   *
   * @param listener hears what is evicted
   */
  <K, V> ObjectTier<K, V> open(HeapSettings settings, EvictionListener<K, V> listener);

  /** Opens a tier whose evictions nobody hears. */
  default <K, V> ObjectTier<K, V> open(HeapSettings settings) {
    return open(settings, EvictionListener.none());
  }
}
