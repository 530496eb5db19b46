package io.terrace.tier.heap;

import io.terrace.HeapSettings;
import io.terrace.tier.EvictionListener;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import io.terrace.tier.TierUsage;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The heap tier: a concurrent map that holds the entries, and an {@link EvictionPolicy} that
 * decides who leaves when it is full. Thread safe.
 *
 * <p>Reading and replacing an entry touch the map alone. The policy is told of keys that come and
 * go, and of a sample of the hits; it starts with the entry that first makes the tier worth
 * managing, so that a small cache never loads it.
 */
final class HeapTier<K, V> implements ObjectTier<K, V> {

  /*
   * Linearizability. What a key holds is what `entries` holds, and each operation is one atomic
   * operation of that map. The policy only ever removes keys, through the same map, which makes an
   * eviction a removal like any other; how it follows the map is said in EvictionPolicy.
   *
   * `starting` guards the one-time start of the policy; under it run the policy's own locks, and
   * never the other way round. Who inserted a key and found no policy had put the key into the map
   * before the policy was published, so the start, which publishes first and then walks the map,
   * meets it. Who removed a key and found no policy had removed it before that walk.
   */

  /*
   * Recording. Telling the policy of a hit costs several times the hit, and recency and frequency
   * matter only as far as entries compete for room. So insertions pay for it: each one grants a
   * number of recordings, which are saved up to a multiple of the entries, and every hit is told
   * until they are used up. A tier whose entries change tells every hit, up to some 95 of 100; one
   * where nothing is inserted tells none. While a tier fills up, insertions grant more, so that the
   * policy adapts to the workload as fast as if it heard everything.
   */
  private static final int GRANTED_WHILE_FILLING = 64;
  private static final int GRANTED = 16;
  private static final int SAVED_PER_ENTRY = 64;

  /** With fewer entries than this, or than half of its bound, the tier needs no policy. */
  private static final int POLICY_FROM_ENTRIES = 256;

  private final ConcurrentHashMap<K, Resident<V>> entries = new ConcurrentHashMap<>();
  private final Object starting = new Object();
  private final AtomicLong evictions = new AtomicLong();
  private final long maxEntries;
  private final long policyFromEntries;
  private final @Nullable Weigher<K, V> weigher;
  private final @Nullable Weigher<K, V> admission;
  private final EvictionListener<K, V> listener;

  private volatile @Nullable EvictionPolicy<K, Resident<V>> policy;

  /** How many hits are still to be told; without a lock, as a lost count does not matter. */
  private int recordings;

  /** Opens a tier whose evictions nobody hears. */
  HeapTier(HeapSettings settings) {
    this(settings, EvictionListener.none());
  }

  /**
   * Opens a tier; what it holds is weighed by {@link Weigher} where the settings bound bytes.
   *
   * @param listener hears what is evicted
   */
  HeapTier(HeapSettings settings, EvictionListener<K, V> listener) {
    this.listener = listener;
    Long maxBytes = settings.maxBytes();
    Long maxEntryBytes = settings.maxEntryBytes();
    long mostBytes = maxBytes == null ? Long.MAX_VALUE : maxBytes;
    long mostEntryBytes = maxEntryBytes == null ? Long.MAX_VALUE : maxEntryBytes;
    admission =
        maxBytes == null && maxEntryBytes == null ? null : new Weigher<>(mostBytes, mostEntryBytes);
    weigher = maxBytes == null ? null : admission;
    maxEntries = settings.maxEntries();
    policyFromEntries = maxBytes == null ? Math.min(maxEntries / 2, POLICY_FROM_ENTRIES) : 0;
  }

  @Override
  public String name() {
    return "heap";
  }

  @Override
  public @Nullable Resident<V> get(K key) {
    Resident<V> resident = entries.get(key);
    if (recordings > 0 && resident != null) {
      record(key);
    }
    return resident;
  }

  @Override
  public @Nullable Resident<V> peek(K key) {
    return entries.get(key);
  }

  @Override
  public boolean compareAndSet(K key, @Nullable Resident<V> expected, @Nullable Resident<V> next) {
    if (next == null) {
      return expected == null ? !entries.containsKey(key) : remove(key, expected);
    }
    if (admission != null && !admission.admits(key, next)) {
      throw admission.refusal(name(), key, next);
    }
    return expected == null ? insert(key, next) : replace(key, expected, next);
  }

  private boolean insert(K key, Resident<V> next) {
    if (entries.putIfAbsent(key, next) != null) {
      return false;
    }
    inserted(key);
    return true;
  }

  private boolean replace(K key, Resident<V> expected, Resident<V> next) {
    if (!entries.replace(key, expected, next)) {
      return false;
    }
    if (weigher != null && weigher.bytes(key, expected) != weigher.bytes(key, next)) {
      follow(key);
    } else if (recordings > 0) {
      record(key);
    }
    return true;
  }

  private boolean remove(K key, Resident<V> expected) {
    if (!entries.remove(key, expected)) {
      return false;
    }
    follow(key);
    return true;
  }

  @Override
  public @Nullable Resident<V> remove(K key) {
    Resident<V> last = entries.remove(key);
    if (last != null) {
      follow(key);
    }
    return last;
  }

  @Override
  public void clear() {
    entries.clear();
    EvictionPolicy<K, Resident<V>> current = policy;
    if (current != null) {
      current.startOver();
    }
  }

  @Override
  public Iterator<Map.Entry<K, Resident<V>>> iterator() {
    return Collections.unmodifiableMap(entries).entrySet().iterator();
  }

  @Override
  public TierUsage usage() {
    EvictionPolicy<K, Resident<V>> current = policy;
    if (current != null) {
      current.settle();
    }
    long bytes = weigher == null || current == null ? 0 : current.weightedBytes();
    return new TierUsage(entries.mappingCount(), bytes, evictions.get(), 0);
  }

  /** Drops everything. */
  @Override
  public void close() {
    clear();
  }

  /** What follows the map, or null while the tier needs no policy. */
  @Nullable EvictionPolicy<K, Resident<V>> policy() {
    return policy;
  }

  private void follow(K key) {
    EvictionPolicy<K, Resident<V>> current = policy;
    if (current != null) {
      current.follow(key);
    }
  }

  private void record(K key) {
    recordings--;
    EvictionPolicy<K, Resident<V>> current = policy;
    if (current != null) {
      current.used(key);
    }
  }

  private void inserted(K key) {
    EvictionPolicy<K, Resident<V>> current = policy;
    long held = entries.mappingCount();
    int granted = evictions.get() == 0 ? GRANTED_WHILE_FILLING : GRANTED;
    long saved = Math.min((long) recordings + granted, held * SAVED_PER_ENTRY);
    recordings = (int) Math.min(saved, Integer.MAX_VALUE);
    if (current == null && held >= policyFromEntries) {
      current = startPolicy();
    }
    if (current != null) {
      current.inserted(key);
    }
  }

  private EvictionPolicy<K, Resident<V>> startPolicy() {
    synchronized (starting) {
      EvictionPolicy<K, Resident<V>> current = policy;
      if (current == null) {
        long bound = weigher == null ? maxEntries : weigher.maxBytes();
        current =
            new EvictionPolicy<>(entries, bound, weigher, new Eviction<>(evictions, listener));
        policy = current;
        current.insertedAll();
      }
      return current;
    }
  }

  /** Counts what the policy evicts, and passes it on. */
  private record Eviction<K, V>(AtomicLong evictions, EvictionListener<K, V> listener)
      implements EvictionPolicy.Evicted<K, Resident<V>> {
    @Override
    public void evicted(K key, Resident<V> resident) {
      evictions.incrementAndGet();
      listener.evicted(key, resident);
    }
  }
}
