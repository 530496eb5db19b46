package io.terrace.stack;

import org.jspecify.annotations.Nullable;

/** Makes a value for a key that no tier holds. */
public interface Loader<K, V> {

  /**
   * Called once per flight, outside every lock; what it throws reaches all who wait.
   *
   * @return the value, or null for none
   */
  @Nullable Loaded<V> load(K key);

  /**
   * A loaded value.
   *
   * @param value owned by the cache from now on
   * @param expiresAtMillis its deadline; one that already passed is returned but not stored
   */
  record Loaded<V>(V value, long expiresAtMillis) {}

  /**
   * The loaded value was stored. Not called where a write or purge came in between: then the value
   * is returned to those who wait and forgotten.
   */
  void stored(K key, V value);
}
