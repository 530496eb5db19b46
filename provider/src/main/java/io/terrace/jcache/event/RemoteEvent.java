package io.terrace.jcache.event;

import java.io.Serial;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * A change that another process made. The value of an entry that is there is read once somebody
 * asks, and then is the same for all who do.
 *
 * <p>Handed to one listener after the other by one thread at a time.
 */
final class RemoteEvent<K, V> extends TerraceEvent<K, V> {
  @Serial private static final long serialVersionUID = 1L;

  private final transient EventView<K, V> view;
  private final transient K key;
  private transient @Nullable Function<K, @Nullable V> unread;
  private transient @Nullable V value;

  /**
   * @param key as the cache stores it
   * @param current reads what the cache stores for a key now, or null
   */
  RemoteEvent(
      Cache<K, V> source,
      EventType type,
      EventView<K, V> view,
      K key,
      Function<K, @Nullable V> current) {
    super(source, type, view, key, null, null);
    this.view = view;
    this.key = key;
    boolean isThere = type == EventType.CREATED || type == EventType.UPDATED;
    unread = isThere ? current : null;
  }

  @Override
  public @Nullable V getValue() {
    Function<K, @Nullable V> reading = unread;
    if (reading != null) {
      value = reading.apply(key);
      unread = null;
    }
    V read = value;
    return read == null ? null : view.value(read);
  }
}
