package io.terrace.jcache.processor;

import io.terrace.tier.Resident;
import org.jspecify.annotations.Nullable;

/** Where an entry processor's entry gets its values from. */
public interface EntrySource<K, V> {

  /** The value for a user's hands: copied where it could be changed. */
  V valueOf(Resident<V> resident);

  /** The value a read-through makes for an absent key and stores, or null. */
  @Nullable V load(K key);

  /**
   * @throws ClassCastException if the cache has another value type
   */
  void check(V value);
}
