package io.terrace.jcache;

import io.terrace.internal.concurrent.Contention;
import io.terrace.jcache.Commits.Outcome;
import io.terrace.jcache.event.Stripe;
import io.terrace.jcache.integration.Failures;
import io.terrace.jcache.integration.UserWriter;
import io.terrace.jcache.management.Cell;
import io.terrace.jcache.processor.EntrySource;
import io.terrace.jcache.processor.ProcessedEntry;
import io.terrace.jcache.processor.ProcessingResult;
import io.terrace.stack.Stack;
import io.terrace.tier.Resident;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.cache.CacheException;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/**
 * Runs entry processors. A processor works on a snapshot of its entry, without any lock held; its
 * net effect is committed if the key still holds that snapshot. If it does not, the processor is
 * run again on the new one, so it must be free of effects other than on its entry. The writer is
 * called and events are sent only for the run that is committed. A value that a read of an absent
 * entry loads is stored at once, as any read-through is. Thread safe.
 *
 * <p>Streams that the processor got are closed when it has returned. One that it set is read to its
 * end then, before the change begins, so that each run has to set a new one.
 */
final class Processing<K, V> {
  private final Stack<K, V> stack;
  private final Commits<K, V> commits;
  private final ChangeOrder<K, V> order;
  private final Handles<K, V> handles;
  private final Deadlines deadlines;
  private final EntrySource<K, V> source;
  private final @Nullable UserWriter<K, V> writer;
  private final Contention contention;

  Processing(
      CacheParts<K, V> parts,
      Commits<K, V> commits,
      Handles<K, V> handles,
      EntrySource<K, V> source) {
    this.stack = parts.stack();
    this.commits = commits;
    this.order = parts.order();
    this.handles = handles;
    this.deadlines = parts.deadlines();
    this.source = source;
    this.writer = parts.writer();
    this.contention = parts.contention();
  }

  <T> @Nullable T invoke(
      K key, EntryProcessor<K, V, T> processor, @Nullable Cell cell, Object... arguments) {
    long started = Cell.startGet(cell);
    int conflicts = 0;
    while (true) {
      ProcessedEntry<K, V> entry = new ProcessedEntry<>(source, key);
      try {
        T result = run(processor, entry, arguments);
        boolean present = cell != null && isPresent(key, entry);
        if (commit(key, entry, cell, started)) {
          count(present, cell, started);
          return result;
        }
      } finally {
        entry.end();
      }
      conflicts = contention.after(conflicts);
    }
  }

  /** Whether there was an entry for the processor to find, if it looked or not. */
  private boolean isPresent(K key, ProcessedEntry<K, V> entry) {
    if (entry.hasSnapshot()) {
      return entry.wasPresent();
    }
    boolean present = stack.contains(key);
    order.deliver();
    return present;
  }

  private static void count(boolean present, @Nullable Cell cell, long started) {
    if (present) {
      Cell.hit(cell, started);
    } else {
      Cell.miss(cell, started);
    }
  }

  private static <K, V, T> @Nullable T run(
      EntryProcessor<K, V, T> processor, ProcessedEntry<K, V> entry, Object... arguments) {
    try {
      return processor.process(entry, arguments);
    } catch (Exception e) {
      throw Failures.processing(e);
    }
  }

  /** Commits the effect of a run; false if it has to be run again. */
  private boolean commit(K key, ProcessedEntry<K, V> entry, @Nullable Cell cell, long started) {
    return switch (entry.effect()) {
      case NONE -> {
        Resident<V> before = entry.expected();
        if (before != null && entry.wasRead()) {
          commits.accessed(key, before);
        }
        yield true;
      }
      case SET -> set(key, entry, cell, started);
      case REMOVED -> change(key, entry, null, cell, started);
    };
  }

  private boolean set(K key, ProcessedEntry<K, V> entry, @Nullable Cell cell, long started) {
    if (handles.areStreams() && entry.hasSnapshot() && !isSame(entry.expected(), stack.find(key))) {
      return false; // before the stream is read for nothing
    }
    V value = entry.newValue();
    V stored = handles.take(key, value);
    try {
      return change(key, entry, stored, cell, started);
    } finally {
      handles.end(value, stored);
    }
  }

  /**
   * Changes the entry, in order if there is one.
   *
   * @param stored its new value, or null to remove it
   */
  private boolean change(
      K key, ProcessedEntry<K, V> entry, @Nullable V stored, @Nullable Cell cell, long started) {
    if (order.isOrdered()) {
      return changeInOrder(key, entry, stored, cell, started);
    }
    if (entry.hasSnapshot()) {
      return change(null, key, entry.expected(), entry, stored, cell, started) != Outcome.CONFLICT;
    }
    int conflicts = 0;
    while (change(null, key, stack.find(key), entry, stored, cell, started) == Outcome.CONFLICT) {
      conflicts = contention.after(conflicts);
    }
    return true;
  }

  private boolean changeInOrder(
      K key, ProcessedEntry<K, V> entry, @Nullable V stored, @Nullable Cell cell, long started) {
    Stripe stripe = order.begin(key);
    try {
      Resident<V> present = stack.find(key);
      if (entry.hasSnapshot() && !isSame(entry.expected(), present)) {
        return false;
      }
      write(key, entry);
      try {
        Outcome outcome = change(stripe, key, present, entry, stored, cell, started);
        int conflicts = 0;
        while (outcome == Outcome.CONFLICT && (writer != null || !entry.hasSnapshot())) {
          conflicts = contention.after(conflicts);
          outcome = change(stripe, key, stack.find(key), entry, stored, cell, started);
        }
        return outcome != Outcome.CONFLICT;
      } catch (RuntimeException e) {
        if (writer != null) {
          commits.letGo(key, e);
        }
        throw e;
      }
    } finally {
      order.end(stripe);
    }
  }

  private Outcome change(
      @Nullable Stripe stripe,
      K key,
      @Nullable Resident<V> before,
      ProcessedEntry<K, V> entry,
      @Nullable V stored,
      @Nullable Cell cell,
      long started) {
    Outcome outcome;
    if (stored != null) {
      outcome =
          before == null
              ? commits.create(stripe, key, stored)
              : commits.update(stripe, key, before, stored, deadline(before, entry));
    } else if (before == null) {
      stack.removeRemains(key);
      return stack.contains(key) ? Outcome.CONFLICT : Outcome.OVER;
    } else {
      outcome = commits.remove(stripe, key, before) ? Outcome.DONE : Outcome.CONFLICT;
    }
    if (outcome == Outcome.DONE && stored != null) {
      Cell.put(cell, started);
    } else if (outcome == Outcome.DONE) {
      Cell.removal(cell, started);
    }
    return outcome;
  }

  /** The deadline of an entry before it is updated: a read that came first may have moved it. */
  private long deadline(Resident<V> before, ProcessedEntry<K, V> entry) {
    return entry.wasRead()
        ? deadlines.onAccess(before.expiresAtMillis())
        : before.expiresAtMillis();
  }

  private void write(K key, ProcessedEntry<K, V> entry) {
    if (writer == null) {
      return;
    }
    if (entry.effect() == ProcessedEntry.Effect.SET) {
      writer.write(new TerraceEntry<>(key, entry.newValue()));
    } else {
      writer.delete(key);
    }
  }

  /** Whether both are the same committed write; a lower tier makes a new object of it each time. */
  private static <V> boolean isSame(@Nullable Resident<V> one, @Nullable Resident<V> other) {
    if (one == null || other == null) {
      return one == other;
    }
    return one == other || one.version() == other.version();
  }

  <T> Map<K, EntryProcessorResult<T>> invokeAll(
      Set<? extends K> keys,
      EntryProcessor<K, V, T> processor,
      @Nullable Cell cell,
      Object... arguments) {
    Map<K, EntryProcessorResult<T>> results = new HashMap<>(keys.size() * 4 / 3 + 1);
    for (K key : keys) {
      try {
        T result = invoke(key, processor, cell, arguments);
        if (result != null) {
          results.put(key, new ProcessingResult<>(result, null));
        }
      } catch (CacheException e) {
        results.put(key, new ProcessingResult<>(null, e));
      }
    }
    return results;
  }
}
