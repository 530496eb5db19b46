package io.terrace.jcache;

import javax.cache.Cache;

/** A key with its value, both in the user's hands: later changes of the cache do not reach it. */
record TerraceEntry<K, V>(K key, V value) implements Cache.Entry<K, V> {

  @Override
  public K getKey() {
    return key;
  }

  @Override
  public V getValue() {
    return value;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("an entry is no " + type.getName());
  }

  /** Keys and values stay out of messages. */
  @Override
  public String toString() {
    return "Cache.Entry";
  }
}
