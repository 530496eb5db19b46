package io.terrace.jcache.event;

import java.io.Serial;
import javax.cache.Cache;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * A change of one entry. Values are copied, where they have to be, only once somebody asks. The old
 * value is available to every listener, required or not: the change had to read it anyway.
 *
 * <p>Handed to one listener after the other by one thread at a time.
 */
class TerraceEvent<K, V> extends CacheEntryEvent<K, V> {
  @Serial private static final long serialVersionUID = 1L;

  private final transient EventView<K, V> view;
  private final transient K key;
  private final transient @Nullable V value;
  private final transient @Nullable V oldValue;

  /**
   * @param key as the cache stores it
   * @param value as the cache stores it; the last one for an entry that is gone
   * @param oldValue as the cache stored it, or null for a new entry
   */
  TerraceEvent(
      Cache<K, V> source,
      EventType type,
      EventView<K, V> view,
      K key,
      @Nullable V value,
      @Nullable V oldValue) {
    super(source, type);
    this.view = view;
    this.key = key;
    this.value = value;
    this.oldValue = oldValue;
  }

  @Override
  public K getKey() {
    return view.key(key);
  }

  @Override
  public @Nullable V getValue() {
    return value == null ? null : view.value(value);
  }

  @Override
  public @Nullable V getOldValue() {
    return oldValue == null ? null : view.value(oldValue);
  }

  @Override
  public boolean isOldValueAvailable() {
    return oldValue != null;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("an event is no " + type.getName());
  }

  /** Keys and values stay out of messages. */
  @Override
  public String toString() {
    return "CacheEntryEvent[" + getEventType() + " in " + getSource().getName() + "]";
  }
}
