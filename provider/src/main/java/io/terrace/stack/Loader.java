package io.terrace.stack;

import org.jspecify.annotations.Nullable;

/** Makes a value for a key that no tier holds. */
public interface Loader<K, V> {

  /**
   * Called once per flight, outside every lock. What it throws reaches all who wait, unless a soft
   * purge left a {@link io.terrace.Freshness#STALE} entry: that is returned instead, stays stale,
   * and the failure is logged. If the loader says that there is no value, there is none: the stale
   * entry is not served.
   *
   * @return the value, or null for none
   */
  @Nullable Loaded<V> load(K key);

  /**
   * Whether the value is wanted in the cache and not by a reader: then a stream is stored when the
   * call of the stack returns, and what fails is thrown, also where writes are joined and if
   * another loads it.
   */
  default boolean isToStoreOnly() {
    return false;
  }

  /**
   * A loaded value.
   *
   * @param value owned by the cache from now on; a stream is closed by the stack in any case,
   *     unless a user gets it
   * @param expiresAtMillis its deadline; one that already passed is returned but not stored
   */
  record Loaded<V>(V value, long expiresAtMillis) {}

  /**
   * A loaded stream was staged and can be stored now: called between the two, once per load and
   * outside every lock. Other values are stored right after they are loaded, with the deadline they
   * came with.
   *
   * <p>A stream that is not to be stored, or that a write or purge kept from being stored, is
   * loaded once more for its user, who reads the source itself.
   *
   * @return its deadline now; one that already passed if it is not to be stored
   */
  default long storing(K key, Loaded<V> loaded) {
    return loaded.expiresAtMillis();
  }

  /**
   * A stream that {@link #storing} was called for is stored by now, or is not to be. Called once
   * after it, whatever happened, in the same thread, which need not be the one that loads: where
   * writes are joined it is one in the background.
   */
  default void settled(K key) {}

  /**
   * The loaded value was stored. Not called where a write or purge came in between: then the value
   * is returned to those who wait and forgotten.
   *
   * @param value of a stream what {@link Stack#committed} says
   */
  void stored(K key, V value);
}
