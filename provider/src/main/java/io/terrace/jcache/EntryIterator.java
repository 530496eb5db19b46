package io.terrace.jcache;

import io.terrace.tier.Resident;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * Walks the entries of a cache, lazily and weakly consistently. Each entry it returns is a read of
 * the entry, with what that means for expiry and statistics. Not thread safe.
 *
 * <p>A value that is a stream is closed by the next call of {@link #hasNext} or {@link #next}: the
 * user of an iteration that goes to its end closes none. If the entry is replaced in the moment
 * before {@link #next} returns it, reading the value fails.
 */
final class EntryIterator<K, V> implements Iterator<Cache.Entry<K, V>> {
  private final TerraceCache<K, V> cache;
  private final ChangeOrder<K, V> order;
  private final Handles<K, V> handles;
  private final Iterator<Map.Entry<K, Resident<V>>> entries;
  private @Nullable K last;
  private @Nullable V lastValue;

  EntryIterator(
      TerraceCache<K, V> cache,
      ChangeOrder<K, V> order,
      Handles<K, V> handles,
      Iterator<Map.Entry<K, Resident<V>>> entries) {
    this.cache = cache;
    this.order = order;
    this.handles = handles;
    this.entries = entries;
  }

  @Override
  public boolean hasNext() {
    handles.refuse(lastValue);
    lastValue = null;
    cache.requireOpen();
    boolean more = entries.hasNext();
    order.deliver();
    return more;
  }

  @Override
  public Cache.Entry<K, V> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Cache.Entry<K, V> entry = cache.visited(entries.next());
    last = entry.getKey();
    lastValue = entry.getValue();
    return entry;
  }

  /** Removes the entry that was returned last, whatever its value is by now. */
  @Override
  public void remove() {
    if (last == null) {
      throw new IllegalStateException("there is no entry to remove before next()");
    }
    K key = last;
    last = null;
    boolean unused = cache.remove(key);
  }
}
