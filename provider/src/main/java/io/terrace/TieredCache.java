package io.terrace;

import java.util.List;

/**
 * The few things a stack can tell that JCache has no word for; reached through {@code
 * cache.unwrap(TieredCache.class)}. Thread safe.
 */
public interface TieredCache<K, V> {

  /** One element a tier, from the top down. */
  List<TierStatistics> tierStatistics();
}
