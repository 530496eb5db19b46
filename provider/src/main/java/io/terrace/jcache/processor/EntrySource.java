package io.terrace.jcache.processor;

import io.terrace.EntryInfo;
import io.terrace.Metadata;
import io.terrace.stack.TierOperations;
import io.terrace.tier.Resident;
import org.jspecify.annotations.Nullable;

/** What an entry processor's entry asks its cache for. */
public interface EntrySource<K, V> {

  /** What the key holds now; ends with {@link #release}. */
  @Nullable Resident<V> get(K key);

  /** As {@link #get}, but nothing is open and there is nothing to release. */
  @Nullable Resident<V> find(K key);

  /** The value for a user's hands: copied where it could be changed. */
  V valueOf(Resident<V> resident);

  /** The value a read-through makes for an absent key and stores, or null. */
  @Nullable V load(K key);

  /**
   * @throws ClassCastException if the cache has another value type
   */
  void check(V value);

  /** Closes an entry whose processor has returned. */
  void release(Resident<V> resident);

  /** Closes a value that nobody needs any more. */
  void refuse(V value);

  EntryInfo info(Resident<V> resident);

  Metadata metadata(Resident<V> resident);

  TierOperations<K> operations();
}
