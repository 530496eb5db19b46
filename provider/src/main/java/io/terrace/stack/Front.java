package io.terrace.stack;

import io.terrace.AbortReason;
import io.terrace.EntryTooLargeException;
import io.terrace.Freshness;
import io.terrace.PurgeMode;
import io.terrace.TierStatistics;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The heap on top of byte tiers: what it holds is a copy. A copy whose own deadline or the heap's
 * ttl passed is dropped without a word; the tiers below know whether the entry still lives. One
 * that is only to be compared with the authority is not served, and stays until that is done.
 */
final class Front<K, V> {
  private final ObjectTier<K, V> heap;
  private final UnaryOperator<K> ownKeys;
  private final long ttlMillis;
  private final InstantSource clock;
  private final HeapTags<K, V> tags;
  private final @Nullable HeapEvictions<K, V> evictions;
  private final TierCounters counters = new TierCounters();
  private volatile long limitMillis = EntryHeader.NEVER;

  /**
   * @param ownKeys turns a key of the user's into one the heap may keep
   * @param ttl the longest stay of a copy, or null
   * @param evictions takes note of what the heap evicts, or null if nobody does
   */
  Front(
      ObjectTier<K, V> heap,
      UnaryOperator<K> ownKeys,
      @Nullable Duration ttl,
      InstantSource clock,
      @Nullable HeapEvictions<K, V> evictions) {
    this.heap = heap;
    this.tags = new HeapTags<>(heap);
    this.evictions = evictions;
    this.ownKeys = ownKeys;
    this.ttlMillis = ttl == null ? EntryHeader.NEVER : ttl.toMillis();
    this.clock = clock;
  }

  /** Serves no copy longer than that without a comparison; null for no limit. */
  void compareAfter(@Nullable Duration limit) {
    limitMillis = limit == null ? EntryHeader.NEVER : limit.toMillis();
  }

  @Nullable Resident<V> get(K key) {
    Resident<V> resident = heap.get(key);
    if (resident != null && (isForEver(resident) || isFresh(key, resident))) {
      return resident;
    }
    counters.misses.increment();
    return null;
  }

  @Nullable Resident<V> peek(K key) {
    Resident<V> resident = heap.peek(key);
    return resident != null && (isForEver(resident) || isFresh(key, resident)) ? resident : null;
  }

  private boolean isForEver(Resident<V> resident) {
    return resident.isTimeless() && limitMillis == EntryHeader.NEVER;
  }

  private boolean isFresh(K key, Resident<V> resident) {
    if (!isOver(resident, clock.millis())) {
      return !resident.isLabelled() || isFreshByTags(key, resident);
    }
    if (!isDue(resident)) {
      heap.compareAndSet(key, resident, null);
    }
    return false;
  }

  /** A copy that would stay longer than one made now is over, too: the clock went back. */
  private boolean isOver(Resident<V> resident, long nowMillis) {
    return resident.isOverAt(nowMillis) || resident.leavesAtMillis() - nowMillis > limitMillis;
  }

  /** Whether a copy that is over may be served again once it was compared. */
  private boolean isDue(Resident<V> resident) {
    return limitMillis < ttlMillis && !resident.isExpiredAt(clock.millis());
  }

  /** The copy that may be served only after it was compared; null if there is none. */
  @Nullable Resident<V> due(K key) {
    if (limitMillis >= ttlMillis) {
      return null;
    }
    Resident<V> resident = heap.peek(key);
    return resident != null
            && isOver(resident, clock.millis())
            && isDue(resident)
            && (!resident.isLabelled() || isFreshByTags(key, resident))
        ? resident
        : null;
  }

  /** When a copy that is due was last as the authority had it, in UTC milliseconds. */
  long comparedAtMillis(Resident<V> due) {
    return due.leavesAtMillis() - limitMillis;
  }

  /**
   * Lets a copy stay that was compared, or drops it; whether it was still there.
   *
   * @param askedAtMillis before the comparison
   */
  boolean settle(K key, Resident<V> due, boolean stays, long askedAtMillis) {
    return heap.compareAndSet(key, due, stays ? due.staying(leavesAtMillis(askedAtMillis)) : null);
  }

  /** A copy that a purge by tag made stale is dropped, too: the tiers below have the entry. */
  private boolean isFreshByTags(K key, Resident<V> resident) {
    Resident<V> settled = tags.settle(key, resident);
    if (settled != null && settled.freshness() == Freshness.STALE) {
      heap.compareAndSet(key, settled, null);
      return false;
    }
    return settled != null;
  }

  /** Adds a copy if the heap does not hold the key and takes it; whether it did. */
  boolean insert(K key, Resident<V> resident) {
    boolean inserted = add(key, resident);
    if (inserted) {
      counters.promotions.increment();
    } else {
      counters.aborted(AbortReason.SUPERSEDED);
    }
    return inserted;
  }

  /** Puts a copy back that was taken out for a change that was not made. */
  void restore(K key, Resident<V> resident) {
    boolean unused = add(key, resident);
  }

  /** What the heap is too small for lives in the tiers below alone. */
  private boolean add(K key, Resident<V> resident) {
    Resident<V> due = due(key);
    if (due != null) {
      heap.compareAndSet(key, due, null); // the newer one takes its place
    }
    try {
      return heap.compareAndSet(ownKeys.apply(key), null, resident);
    } catch (EntryTooLargeException e) {
      return false;
    }
  }

  /** Drops a copy that is older than a version. */
  void removeOlder(K key, long version) {
    Resident<V> resident = heap.peek(key);
    while (resident != null
        && resident.version() < version
        && !heap.compareAndSet(key, resident, null)) {
      resident = heap.peek(key);
    }
  }

  @Nullable Resident<V> remove(K key) {
    return heap.remove(key);
  }

  /** When a copy has to leave of what was asked for, or written, no earlier than that. */
  long leavesAtMillis(long askedAtMillis) {
    return EntryHeader.deadline(askedAtMillis, Math.min(ttlMillis, limitMillis));
  }

  void clear() {
    heap.clear();
  }

  void purgeTag(String tag, PurgeMode mode, long throughVersion) {
    tags.purge(tag, mode, throughVersion);
  }

  String name() {
    return heap.name();
  }

  /** What the heap holds now, live or not. */
  Iterator<Map.Entry<K, Resident<V>>> copies() {
    return heap.iterator();
  }

  /** Tells what the heap evicted lately; outside every lock. */
  void tellEvictions() {
    if (evictions != null) {
      evictions.tell();
    }
  }

  TierStatistics statistics() {
    return counters.statistics(heap.name(), heap.usage());
  }

  void close() {
    heap.close();
  }
}
