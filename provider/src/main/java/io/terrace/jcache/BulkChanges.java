package io.terrace.jcache;

import io.terrace.internal.concurrent.Contention;
import io.terrace.jcache.Commits.Outcome;
import io.terrace.jcache.event.Stripe;
import io.terrace.jcache.integration.UserWriter;
import io.terrace.jcache.management.Cell;
import io.terrace.stack.BulkOperations;
import io.terrace.stack.Stack;
import io.terrace.tier.Resident;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/**
 * The operations on many keys. Without a writer each key is changed on its own; with one the writer
 * gets the whole batch, and the cache then changes exactly where the writer succeeded. A key that
 * fails stops no other; what went wrong is told at the end. Thread safe.
 */
final class BulkChanges<K, V> {
  /** How many keys {@link #removeAll(Cell)} takes at a time; bounds what it holds in memory. */
  private static final int BATCH = 1024;

  private final Stack<K, V> stack;
  private final Commits<K, V> commits;
  private final ChangeOrder<K, V> order;
  private final Copies<K, V> copies;
  private final Copies<K, V> plainCopies;
  private final Deadlines deadlines;
  private final Handles<K, V> handles;
  private final EntryChanges<K, V> changes;
  private final @Nullable UserWriter<K, V> writer;
  private final Contention contention;

  BulkChanges(
      CacheParts<K, V> parts,
      Commits<K, V> commits,
      Handles<K, V> handles,
      EntryChanges<K, V> changes) {
    this.stack = parts.stack();
    this.commits = commits;
    this.order = parts.order();
    this.copies = parts.copies();
    this.plainCopies = parts.plainCopies();
    this.deadlines = parts.deadlines();
    this.handles = handles;
    this.changes = changes;
    this.writer = parts.writer();
    this.contention = parts.contention();
  }

  void putAll(Map<? extends K, ? extends V> entries, @Nullable Cell cell) {
    BulkOperations<K, V> together = unwatched();
    try {
      if (together != null && deadlines.ignorePrevious()) {
        putTogether(together, entries, cell);
      } else if (writer == null) {
        putEach(entries, cell);
      } else {
        writeAndPut(writer, entries, cell);
      }
    } finally {
      handles.refuseAll(entries.values()); // what an error left behind
    }
  }

  /** What changes many keys at once, where neither a writer nor a listener has to hear of each. */
  private @Nullable BulkOperations<K, V> unwatched() {
    return writer == null && !order.isOrdered() ? stack.bulk() : null;
  }

  private void putTogether(
      BulkOperations<K, V> together, Map<? extends K, ? extends V> entries, @Nullable Cell cell) {
    long began = System.nanoTime();
    Together told = new Together(cell);
    Map<K, V> stored = new LinkedHashMap<>(entries.size() * 4 / 3 + 1);
    for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
      try {
        stored.put(copies.key(entry.getKey()), plainCopies.value(entry.getValue()));
      } catch (RuntimeException e) {
        told.failures.add(e);
      }
    }
    together.putAll(stored, deadlines.onCreation(), told);
    long share = (System.nanoTime() - began) / Math.max(1, entries.size());
    for (int i = 0; i < told.done; i++) {
      Cell.put(cell, Cell.before(Cell.startPut(cell), share));
    }
    told.failures.throwFirst();
  }

  private void removeTogether(
      BulkOperations<K, V> together, Collection<? extends K> keys, @Nullable Cell cell) {
    long began = System.nanoTime();
    Together told = new Together(cell);
    together.removeAll(keys, told);
    long share = (System.nanoTime() - began) / Math.max(1, keys.size());
    for (int i = 0; i < told.done; i++) {
      Cell.removal(cell, Cell.before(Cell.startRemoval(cell), share));
    }
    told.failures.throwFirst();
  }

  /** What became of keys that were changed together. */
  private final class Together implements BulkOperations.Outcome<K> {
    private final KeyFailures failures = new KeyFailures();
    private final boolean counts;
    private int done;

    Together(@Nullable Cell cell) {
      counts = cell != null;
    }

    @Override
    public boolean countsRemovals() {
      return counts;
    }

    @Override
    public void done(K key) {
      done++;
    }

    @Override
    public void failed(K key, RuntimeException cause) {
      failures.add(cause);
    }
  }

  private void putEach(Map<? extends K, ? extends V> entries, @Nullable Cell cell) {
    KeyFailures failures = new KeyFailures();
    for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
      try {
        changes.put(entry.getKey(), entry.getValue(), cell);
      } catch (RuntimeException e) {
        failures.add(e);
      }
    }
    failures.throwFirst();
  }

  /** A value on its way in: the user's, for the writer, and what was made of it for the cache. */
  private record Incoming<K, V>(Cache.Entry<K, V> entry, V stored) {}

  private void writeAndPut(
      UserWriter<K, V> to, Map<? extends K, ? extends V> entries, @Nullable Cell cell) {
    KeyFailures failures = new KeyFailures();
    List<Incoming<K, V>> all = new ArrayList<>(entries.size());
    try {
      takeAll(entries, all, failures);
      if (!all.isEmpty()) {
        writeAndPut(to, all, cell, failures);
      }
    } finally {
      for (Incoming<K, V> one : all) {
        handles.end(one.entry().getValue(), one.stored());
      }
    }
    failures.throwFirst();
  }

  private void takeAll(
      Map<? extends K, ? extends V> entries, List<Incoming<K, V>> all, KeyFailures failures) {
    for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
      K key = entry.getKey();
      V value = entry.getValue();
      try {
        all.add(new Incoming<>(new TerraceEntry<>(key, value), handles.take(key, value)));
      } catch (RuntimeException e) {
        failures.add(e);
      }
    }
  }

  private void writeAndPut(
      UserWriter<K, V> to, List<Incoming<K, V>> all, @Nullable Cell cell, KeyFailures failures) {
    List<K> keys = new ArrayList<>(all.size());
    List<Cache.Entry<K, V>> batch = new ArrayList<>(all.size());
    for (Incoming<K, V> one : all) {
      keys.add(one.entry().getKey());
      batch.add(one.entry());
    }
    BitSet held = order.beginAll(keys);
    try {
      CacheWriterException ofWriter = to.writeAll(batch);
      Set<K> failed = new HashSet<>();
      if (ofWriter != null) {
        failures.add(ofWriter);
        batch.forEach(entry -> failed.add(entry.getKey()));
      }
      for (Incoming<K, V> one : all) {
        if (!failed.contains(one.entry().getKey())) {
          put(one.entry().getKey(), one.stored(), cell, failures);
        }
      }
    } finally {
      order.endAll(held);
    }
  }

  private void put(K key, V stored, @Nullable Cell cell, KeyFailures failures) {
    long started = Cell.startPut(cell);
    Outcome outcome;
    try {
      Stripe stripe = order.held(key);
      outcome = commits.store(stripe, key, stack.find(key), stored);
      int conflicts = 0;
      while (outcome == Outcome.CONFLICT) {
        conflicts = contention.after(conflicts);
        outcome = commits.store(stripe, key, stack.find(key), stored);
      }
    } catch (RuntimeException e) {
      commits.letGo(key, e);
      failures.add(e);
      return;
    }
    if (outcome == Outcome.DONE) {
      Cell.put(cell, started);
    }
  }

  void removeAll(Collection<? extends K> keys, @Nullable Cell cell) {
    if (writer != null) {
      deleteAndRemove(writer, keys, cell);
      return;
    }
    BulkOperations<K, V> together = unwatched();
    if (together != null) {
      removeTogether(together, keys, cell);
      return;
    }
    KeyFailures failures = new KeyFailures();
    for (K key : keys) {
      try {
        changes.remove(key, cell);
      } catch (RuntimeException e) {
        failures.add(e);
      }
    }
    failures.throwFirst();
  }

  private void deleteAndRemove(
      UserWriter<K, V> from, Collection<? extends K> keys, @Nullable Cell cell) {
    BitSet held = order.beginAll(keys);
    try {
      List<K> batch = new ArrayList<>(keys);
      CacheWriterException ofWriter = from.deleteAll(batch);
      KeyFailures failures = new KeyFailures();
      if (ofWriter != null) {
        failures.add(ofWriter);
      }
      Set<K> failed = ofWriter == null ? Set.of() : new HashSet<>(batch);
      for (K key : keys) {
        if (!failed.contains(key)) {
          remove(key, cell, failures);
        }
      }
      failures.throwFirst();
    } finally {
      order.endAll(held);
    }
  }

  private void remove(K key, @Nullable Cell cell, KeyFailures failures) {
    long started = Cell.startRemoval(cell);
    Resident<V> present;
    try {
      Stripe stripe = order.held(key);
      present = stack.find(key);
      boolean remains = true;
      int conflicts = 0;
      while (present == null ? remains : !commits.remove(stripe, key, present)) {
        if (present == null) {
          stack.removeRemains(key);
          remains = false;
        } else {
          conflicts = contention.after(conflicts);
        }
        present = stack.find(key);
      }
    } catch (RuntimeException e) {
      commits.letGo(key, e);
      failures.add(e);
      return;
    }
    if (present != null) {
      Cell.removal(cell, started);
    }
  }

  /** Removes all entries there are; at once where nobody watches or counts. */
  void removeAll(@Nullable Cell cell) {
    if (cell == null && !order.isOrdered()) {
      stack.clear();
      return;
    }
    stack.undoPending();
    Iterator<Map.Entry<K, Resident<V>>> entries = stack.iterator();
    while (entries.hasNext()) {
      List<K> batch = new ArrayList<>();
      while (entries.hasNext() && batch.size() < BATCH) {
        batch.add(copies.key(entries.next().getKey()));
      }
      removeAll(batch, cell);
    }
    order.deliver();
  }
}
