package io.terrace.jcache;

import io.terrace.internal.concurrent.Contention;
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
 *
 * <p>A stream is taken in first, outside of any order, and only if there is a chance that it is to
 * be stored; what is decided then is decided again at the commit.
 *
 * <p>Over 400 lines since JSR-107 has ten ways to change one entry, each with its own statistics.
 */
final class EntryChanges<K, V> {
  private final Stack<K, V> stack;
  private final Commits<K, V> commits;
  private final ChangeOrder<K, V> order;
  private final Copies<K, V> copies;
  private final Copies<K, V> plainCopies;
  private final Handles<K, V> handles;
  private final Deadlines deadlines;
  private final boolean ignorePrevious;
  private final @Nullable UserWriter<K, V> writer;
  private final Contention contention;

  /** What an operation does with the entry it finds. */
  private enum Look {
    /** It compares it, or only wants to know whether there is one. */
    FIND,
    /** It gives the value to the user. */
    GET
  }

  EntryChanges(CacheParts<K, V> parts, Commits<K, V> commits, Handles<K, V> handles) {
    this.stack = parts.stack();
    this.commits = commits;
    this.order = parts.order();
    this.copies = parts.copies();
    this.plainCopies = parts.plainCopies();
    this.handles = handles;
    this.deadlines = parts.deadlines();
    this.ignorePrevious = deadlines.ignorePrevious();
    this.writer = parts.writer();
    this.contention = parts.contention();
  }

  void put(K key, V value, @Nullable Cell cell) {
    if (handles.areStreams()) {
      putStream(key, value, cell);
      return;
    }
    long started = Cell.startPut(cell);
    if (ignorePrevious && !order.isOrdered()) {
      stack.put(copies.key(key), plainCopies.value(value), deadlines.onCreation());
      Cell.put(cell, started);
      return;
    }
    Outcome unused = put(key, value, copies.value(value), cell, started);
  }

  private void putStream(K key, V value, @Nullable Cell cell) {
    long started = Cell.startPut(cell);
    V staged = handles.take(key, value);
    try {
      Outcome unused = put(key, value, staged, cell, started);
    } finally {
      handles.end(value, staged);
    }
  }

  /** Puts a stream that its user pushed; there is no writer that could read it. */
  Outcome putPushed(K key, V staged, @Nullable Cell cell) {
    return put(key, staged, staged, cell, Cell.startPut(cell));
  }

  private Outcome put(K key, V value, V stored, @Nullable Cell cell, long started) {
    Outcome outcome;
    Stripe stripe = order.begin(key);
    try {
      write(key, value);
      try {
        boolean blind = stripe == null && ignorePrevious;
        outcome = blind ? commits.put(key, stored) : store(stripe, key, stored);
      } catch (RuntimeException e) {
        throw afterWriter(key, e);
      }
      if (outcome == Outcome.DONE) {
        Cell.put(cell, started);
      }
    } finally {
      order.end(stripe);
    }
    return outcome;
  }

  private Outcome store(@Nullable Stripe stripe, K key, V stored) {
    Outcome outcome = commits.store(stripe, key, stack.find(key), stored);
    int conflicts = 0;
    while (outcome == Outcome.CONFLICT) {
      conflicts = contention.after(conflicts);
      outcome = commits.store(stripe, key, stack.find(key), stored);
    }
    return outcome;
  }

  @Nullable V getAndPut(K key, V value, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    V stored = handles.take(key, value);
    Resident<V> before = null;
    V result = null;
    try {
      Stripe stripe = order.begin(key);
      try {
        before = stack.get(key);
        write(key, value);
        Outcome outcome;
        try {
          outcome = commits.store(stripe, key, before, stored);
          int conflicts = 0;
          while (outcome == Outcome.CONFLICT) {
            handles.release(before);
            conflicts = contention.after(conflicts);
            before = stack.get(key);
            outcome = commits.store(stripe, key, before, stored);
          }
        } catch (RuntimeException e) {
          throw afterWriter(key, e);
        }
        if (outcome == Outcome.DONE) {
          Cell.put(cell, started);
        }
        found(before, cell, started);
      } finally {
        order.end(stripe);
      }
      result = before == null ? null : copies.valueOf(before);
      return result;
    } finally {
      handles.end(value, stored);
      releaseUnless(result, before);
    }
  }

  /** Closes an entry whose value goes to no user, since something failed after it was found. */
  private void releaseUnless(@Nullable V result, @Nullable Resident<V> found) {
    if (result == null) {
      handles.release(found);
    }
  }

  boolean putIfAbsent(K key, V value, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    boolean look = handles.areStreams() || !order.isOrdered();
    if (look && isPresent(key, value)) {
      Cell.hit(cell, started);
      return false;
    }
    V stored = handles.take(key, value);
    try {
      return putIfAbsent(key, value, stored, cell, started);
    } finally {
      handles.end(value, stored);
    }
  }

  /** Whether there is an entry, so that a value need not be taken in; then it is refused. */
  private boolean isPresent(K key, V value) {
    boolean wanted = false;
    try {
      boolean present = stack.find(key) != null;
      order.deliver();
      wanted = !present;
      return present;
    } finally {
      if (!wanted) {
        handles.refuse(value);
      }
    }
  }

  private boolean putIfAbsent(K key, V value, V stored, @Nullable Cell cell, long started) {
    Stripe stripe = order.begin(key);
    try {
      if (stripe != null && stack.find(key) != null) {
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
    int conflicts = 0;
    while (outcome == Outcome.CONFLICT) {
      if (writer == null && stack.find(key) != null) {
        return outcome;
      }
      conflicts = contention.after(conflicts);
      outcome = commits.store(stripe, key, writer == null ? null : stack.find(key), stored);
    }
    return outcome;
  }

  boolean replace(K key, V value, @Nullable Cell cell) {
    return swap(key, null, value, Look.FIND, cell) != null;
  }

  @Nullable V getAndReplace(K key, V value, @Nullable Cell cell) {
    Resident<V> before = swap(key, null, value, Look.GET, cell);
    return before == null ? null : copies.valueOf(before);
  }

  boolean replace(K key, V expected, V value, @Nullable Cell cell) {
    return swap(key, expected, value, Look.FIND, cell) != null;
  }

  /**
   * Replaces the value of an entry; returns what it replaced, or null if there was nothing to.
   *
   * @param expected the value the entry must have, or null for any
   */
  private @Nullable Resident<V> swap(
      K key, @Nullable V expected, V value, Look look, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    if (handles.areStreams() && !canSwap(key, expected, value, cell, started)) {
      return null;
    }
    V stored = handles.take(key, value);
    try {
      return swap(key, expected, value, stored, look, cell, started);
    } finally {
      handles.end(value, stored);
    }
  }

  /** Whether there is a reason to read a stream that is to replace another. */
  private boolean canSwap(K key, @Nullable V expected, V value, @Nullable Cell cell, long started) {
    boolean wanted = false;
    try {
      Resident<V> present = stack.find(key);
      boolean can = matches(present, expected);
      if (!can) {
        looked(key, present, cell, started);
      }
      order.deliver();
      wanted = can;
      return can;
    } finally {
      if (!wanted) {
        handles.refuse(value);
      }
    }
  }

  private @Nullable Resident<V> swap(
      K key,
      @Nullable V expected,
      V value,
      V stored,
      Look look,
      @Nullable Cell cell,
      long started) {
    Resident<V> before = null;
    boolean done = false;
    try {
      Stripe stripe = order.begin(key);
      boolean swapped = false;
      try {
        before = look(key, look);
        boolean written = false;
        int conflicts = 0;
        Outcome outcome = Outcome.CONFLICT;
        while (outcome == Outcome.CONFLICT && before != null && matches(before, expected)) {
          written = writeOnce(written, key, value);
          outcome = update(stripe, key, before, stored, written);
          if (outcome == Outcome.CONFLICT) {
            handles.release(before);
            conflicts = contention.after(conflicts);
            before = look(key, look);
          }
        }
        swapped = outcome != Outcome.CONFLICT && (outcome != Outcome.PURGED || written);
        if (swapped) {
          Cell.hit(cell, started);
          Cell.put(cell, started);
        } else {
          looked(key, outcome == Outcome.PURGED ? null : before, cell, started);
        }
      } finally {
        order.end(stripe);
      }
      done = swapped;
      return done ? before : null;
    } finally {
      if (!done) {
        handles.release(before);
      }
    }
  }

  /** Replaces what was found; if the writer has written already, whatever is there instead. */
  private Outcome update(
      @Nullable Stripe stripe, K key, Resident<V> before, V stored, boolean written) {
    try {
      Outcome outcome = commits.update(stripe, key, before, stored);
      return outcome == Outcome.CONFLICT && written ? store(stripe, key, stored) : outcome;
    } catch (RuntimeException e) {
      throw afterWriter(key, e);
    }
  }

  private @Nullable Resident<V> look(K key, Look look) {
    return look == Look.GET ? stack.latest(key) : stack.find(key);
  }

  private static <V> boolean matches(@Nullable Resident<V> present, @Nullable V expected) {
    return present != null && (expected == null || present.value().equals(expected));
  }

  boolean remove(K key, @Nullable Cell cell) {
    long started = Cell.startRemoval(cell);
    boolean removed;
    if (order.isOrdered()) {
      removed = removeAndGet(key, Look.FIND) != null;
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
    Resident<V> before = removeAndGet(key, Look.GET);
    if (before != null) {
      Cell.removal(cell, started);
    }
    found(before, cell, started);
    return before == null ? null : copies.valueOf(before);
  }

  /** Removes the entry; returns what it was, or null. The writer deletes the key in any case. */
  private @Nullable Resident<V> removeAndGet(K key, Look look) {
    Resident<V> before = null;
    boolean done = false;
    try {
      Stripe stripe = order.begin(key);
      try {
        if (writer != null) {
          writer.delete(key);
        }
        before = look(key, look);
        boolean remains = true;
        int conflicts = 0;
        while (before == null ? remains : !commits.remove(stripe, key, before)) {
          if (before == null) {
            stack.removeRemains(key);
            remains = false;
          } else {
            conflicts = contention.after(conflicts);
          }
          handles.release(before);
          before = look(key, look);
        }
      } catch (CacheWriterException e) {
        throw e; // nothing was deleted
      } catch (RuntimeException e) {
        throw afterWriter(key, e);
      } finally {
        order.end(stripe);
      }
      done = true;
      return before;
    } finally {
      if (!done) {
        handles.release(before);
      }
    }
  }

  boolean remove(K key, V expected, @Nullable Cell cell) {
    long started = Cell.startGet(cell);
    Stripe stripe = order.begin(key);
    try {
      Resident<V> before = stack.find(key);
      boolean deleted = false;
      boolean removed = false;
      int conflicts = 0;
      while (!removed && before != null && (deleted || before.value().equals(expected))) {
        if (writer != null && !deleted) {
          writer.delete(key);
          deleted = true;
        }
        try {
          removed = commits.remove(stripe, key, before);
          if (!removed) {
            conflicts = contention.after(conflicts);
            before = stack.find(key);
          }
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

  private static void found(@Nullable Resident<?> before, @Nullable Cell cell, long started) {
    if (before == null) {
      Cell.miss(cell, started);
    } else {
      Cell.hit(cell, started);
    }
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
