package io.terrace.stack;

import io.terrace.tier.Resident;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Walks a heap and leaves out what is not alive. Not thread safe. */
final class LiveEntries<K, V> implements Iterator<Map.Entry<K, Resident<V>>> {
  private final Iterator<Map.Entry<K, Resident<V>>> all;
  private final BiFunction<K, Resident<V>, @Nullable Resident<V>> live;
  private Map.@Nullable Entry<K, Resident<V>> next;

  LiveEntries(
      Iterator<Map.Entry<K, Resident<V>>> all,
      BiFunction<K, Resident<V>, @Nullable Resident<V>> live) {
    this.all = all;
    this.live = live;
  }

  @Override
  public boolean hasNext() {
    while (next == null && all.hasNext()) {
      Map.Entry<K, Resident<V>> candidate = all.next();
      if (live.apply(candidate.getKey(), candidate.getValue()) != null) {
        next = candidate;
      }
    }
    return next != null;
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
