package io.terrace.benchmarks.heap;

import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/** Any JCache. */
final class JCacheSubject<V> implements HeapSubject<V> {
  private final Cache<String, V> cache;
  private final CachingProvider provider;

  JCacheSubject(CachingProvider provider, Cache<String, V> cache) {
    this.provider = provider;
    this.cache = cache;
  }

  @Override
  public @Nullable V get(String key) {
    return cache.get(key);
  }

  @Override
  public void put(String key, V value) {
    cache.put(key, value);
  }

  @Override
  public boolean putIfAbsent(String key, V value) {
    return cache.putIfAbsent(key, value);
  }

  @Override
  public void invoke(String key, SetValue<V> processor) {
    cache.invoke(key, processor);
  }

  @Override
  public Map<String, V> getAll(Set<String> keys) {
    return cache.getAll(keys);
  }

  @Override
  public void close() {
    provider.close();
  }
}
