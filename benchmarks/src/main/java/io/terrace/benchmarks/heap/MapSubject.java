package io.terrace.benchmarks.heap;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A map, by reference. */
final class MapSubject<V> implements HeapSubject<V> {
  private final ConcurrentHashMap<String, V> map = new ConcurrentHashMap<>();

  @Override
  public @Nullable V get(String key) {
    return map.get(key);
  }

  @Override
  public void put(String key, V value) {
    map.put(key, value);
  }

  @Override
  public boolean putIfAbsent(String key, V value) {
    return map.putIfAbsent(key, value) == null;
  }

  @Override
  public void invoke(String key, SetValue<V> processor) {
    map.compute(key, processor);
  }

  @Override
  public Map<String, V> getAll(Set<String> keys) {
    Map<String, V> found = new HashMap<>();
    for (String key : keys) {
      V value = map.get(key);
      if (value != null) {
        found.put(key, value);
      }
    }
    return found;
  }

  @Override
  public void close() {
    map.clear();
  }
}
