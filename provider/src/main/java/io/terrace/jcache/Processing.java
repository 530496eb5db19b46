package io.terrace.jcache;

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
 */
final class Processing<K, V> {
  private final Stack<K, V> stack;
  private final Commits<K, V> commits;
  private final ChangeOrder<K, V> order;
  private final Copies<K, V> copies;
  private final Deadlines deadlines;
  private final EntrySource<K, V> source;
  private final @Nullable UserWriter<K, V> writer;

  Processing(
      Stack<K, V> stack,
      Commits<K, V> commits,
      ChangeOrder<K, V> order,
      Copies<K, V> copies,
      Deadlines deadlines,
      EntrySource<K, V> source,
      @Nullable UserWriter<K, V> writer) {
    this.stack = stack;
    this.commits = commits;
    this.order = order;
    this.copies = copies;
    this.deadlines = deadlines;
    this.source = source;
    this.writer = writer;
  }

  <T> @Nullable T invoke(
      K key, EntryProcessor<K, V, T> processor, @Nullable Cell cell, Object... arguments) {
    long started = Cell.startGet(cell);
    Resident<V> before = stack.get(key);
    order.deliver();
    boolean present = before != null;
    while (true) {
      ProcessedEntry<K, V> entry = new ProcessedEntry<>(source, key, before);
      T result = run(processor, entry, arguments);
      if (commit(key, before, entry, cell, started)) {
        if (present) {
          Cell.hit(cell, started);
        } else {
          Cell.miss(cell, started);
        }
        return result;
      }
      before = stack.get(key);
      order.deliver();
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
  private boolean commit(
      K key,
      @Nullable Resident<V> before,
      ProcessedEntry<K, V> entry,
      @Nullable Cell cell,
      long started) {
    return switch (entry.effect()) {
      case NONE -> {
        if (before != null && entry.wasRead()) {
          commits.accessed(key, before);
        }
        yield true;
      }
      case SET, REMOVED -> {
        if (writer == null && !order.isOrdered()) {
          yield change(null, key, before, entry, cell, started) != Outcome.CONFLICT;
        }
        yield changeInOrder(key, before, entry, cell, started);
      }
    };
  }

  private Outcome change(
      @Nullable Stripe stripe,
      K key,
      @Nullable Resident<V> before,
      ProcessedEntry<K, V> entry,
      @Nullable Cell cell,
      long started) {
    boolean set = entry.effect() == ProcessedEntry.Effect.SET;
    Outcome outcome;
    if (set) {
      V stored = copies.value(entry.newValue());
      outcome =
          before == null
              ? commits.create(stripe, key, stored)
              : commits.update(stripe, key, before, stored, deadline(before, entry));
    } else if (before == null) {
      return entry.wasLoaded() && stack.contains(key) ? Outcome.CONFLICT : Outcome.OVER;
    } else {
      outcome = commits.remove(stripe, key, before) ? Outcome.DONE : Outcome.CONFLICT;
    }
    if (outcome == Outcome.DONE) {
      count(set, cell, started);
    }
    return outcome;
  }

  private static void count(boolean set, @Nullable Cell cell, long started) {
    if (set) {
      Cell.put(cell, started);
    } else {
      Cell.removal(cell, started);
    }
  }

  /** The deadline of an entry before it is updated: a read that came first may have moved it. */
  private long deadline(Resident<V> before, ProcessedEntry<K, V> entry) {
    return entry.wasRead()
        ? deadlines.onAccess(before.expiresAtMillis())
        : before.expiresAtMillis();
  }

  private boolean changeInOrder(
      K key,
      @Nullable Resident<V> before,
      ProcessedEntry<K, V> entry,
      @Nullable Cell cell,
      long started) {
    Stripe stripe = order.begin(key);
    try {
      Resident<V> present = stack.get(key);
      if (!isSame(before, present)) {
        return false;
      }
      write(key, entry);
      try {
        Outcome outcome = change(stripe, key, present, entry, cell, started);
        while (writer != null && outcome == Outcome.CONFLICT) {
          outcome = change(stripe, key, stack.get(key), entry, cell, started);
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
