package io.terrace.stack;

import io.terrace.EntryInfo;
import io.terrace.EntryTooLargeException;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.TierStatistics;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A heap alone, which is its own authority. Everything is one compare-and-set in the heap; only
 * loading goes through a flight.
 */
final class ObjectStack<K, V> implements Stack<K, V> {

  /*
   * A load stores what it found if the key is absent and no change of the key came after the load
   * began (I3). That the key is absent proves nothing: what a change put there may be evicted by now.
   * So a change begins (in `versions`), cancels the flight it finds, changes the heap, and ends; a
   * load takes off on its flight and then looks whether the key is quiet. A change that began before
   * that look has ended, and the load reads after it, or the load stores nothing. One that begins
   * later finds the flight, and returns from its cancellation before it changes anything.
   */
  private final ObjectTier<K, V> heap;
  private final InstantSource clock;
  private final long ttlMillis;
  private final Predicate<Object> shareable;
  private final StackListener<K, V> listener;
  private final Class<?> keyType;
  private final @Nullable HeapEvictions<K, V> evictions;
  private final Versions versions = new Versions();
  private final Activities<K, V> activities = new Activities<>();

  /** Made when it is first asked for: without it no entry has a label. */
  private volatile @Nullable ObjectOperations<K, V> operations;

  /**
   * @param ttl how long an entry lives after a write at most, whatever its own deadline, or null
   * @param shareable which values need no copy
   * @param keyType the type of keys as configured
   * @param evictions takes note of what the heap evicts, or null if nobody does
   */
  ObjectStack(
      ObjectTier<K, V> heap,
      @Nullable Duration ttl,
      InstantSource clock,
      Predicate<Object> shareable,
      StackListener<K, V> listener,
      Class<?> keyType,
      @Nullable HeapEvictions<K, V> evictions) {
    this.heap = heap;
    this.ttlMillis = ttl == null ? EntryHeader.NEVER : ttl.toMillis();
    this.clock = clock;
    this.shareable = shareable;
    this.listener = listener;
    this.keyType = keyType;
    this.evictions = evictions;
  }

  @Override
  public @Nullable Resident<V> get(K key) {
    Resident<V> resident = heap.get(key);
    return resident == null || resident.isTimeless() ? resident : live(key, resident);
  }

  @Override
  public @Nullable Resident<V> getStale(K key) {
    Resident<V> resident = heap.get(key);
    return resident == null || resident.isTimeless() ? resident : present(key, resident);
  }

  @Override
  public TierOperations<K> operations() {
    ObjectOperations<K, V> made = operations;
    return made == null ? makeOperations() : made;
  }

  private synchronized TierOperations<K> makeOperations() {
    ObjectOperations<K, V> made = operations;
    if (made == null) {
      made = new ObjectOperations<>(this, heap, versions, activities, listener, keyType);
      operations = made;
    }
    return made;
  }

  @Override
  public EntryInfo info(Resident<V> resident) {
    return TieredOperations.info(heap.name(), resident);
  }

  @Override
  public Metadata metadata(Resident<V> resident) {
    return resident.metadata();
  }

  @Override
  public boolean contains(K key) {
    return peek(key) != null;
  }

  @Override
  public @Nullable Resident<V> getOrLoad(K key, Loader<K, V> loader) {
    Resident<V> resident = get(key);
    return resident != null
        ? resident
        : activities.fly(key, Flight.Wait.FOR_LOADER, flight -> load(key, loader, flight));
  }

  private @Nullable Resident<V> load(K key, Loader<K, V> loader, @Nullable Flight<V> flight) {
    boolean mayStore = flight != null && versions.isQuiet(key);
    Resident<V> present = get(key);
    if (present != null) {
      return present;
    }
    Loader.Loaded<V> loaded;
    try {
      loaded = loader.load(key);
    } catch (RuntimeException e) {
      return staleInstead(key, e);
    }
    if (loaded == null) {
      return null;
    }
    V value = loaded.value();
    Resident<V> next = resident(value, loaded.expiresAtMillis(), versions.begin(key));
    versions.end(key);
    boolean stored =
        mayStore
            && flight != null
            && (next.isTimeless() || !next.isOverAt(clock.millis()))
            && flight.copyUp(() -> fill(key, next));
    if (stored) {
      tellEvictions();
      loader.stored(key, value);
    }
    return next;
  }

  /** What a soft purge left of the key, to be served as its origin fails; rethrows if nothing. */
  private Resident<V> staleInstead(K key, RuntimeException failure) {
    Resident<V> stale = getStale(key);
    if (stale == null) {
      throw failure;
    }
    System.getLogger(ObjectStack.class.getName())
        .log(
            System.Logger.Level.WARNING,
            "the loader failed ({0}): an entry is served stale",
            failure.getClass().getName());
    return stale;
  }

  /** One that is too large for the heap is no failure of the read: the value is there. */
  private boolean fill(K key, Resident<V> loaded) {
    try {
      return insert(key, loaded);
    } catch (EntryTooLargeException e) {
      // Looked up here since a logger costs a first cache more time than all of its own classes.
      System.getLogger(ObjectStack.class.getName())
          .log(System.Logger.Level.WARNING, "a loaded entry is not cached: " + e.getMessage());
      return false;
    }
  }

  @Override
  public void put(K key, V value, long expiresAtMillis) {
    Resident<V> next = resident(value, expiresAtMillis, versions.begin(key));
    try {
      activities.cancelFlight(key);
      Resident<V> current;
      do {
        current = heap.peek(key);
      } while (!heap.compareAndSet(key, current, next));
    } finally {
      versions.end(key);
    }
    tellEvictions();
  }

  @Override
  public boolean compareAndSet(
      K key, @Nullable Resident<V> expected, V value, long expiresAtMillis) {
    Resident<V> next = resident(value, expiresAtMillis, versions.begin(key));
    boolean changed = change(key, expected, next);
    tellEvictions();
    return changed;
  }

  /** Puts the entry if there is none, or one that is stale or purged. */
  private boolean insert(K key, Resident<V> next) {
    while (!heap.compareAndSet(key, null, next)) {
      Resident<V> current = heap.peek(key);
      if (current != null) {
        if (!current.isLabelled() || current.isOverAt(clock.millis())) {
          return false;
        }
        Resident<V> present = present(key, current);
        if (present != null && present.freshness() == Freshness.FRESH) {
          return false;
        }
        if (present != null && heap.compareAndSet(key, present, next)) {
          return true;
        }
      }
    }
    return true;
  }

  private void tellEvictions() {
    if (evictions != null) {
      evictions.tell();
    }
  }

  @Override
  public boolean remove(K key, Resident<V> expected) {
    long unused = versions.begin(key);
    return change(key, expected, null);
  }

  /** Makes a change that was begun. */
  private boolean change(K key, @Nullable Resident<V> expected, @Nullable Resident<V> next) {
    try {
      activities.cancelFlight(key);
      return (expected == null && next != null)
          ? insert(key, next)
          : heap.compareAndSet(key, expected, next);
    } finally {
      versions.end(key);
    }
  }

  @Override
  public boolean remove(K key) {
    long unused = versions.begin(key);
    try {
      activities.cancelFlight(key);
      for (Resident<V> current = peek(key); current != null; current = peek(key)) {
        if (heap.compareAndSet(key, current, null)) {
          return true;
        }
      }
      removeStale(key);
      return false;
    } finally {
      versions.end(key);
    }
  }

  @Override
  public void removeRemains(K key) {
    activities.cancelFlight(key);
    removeStale(key);
  }

  private void removeStale(K key) {
    Resident<V> current = heap.peek(key);
    while (current != null && current.isLabelled()) {
      Resident<V> present = present(key, current);
      if (present == null
          || present.freshness() == Freshness.FRESH
          || heap.compareAndSet(key, present, null)) {
        return;
      }
      current = heap.peek(key);
    }
  }

  /** An update may just have put another copy in the place of {@code resident}. */
  @Override
  public void touch(K key, Resident<V> resident, long expiresAtMillis) {
    resident.expireAt(expiresAtMillis);
    Resident<V> current = operations == null ? null : heap.peek(key);
    if (current != null && current != resident && current.version() == resident.version()) {
      current.expireAt(expiresAtMillis);
    }
  }

  @Override
  public Iterator<Map.Entry<K, Resident<V>>> iterator() {
    return new LiveEntries<>(heap.iterator(), this::live);
  }

  @Override
  public void undoPending() {
    activities.clearing(() -> {});
  }

  @Override
  public void clear() {
    activities.clearing(heap::clear);
  }

  @Override
  public boolean keepsObjects() {
    return true;
  }

  @Override
  public boolean keepsBytesAlone() {
    return false;
  }

  @Override
  public List<TierStatistics> statistics() {
    return List.of(new TierCounters().statistics(heap.name(), heap.usage()));
  }

  @Override
  public void destroy() {
    close();
  }

  @Override
  public void close() {
    heap.close();
  }

  private @Nullable Resident<V> peek(K key) {
    Resident<V> resident = heap.peek(key);
    return resident == null || resident.isTimeless() ? resident : live(key, resident);
  }

  /** The resident itself while it lives; otherwise it is removed, but for a stale one. */
  private @Nullable Resident<V> live(K key, Resident<V> resident) {
    Resident<V> present = present(key, resident);
    return present != null && present.freshness() == Freshness.FRESH ? present : null;
  }

  /** As {@link #live}, but what is stale counts, too; it may stand in the place of the resident. */
  @Nullable Resident<V> present(K key, Resident<V> resident) {
    if (!resident.isOverAt(clock.millis())) {
      ObjectOperations<K, V> labels = resident.isLabelled() ? operations : null;
      return labels == null ? resident : labels.settle(key, resident);
    }
    listener.expired(key, resident, () -> heap.compareAndSet(key, resident, null));
    return null;
  }

  private Resident<V> resident(V value, long expiresAtMillis, long version) {
    boolean timeless = expiresAtMillis == EntryHeader.NEVER && ttlMillis == EntryHeader.NEVER;
    long now = timeless ? Resident.NOT_RECORDED : clock.millis();
    return new Resident<>(
        value,
        version,
        now,
        expiresAtMillis,
        EntryHeader.deadline(now, ttlMillis),
        shareable.test(value));
  }
}
