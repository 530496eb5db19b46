package io.terrace;

import javax.cache.event.CacheEntryListener;

/**
 * Hears what happens to entries inside the stack; registered like any listener of JSR-107. Called
 * by the thread that did it, after it was done and outside every lock; must not block. What it
 * throws is logged.
 */
public interface TierEventListener<K, V> extends CacheEntryListener<K, V> {

  /** The entry was copied up into the tier. */
  default void onPromoted(TierEvent<K> event) {}

  /** The tier needed room, and no tier below has the entry. */
  default void onEvicted(TierEvent<K> event) {}

  /** The tier needed room; a tier below still has the entry. */
  default void onDemoted(TierEvent<K> event) {}

  /** The entry left the tier for another reason than room. */
  default void onPurged(TierEvent<K> event) {}
}
