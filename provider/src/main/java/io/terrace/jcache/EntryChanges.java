package io.terrace.jcache;

import io.terrace.jcache.Commits.Outcome;
import io.terrace.jcache.event.Stripe;
import io.terrace.jcache.integration.UserWriter;
import io.terrace.jcache.management.Cell;
import io.terrace.stack.Stack;
import io.terrace.tier.Resident;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/**
 * The atomic operations on one key: look, decide, commit if the key still holds what was seen, and
 * otherwise once more. Lock-free: an attempt fails only since another one succeeded. Thread safe.
 *
 * <p>With a writer an operation decides only once: the writer has done what was decided, and what
 * follows is bound to it. The stripe keeps other changes of this process away meanwhile, so that a
 * conflict can only mean that the entry was evicted or expired, or that the writer itself changed
 * it.
 */
final class EntryChanges<K, V> {
  private final Stack<K, V> stack;
  private final Commits<K, V> commits;
  private final ChangeOrder<K, V> order;
  private final Copies<K, V> copies;
  private final Copies<K, V> plainCopies;
  private final Deadlines deadlines;
  private final boolean ignorePrevious;
  private final @Nullable UserWriter<K, V> writer;

  /**
   * @param plainCopies see {@link CacheParts#plainCopies}
   * @param writer the user's, or null where the cache is not write-through
   */
  EntryChanges(
      Stack<K, V> stack,
      Commits<K, V> commits,
      ChangeOrder<K, V> order,
      Copies<K, V> copies,
      Copies<K, V> plainCopies,
      Deadlines deadlines,
      @Nullable UserWriter<K, V> writer) {
    this.stack = stack;
    this.commits = commits;
    this.order = order;
    this.copies = copies;
    this.plainCopies = plainCopies;
    this.deadlines = deadlines;
    this.ignorePrevious = deadlines.ignorePrevious();
    this.writer = writer;
  }

  void put(K key, V value, @Nullable Cell cell) {
    long started = Cell.startPut(cell);
    if (ignorePrevious && !order.isOrdered()) {
      stack.put(copies.key(key), plainCopies.value(value), deadlines.onCreation());
      Cell.put(cell, started);
      return;
    }
    V stored = copies.value(value);
    Stripe stripe = order.begin(key);
    try {
      write(key, value);
      Outcome outcome;
      try {
        outcome = store(stripe, key, stored);
      } catch (RuntimeException e) {
        throw afterWriter(key, e);
      }
      if (outcome == Outcome.DONE) {
        Cell.put(cell, started);
      }
    } finally {
      order.end(stripe);
    }
  }

  private Outcome store(@Nullable Stripe stripe, K key, V stored) {
    Outcome outcome;
    do {
      outcome = commits.store(stripe, key, stack.get(key), stored);
    } while (outcome == Outcome.CONFLICT);
    return outcome;
  }

  @Nullable V getAndPut(K key, V value, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    V stored = copies.value(value);
    Stripe stripe = order.begin(key);
    try {
      Resident<V> before = stack.get(key);
      write(key, value);
      Outcome outcome;
      try {
        outcome = commits.store(stripe, key, before, stored);
        while (outcome == Outcome.CONFLICT) {
          before = stack.get(key);
          outcome = commits.store(stripe, key, before, stored);
        }
      } catch (RuntimeException e) {
        throw afterWriter(key, e);
      }
      if (outcome == Outcome.DONE) {
        Cell.put(cell, started);
      }
      return found(before, cell, started);
    } finally {
      order.end(stripe);
    }
  }

  boolean putIfAbsent(K key, V value, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    Resident<V> present = order.isOrdered() ? null : stack.get(key);
    if (present != null) {
      Cell.hit(cell, started);
      return false;
    }
    V stored = copies.value(value);
    Stripe stripe = order.begin(key);
    try {
      if (stripe != null && stack.get(key) != null) {
        Cell.hit(cell, started);
        return false;
      }
      write(key, value);
      Outcome outcome;
      try {
        outcome = create(stripe, key, stored);
      } catch (RuntimeException e) {
        throw afterWriter(key, e);
      }
      if (outcome == Outcome.CONFLICT) {
        Cell.hit(cell, started);
        return false;
      }
      Cell.miss(cell, started);
      if (outcome == Outcome.DONE) {
        Cell.put(cell, started);
      }
      return outcome == Outcome.DONE;
    } finally {
      order.end(stripe);
    }
  }

  /** Stores an entry for an absent key; a conflict if it is there, unless the writer wrote it. */
  private Outcome create(@Nullable Stripe stripe, K key, V stored) {
    Outcome outcome = commits.create(stripe, key, stored);
    while (outcome == Outcome.CONFLICT) {
      if (writer == null && stack.get(key) != null) {
        return outcome;
      }
      outcome = commits.store(stripe, key, writer == null ? null : stack.get(key), stored);
    }
    return outcome;
  }

  boolean replace(K key, V value, @Nullable Cell cell) {
    return swap(key, null, value, cell) != null;
  }

  @Nullable V getAndReplace(K key, V value, @Nullable Cell cell) {
    Resident<V> before = swap(key, null, value, cell);
    return before == null ? null : copies.valueOf(before);
  }

  boolean replace(K key, V expected, V value, @Nullable Cell cell) {
    return swap(key, expected, value, cell) != null;
  }

  /**
   * Replaces the value of an entry; returns what it replaced, or null if there was nothing to.
   *
   * @param expected the value the entry must have, or null for any
   */
  private @Nullable Resident<V> swap(K key, @Nullable V expected, V value, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    V stored = copies.value(value);
    Stripe stripe = order.begin(key);
    try {
      Resident<V> before = stack.get(key);
      boolean written = false;
      while (before != null && (expected == null || before.value().equals(expected))) {
        written = writeOnce(written, key, value);
        Outcome outcome;
        try {
          outcome = commits.update(stripe, key, before, stored);
          if (outcome == Outcome.CONFLICT && written) {
            outcome = store(stripe, key, stored);
          }
        } catch (RuntimeException e) {
          throw afterWriter(key, e);
        }
        if (outcome != Outcome.CONFLICT) {
          Cell.hit(cell, started);
          Cell.put(cell, started);
          return before;
        }
        before = stack.get(key);
      }
      looked(key, before, cell, started);
      return null;
    } finally {
      order.end(stripe);
    }
  }

  boolean remove(K key, @Nullable Cell cell) {
    long started = Cell.startRemoval(cell);
    boolean removed;
    if (order.isOrdered()) {
      removed = removeAndGet(key) != null;
    } else {
      removed = stack.remove(key);
    }
    if (removed) {
      Cell.removal(cell, started);
    }
    return removed;
  }

  @Nullable V getAndRemove(K key, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    Resident<V> before = removeAndGet(key);
    if (before != null) {
      Cell.removal(cell, started);
    }
    return found(before, cell, started);
  }

  /** Removes the entry; returns what it was, or null. The writer deletes the key in any case. */
  private @Nullable Resident<V> removeAndGet(K key) {
    Stripe stripe = order.begin(key);
    try {
      if (writer != null) {
        writer.delete(key);
      }
      Resident<V> before = stack.get(key);
      while (before != null && !commits.remove(stripe, key, before)) {
        before = stack.get(key);
      }
      return before;
    } catch (CacheWriterException e) {
      throw e; // nothing was deleted
    } catch (RuntimeException e) {
      throw afterWriter(key, e);
    } finally {
      order.end(stripe);
    }
  }

  boolean remove(K key, V expected, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    Stripe stripe = order.begin(key);
    try {
      Resident<V> before = stack.get(key);
      boolean deleted = false;
      boolean removed = false;
      while (!removed && before != null && (deleted || before.value().equals(expected))) {
        if (writer != null && !deleted) {
          writer.delete(key);
          deleted = true;
        }
        try {
          removed = commits.remove(stripe, key, before);
          before = removed ? before : stack.get(key);
        } catch (RuntimeException e) {
          throw afterWriter(key, e);
        }
      }
      if (removed || deleted) { // with a writer it may have gone by itself meanwhile
        Cell.hit(cell, started);
        Cell.removal(cell, started);
        return true;
      }
      looked(key, before, cell, started);
      return false;
    } finally {
      order.end(stripe);
    }
  }

  private @Nullable V found(@Nullable Resident<V> before, @Nullable Cell cell, long started) {
    if (before == null) {
      Cell.miss(cell, started);
      return null;
    }
    Cell.hit(cell, started);
    return copies.valueOf(before);
  }

  /** A comparison that came to nothing is a miss, or else an access of the entry. */
  private void looked(K key, @Nullable Resident<V> present, @Nullable Cell cell, long started) {
    if (present == null) {
      Cell.miss(cell, started);
    } else {
      Cell.hit(cell, started);
      commits.accessed(key, present);
    }
  }

  private void write(K key, V value) {
    if (writer != null) {
      writer.write(new TerraceEntry<>(key, value));
    }
  }

  /** The cache failed where the writer, if there is one, has not. */
  private RuntimeException afterWriter(K key, RuntimeException failure) {
    if (writer != null) {
      commits.letGo(key, failure);
    }
    return failure;
  }

  private boolean writeOnce(boolean written, K key, V value) {
    if (!written) {
      write(key, value);
    }
    return writer != null;
  }
}
