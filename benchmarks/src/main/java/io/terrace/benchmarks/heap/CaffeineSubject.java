package io.terrace.benchmarks.heap;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Caffeine without JCache. */
final class CaffeineSubject<V> implements HeapSubject<V> {
  private final Cache<String, V> cache;

  CaffeineSubject(long maxEntries, Statistics statistics) {
    Caffeine<Object, Object> builder = Caffeine.newBuilder().maximumSize(maxEntries);
    cache = (statistics == Statistics.ON ? builder.recordStats() : builder).build();
  }

  @Override
  public @Nullable V get(String key) {
    return cache.getIfPresent(key);
  }

  @Override
  public void put(String key, V value) {
    cache.put(key, value);
  }

  @Override
  public boolean putIfAbsent(String key, V value) {
    return cache.asMap().putIfAbsent(key, value) == null;
  }

  @Override
  public void invoke(String key, SetValue<V> processor) {
    cache.asMap().compute(key, processor);
  }

  @Override
  public Map<String, V> getAll(Set<String> keys) {
    return cache.getAllPresent(keys);
  }

  @Override
  public void close() {
    cache.invalidateAll();
  }
}
