package io.terrace.tier;

import java.io.IOException;

/**
 * Turns a user's keys into their canonical bytes and back: keys are equal if and only if their
 * bytes are. The bytes are stored beside the entries, so neither they nor the hash may ever change
 * for a given key. Thread safe; never blocks.
 */
public interface KeyCodec<K> {

  /**
   * The key's canonical bytes and hash.
   *
   * @throws javax.cache.CacheException if the key cannot be encoded; names its class and the remedy
   */
  EntryKey encode(K key);

  /**
   * The user's key of canonical bytes.
   *
   * @throws IOException whatever is wrong with the bytes, which are untrusted
   */
  K decode(EntryKey key) throws IOException;
}
