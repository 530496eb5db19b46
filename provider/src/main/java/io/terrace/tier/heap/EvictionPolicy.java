package io.terrace.tier.heap;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.RemovalListener;
import io.terrace.tier.Resident;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decides which entry leaves a full heap tier: the keys of the tier in a Caffeine cache
 * (W-TinyLFU), which follows the tier's map and removes from it what it evicts. Thread safe.
 */
final class EvictionPolicy<K, V> {

  /*
   * Invariant: while no operation is under way, both maps hold the same keys. `entries` is the truth
   * and changes first; whoever changed the keys of it, or the weight of an entry, then calls follow,
   * which looks at the truth inside Caffeine's atomic section for the key. So the last to follow
   * sees the last change. What may go wrong in between, and why it does not:
   *
   *   - inserted takes a short cut: it puts the key without looking, and looks afterwards. If Caffeine
   *     already had the key, that may be an entry about to be removed or evicted, whose value a
   *     putIfAbsent can still read: only follow, which waits for the section, can tell.
   *   - An eviction removes the key from `entries` inside Caffeine's section, before the key leaves
   *     Caffeine. Who inserts the key in between finds it in Caffeine, follows, waits, and adds it.
   *   - startOver drops all keys of Caffeine, some perhaps of new entries, and therefore walks
   *     `entries` afterwards.
   *
   * Locks: Caffeine's eviction lock, then its sections, then the bins of `entries`, which are leaves:
   * nothing in them calls Caffeine.
   */

  private final ConcurrentHashMap<K, Resident<V>> entries;
  private final Cache<K, Boolean> keys;
  private final Truth truth = new Truth();

  /**
   * @param entries the map to follow and to evict from
   * @param maxEntries the bound where there is no weigher
   * @param evictions counts what is evicted
   */
  EvictionPolicy(
      ConcurrentHashMap<K, Resident<V>> entries,
      long maxEntries,
      @Nullable Weigher<K, V> weigher,
      AtomicLong evictions) {
    this.entries = entries;
    Caffeine<K, Boolean> builder =
        Caffeine.newBuilder()
            .executor(new CallingThread())
            .evictionListener(new Eviction<>(entries, evictions));
    if (weigher == null) {
      builder.maximumSize(maxEntries);
    } else {
      builder.maximumWeight(weigher.maxBytes()).weigher(new Weight<>(entries, weigher));
    }
    keys = builder.build();
  }

  /** The key was used. */
  void used(K key) {
    var unused = keys.getIfPresent(key);
  }

  /** The key was inserted into the map; makes room for it. */
  void inserted(K key) {
    if (keys.asMap().putIfAbsent(key, Boolean.TRUE) != null || !entries.containsKey(key)) {
      follow(key);
    }
  }

  /** All keys now in the map were inserted. */
  void insertedAll() {
    for (K key : entries.keySet()) {
      inserted(key);
    }
  }

  /** The key may have been inserted or removed, or its weight have changed. */
  void follow(K key) {
    keys.asMap().compute(key, truth);
  }

  /** The map was cleared. */
  void startOver() {
    keys.invalidateAll();
    insertedAll();
  }

  /** The keys it knows, as a view. */
  Set<K> keys() {
    return keys.asMap().keySet();
  }

  /** Makes the evictions that are still due. */
  void settle() {
    keys.cleanUp();
  }

  long weightedBytes() {
    return keys.policy().eviction().orElseThrow().weightedSize().orElse(0);
  }

  /** Whether the key is in the map. */
  private final class Truth implements BiFunction<K, @Nullable Boolean, @Nullable Boolean> {
    @Override
    public @Nullable Boolean apply(K key, @Nullable Boolean known) {
      return entries.containsKey(key) ? Boolean.TRUE : null;
    }
  }

  /** Removes from the map what Caffeine evicts, inside the section that evicts it. */
  private record Eviction<K, V>(ConcurrentHashMap<K, Resident<V>> entries, AtomicLong evictions)
      implements RemovalListener<K, Boolean> {
    @Override
    public void onRemoval(@Nullable K key, @Nullable Boolean known, RemovalCause cause) {
      if (key != null && entries.remove(key) != null) {
        evictions.incrementAndGet();
      }
    }
  }

  /** The weight of what the map holds for a key now. */
  private record Weight<K, V>(ConcurrentHashMap<K, Resident<V>> entries, Weigher<K, V> weigher)
      implements com.github.benmanes.caffeine.cache.Weigher<K, Boolean> {
    @Override
    public int weigh(K key, Boolean known) {
      Resident<V> resident = entries.get(key);
      return resident == null ? 1 : weigher.weight(key, resident);
    }
  }

  /** Room is made by the thread that inserts: none is started, and none is waited for. */
  private static final class CallingThread implements Executor {
    @Override
    public void execute(Runnable maintenance) {
      maintenance.run();
    }
  }
}
