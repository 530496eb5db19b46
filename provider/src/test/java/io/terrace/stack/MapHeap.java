package io.terrace.stack;

import io.terrace.tier.EvictionListener;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import io.terrace.tier.TierUsage;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An object tier without bounds, which evicts when it is told to. */
final class MapHeap<K, V> implements ObjectTier<K, V> {
  private final ConcurrentHashMap<K, Resident<V>> entries = new ConcurrentHashMap<>();

  EvictionListener<K, V> listener = EvictionListener.none();

  /** Run after each look that counts as a use. */
  volatile Runnable looked = () -> {};

  void evict(K key) {
    Resident<V> evicted = entries.remove(key);
    if (evicted != null) {
      listener.evicted(key, evicted);
    }
  }

  @Override
  public String name() {
    return "heap";
  }

  @Override
  public @Nullable Resident<V> get(K key) {
    Resident<V> found = entries.get(key);
    looked.run();
    return found;
  }

  @Override
  public @Nullable Resident<V> peek(K key) {
    return entries.get(key);
  }

  @Override
  public boolean compareAndSet(K key, @Nullable Resident<V> expected, @Nullable Resident<V> next) {
    if (expected == null) {
      return next == null ? !entries.containsKey(key) : entries.putIfAbsent(key, next) == null;
    }
    return next == null ? entries.remove(key, expected) : entries.replace(key, expected, next);
  }

  @Override
  public @Nullable Resident<V> remove(K key) {
    return entries.remove(key);
  }

  @Override
  public void clear() {
    entries.clear();
  }

  @Override
  public Iterator<Map.Entry<K, Resident<V>>> iterator() {
    return entries.entrySet().iterator();
  }

  @Override
  public TierUsage usage() {
    return new TierUsage(entries.size(), 0, 0, 0);
  }

  @Override
  public void close() {
    entries.clear();
  }
}
