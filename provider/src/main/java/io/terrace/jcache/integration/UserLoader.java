package io.terrace.jcache.integration;

import java.util.List;
import java.util.Map;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import org.jspecify.annotations.Nullable;

/**
 * The user's loader behind JSR-107's exceptions. Thread safe if the loader is.
 *
 * @param loader the user's
 */
public record UserLoader<K, V>(CacheLoader<K, V> loader) {

  /**
   * @return the value, or null for none
   * @throws CacheLoaderException if the loader fails
   */
  public @Nullable V load(K key) {
    try {
      return loader.load(key);
    } catch (Exception e) {
      throw Failures.loading(e);
    }
  }

  /**
   * @return the values found, without nulls being promised to be absent
   * @throws CacheLoaderException if the loader fails
   */
  public Map<K, @Nullable V> loadAll(List<K> keys) {
    try {
      Map<K, @Nullable V> loaded = loader.loadAll(keys);
      return loaded == null ? Map.of() : loaded;
    } catch (Exception e) {
      throw Failures.loading(e);
    }
  }
}
