package io.terrace.stack;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Walks the headers of the authority and reads each live entry when its turn comes. The cursor is
 * closed at the end of the walk. Not thread safe.
 */
final class ScannedEntries<K, V> implements Iterator<Map.Entry<K, Resident<V>>> {
  private final HeaderCursor cursor;
  private final Function<EntryHeader, @Nullable K> keyOf;
  private final Function<K, @Nullable Resident<V>> read;
  private Map.@Nullable Entry<K, Resident<V>> next;
  private boolean ended;

  /**
   * @param keyOf the key of a header, or null if it cannot be read
   * @param read the live entry of a key, or null
   */
  ScannedEntries(
      HeaderCursor cursor,
      Function<EntryHeader, @Nullable K> keyOf,
      Function<K, @Nullable Resident<V>> read) {
    this.cursor = cursor;
    this.keyOf = keyOf;
    this.read = read;
  }

  @Override
  public boolean hasNext() {
    try {
      while (next == null && !ended) {
        advance();
      }
    } catch (IOException e) {
      throw new CacheException("the entries cannot be listed any further: " + e.getMessage(), e);
    }
    return next != null;
  }

  private void advance() throws IOException {
    EntryHeader header = cursor.next();
    if (header == null) {
      ended = true;
      cursor.close();
      return;
    }
    K key = keyOf.apply(header);
    Resident<V> resident = key == null ? null : read.apply(key);
    if (key != null && resident != null) {
      next = Map.entry(key, resident);
    }
  }

  @Override
  public Map.Entry<K, Resident<V>> next() {
    Map.Entry<K, Resident<V>> result = hasNext() ? next : null;
    if (result == null) {
      throw new NoSuchElementException();
    }
    next = null;
    return result;
  }
}
