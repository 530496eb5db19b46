package io.terrace.tier.heap;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.RemovalListener;
import com.github.benmanes.caffeine.cache.Weigher;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decides which entry leaves a full heap tier: the keys of the tier in a Caffeine cache
 * (W-TinyLFU), which follows the tier's map and removes from it what it evicts. Thread safe.
 */
final class EvictionPolicy<K, E> {

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

  private final ConcurrentHashMap<K, E> entries;
  private final Cache<K, Boolean> keys;
  private final Truth truth = new Truth();

  /** What an entry weighs; called inside the section of its key. */
  interface Weight<K, E> {
    int weigh(K key, E entry);
  }

  /** Hears what was evicted, inside the policy's locks: must neither block nor call it. */
  interface Evicted<K, E> {
    void evicted(K key, E entry);
  }

  /**
   * @param entries the map to follow and to evict from
   * @param bound the most it may hold, in entries or, if there is a weight, in what they weigh
   * @param evicted called once for each entry that it removes from the map
   */
  EvictionPolicy(
      ConcurrentHashMap<K, E> entries,
      long bound,
      @Nullable Weight<K, E> weight,
      Evicted<K, E> evicted) {
    this.entries = entries;
    Caffeine<K, Boolean> builder =
        Caffeine.newBuilder()
            .executor(new CallingThread())
            .evictionListener(new Eviction<>(entries, evicted));
    if (weight == null) {
      builder.maximumSize(bound);
    } else {
      builder.maximumWeight(bound).weigher(new WeightNow<>(entries, weight));
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

  /**
   * The keys it would evict next, whose entries weigh so much together; fewer if there are no more.
   */
  List<K> coldest(long weight) {
    return keys.policy()
        .eviction()
        .orElseThrow()
        .coldest(
            entriesByTurn -> {
              List<K> coldest = new ArrayList<>();
              Iterator<Policy.CacheEntry<K, Boolean>> turn = entriesByTurn.iterator();
              long missing = weight;
              while (missing > 0 && turn.hasNext()) {
                Policy.CacheEntry<K, Boolean> next = turn.next();
                coldest.add(next.getKey());
                missing -= next.weight();
              }
              return coldest;
            });
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
  private record Eviction<K, E>(ConcurrentHashMap<K, E> entries, Evicted<K, E> evicted)
      implements RemovalListener<K, Boolean> {
    @Override
    public void onRemoval(@Nullable K key, @Nullable Boolean known, RemovalCause cause) {
      E entry = key == null ? null : entries.remove(key);
      if (key != null && entry != null) {
        evicted.evicted(key, entry);
      }
    }
  }

  /** The weight of what the map holds for a key now. */
  private record WeightNow<K, E>(ConcurrentHashMap<K, E> entries, Weight<K, E> weight)
      implements Weigher<K, Boolean> {
    @Override
    public int weigh(K key, Boolean known) {
      E entry = entries.get(key);
      return entry == null ? 1 : weight.weigh(key, entry);
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
