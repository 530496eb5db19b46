package io.terrace.tier;

/**
 * Hears which entries an {@link ObjectTier} evicts. Called in the middle of making room, under
 * locks of the tier: it may take note, and must call nobody. Thread safe.
 */
public interface EvictionListener<K, V> {

  /** Hears nothing. */
  static <K, V> EvictionListener<K, V> none() {
    return new None<>();
  }

  /** Who hears nothing. */
  record None<K, V>() implements EvictionListener<K, V> {
    @Override
    public void evicted(K key, Resident<V> resident) {}
  }

  /** The entry left the tier. */
  void evicted(K key, Resident<V> resident);
}
