package io.terrace.stack;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.TierCopy;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The only tier of an {@link ObjectStack}. Everything is a compare-and-set. Thread safe. */
final class ObjectOperations<K, V> implements TierOperations<K> {
  private final ObjectStack<K, V> stack;
  private final ObjectTier<K, V> heap;
  private final Versions versions;
  private final Activities<K, V> activities;
  private final TierEvents<K> events;
  private final Class<?> keyType;
  private final HeapTags<K, V> tags;
  private final List<String> names;

  ObjectOperations(
      ObjectStack<K, V> stack,
      ObjectTier<K, V> heap,
      Versions versions,
      Activities<K, V> activities,
      StackListener<K, V> listener,
      Class<?> keyType) {
    this.stack = stack;
    this.heap = heap;
    this.versions = versions;
    this.activities = activities;
    this.events = new TierEvents<>(listener, heap.name());
    this.keyType = keyType;
    this.tags = new HeapTags<>(heap);
    this.names = List.of(heap.name());
  }

  /** An entry as the purges by tag leave it; see {@link HeapTags#settle}. */
  @Nullable Resident<V> settle(K key, Resident<V> resident) {
    return tags.settle(key, resident);
  }

  /** What the heap has of the key, stale or not. */
  private @Nullable Resident<V> present(K key) {
    Resident<V> resident = heap.peek(key);
    return resident == null || resident.isTimeless() ? resident : stack.present(key, resident);
  }

  @Override
  public List<String> tiers() {
    return names;
  }

  @Override
  public List<TierCopy> residency(K key) {
    Resident<V> present = present(key);
    return present == null
        ? List.of()
        : List.of(new TierCopy(TieredOperations.info(heap.name(), present), -1));
  }

  @Override
  public boolean promote(K key, String tier) {
    int unused = TierNames.indexOf(names, tier);
    return stack.contains(key);
  }

  @Override
  public PurgeReceipt purge(K key, PurgeReason reason, Set<String> from) {
    for (String tier : from) {
      int unused = TierNames.indexOf(names, tier);
    }
    Receipts receipts = new Receipts(names);
    long unused = versions.begin(key);
    Resident<V> purged;
    try {
      activities.cancelFlight(key); // what is being loaded now is what is to be purged
      Resident<V> present = present(key);
      while (present != null && !heap.compareAndSet(key, present, null)) {
        present = present(key);
      }
      purged = present;
    } finally {
      versions.end(key);
    }
    if (purged != null) {
      receipts.note(heap.name(), Outcome.DONE);
      events.left(key, heap.name(), purged.version(), reason);
    }
    return receipts.receipt();
  }

  @Override
  public PurgeReceipt purge(K key, PurgeMode mode) {
    if (mode == PurgeMode.HARD) {
      return purge(key, PurgeReason.INVALIDATION, Set.of());
    }
    Receipts receipts = new Receipts(names);
    long unused = versions.begin(key);
    try {
      activities.cancelFlight(key);
      Resident<V> present = present(key);
      while (present != null && !soften(key, present, receipts)) {
        present = present(key);
      }
    } finally {
      versions.end(key);
    }
    return receipts.receipt();
  }

  private boolean soften(K key, Resident<V> present, Receipts receipts) {
    if (!replace(key, present, present.metadata(), present.expiresAtMillis(), Freshness.STALE)) {
      return false;
    }
    receipts.note(heap.name(), Outcome.DONE);
    return true;
  }

  /** Changes what is said of an entry; an access may move its deadline at the same moment. */
  private boolean replace(
      K key, Resident<V> present, Metadata metadata, long expiresAtMillis, Freshness freshness) {
    long seen = present.expiresAtMillis();
    Resident<V> next = present.with(metadata, freshness, expiresAtMillis);
    if (!heap.compareAndSet(key, present, next)) {
      return false;
    }
    long now = present.expiresAtMillis();
    if (now != seen) {
      next.expireAt(now);
    }
    return true;
  }

  @Override
  public boolean update(K key, long version, MetadataUpdate update) {
    while (true) {
      Resident<V> present = present(key);
      if (present == null || present.version() != version) {
        return false;
      }
      Metadata metadata = update.metadata() == null ? present.metadata() : update.metadata();
      Long deadline = update.expiresAtMillis();
      long expiresAt = deadline == null ? present.expiresAtMillis() : deadline;
      Freshness freshness = update.freshness() == null ? present.freshness() : update.freshness();
      if (replace(key, present, metadata, expiresAt, freshness)) {
        return true;
      }
    }
  }

  @Override
  public PurgeReceipt purgeTag(String tag, PurgeMode mode) {
    tags.purge(tag, mode, versions.seal());
    Receipts receipts = new Receipts(names);
    receipts.noteUncounted(heap.name(), Outcome.DONE);
    return receipts.receipt();
  }

  @Override
  public PurgeReceipt purgePrefix(String prefix, PurgeMode mode) {
    TierNames.requireStrings(keyType);
    activities.clearing(() -> {}); // what is being loaded now is what is to be purged
    Receipts receipts = new Receipts(names);
    for (Iterator<Map.Entry<K, Resident<V>>> all = heap.iterator(); all.hasNext(); ) {
      Map.Entry<K, Resident<V>> entry = all.next();
      if (TierNames.hasPrefix(entry.getKey(), prefix)) {
        Resident<V> present = stack.present(entry.getKey(), entry.getValue());
        if (present != null) {
          purgeSeen(entry.getKey(), present, mode, receipts);
        }
      }
    }
    return receipts.receipt();
  }

  /** Purges an entry unless it was replaced since it was seen. */
  private void purgeSeen(K key, Resident<V> seen, PurgeMode mode, Receipts receipts) {
    if (mode == PurgeMode.SOFT) {
      boolean unused = seen.freshness() == Freshness.FRESH && soften(key, seen, receipts);
    } else if (heap.compareAndSet(key, seen, null)) {
      receipts.note(heap.name(), Outcome.DONE);
      events.left(key, heap.name(), seen.version(), PurgeReason.INVALIDATION);
    }
  }
}
