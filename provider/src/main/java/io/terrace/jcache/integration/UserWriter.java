package io.terrace.jcache.integration;

import java.util.Collection;
import javax.cache.Cache;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/**
 * The user's writer behind JSR-107's exceptions. Thread safe if the writer is.
 *
 * @param writer the user's
 */
public record UserWriter<K, V>(CacheWriter<? super K, ? super V> writer) {

  /**
   * @throws CacheWriterException if the writer fails; then the cache must not change
   */
  public void write(Cache.Entry<K, V> entry) {
    try {
      writer.write(entry);
    } catch (Exception e) {
      throw Failures.writing(e);
    }
  }

  /**
   * @throws CacheWriterException if the writer fails; then the cache must not change
   */
  public void delete(K key) {
    try {
      writer.delete(key);
    } catch (Exception e) {
      throw Failures.writing(e);
    }
  }

  /**
   * Writes a batch. After a failure {@code entries} holds exactly what was not written.
   *
   * @return the failure, to be thrown once the rest is in the cache, or null
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // the writer accepts supertypes of K and V
  public @Nullable CacheWriterException writeAll(Collection<Cache.Entry<K, V>> entries) {
    try {
      ((CacheWriter) writer).writeAll(entries);
      return null;
    } catch (Exception e) {
      return Failures.writing(e);
    }
  }

  /**
   * Deletes a batch. After a failure {@code keys} holds exactly what was not deleted.
   *
   * @return the failure, to be thrown once the rest has left the cache, or null
   */
  public @Nullable CacheWriterException deleteAll(Collection<K> keys) {
    try {
      writer.deleteAll(keys);
      return null;
    } catch (Exception e) {
      return Failures.writing(e);
    }
  }
}
