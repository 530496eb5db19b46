package io.terrace.jcache;

import io.terrace.jcache.Commits.Outcome;
import io.terrace.jcache.event.Stripe;
import io.terrace.jcache.integration.UserLoader;
import io.terrace.stack.Loader;
import io.terrace.stack.Stack;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Read-through and {@code loadAll}. Every load of an absent key is a flight of the stack, which
 * others who want the key share, and whose value is not stored if the key was written or removed
 * meanwhile. Loaded values never reach the writer. Thread safe.
 */
final class Loading<K, V> {
  /** How many keys one call of the loader gets at most; each is a few frames on the call stack. */
  private static final int BATCH = 64;

  private final Stack<K, V> stack;
  private final Commits<K, V> commits;
  private final ChangeOrder<K, V> order;
  private final Copies<K, V> copies;
  private final Handles<K, V> handles;
  private final Deadlines deadlines;
  private final UserLoader<K, V> user;

  Loading(
      CacheParts<K, V> parts, Commits<K, V> commits, Handles<K, V> handles, UserLoader<K, V> user) {
    this.stack = parts.stack();
    this.commits = commits;
    this.order = parts.order();
    this.copies = parts.copies();
    this.handles = handles;
    this.deadlines = parts.deadlines();
    this.user = user;
  }

  /** Loads the value of an absent key and stores it; null if there is none. */
  @Nullable V load(K key) {
    OneLoad load = new OneLoad();
    Resident<V> resident = null;
    V result = null;
    try {
      try {
        resident = stack.getOrLoad(copies.key(key), load);
      } finally {
        load.end();
        order.deliver();
      }
      result = resident == null ? null : copies.valueOf(resident);
      return result;
    } finally {
      if (result == null) {
        handles.release(resident);
      }
    }
  }

  /**
   * Loads absent keys and stores them, with few calls of the loader.
   *
   * @param result gets the values; null if nobody wants them
   */
  void loadAll(Collection<K> absent, @Nullable Map<K, V> result) {
    List<K> keys = new ArrayList<>(absent);
    for (int from = 0; from < keys.size(); from += BATCH) {
      List<K> batch = keys.subList(from, Math.min(keys.size(), from + BATCH));
      if (order.isOrdered()) {
        order.defer();
        try {
          new BatchLoad(batch, result).run();
        } finally {
          order.deliverDeferred();
        }
      } else {
        new BatchLoad(batch, result).run();
      }
    }
  }

  /** Loads what is absent; a value that another thread stored meanwhile is left alone. */
  void loadAbsent(Collection<K> keys) {
    List<K> absent = new ArrayList<>();
    for (K key : keys) {
      if (!stack.contains(key)) {
        absent.add(key);
      }
    }
    order.deliver();
    loadAll(absent, null);
  }

  /** Loads all keys; a value that was written while the loader ran is newer, and left alone. */
  void reload(Collection<K> keys) {
    List<K> absent = new ArrayList<>();
    Map<K, Resident<V>> present = new HashMap<>();
    for (K key : keys) {
      Resident<V> resident = stack.find(key);
      if (resident == null) {
        absent.add(key);
      } else {
        present.put(key, resident);
      }
    }
    order.deliver();
    if (!present.isEmpty()) {
      Map<K, @Nullable V> loaded = user.loadAll(new ArrayList<>(present.keySet()));
      try {
        for (Map.Entry<K, Resident<V>> entry : present.entrySet()) {
          V value = loaded.get(entry.getKey());
          if (value != null) {
            replace(entry.getKey(), entry.getValue(), value);
          }
        }
      } finally {
        handles.refuseAll(loaded.values());
      }
    }
    loadAll(absent, null);
  }

  private void replace(K key, Resident<V> present, V value) {
    V stored = handles.takeLoaded(key, value);
    try {
      Stripe stripe = order.begin(key);
      try {
        Outcome unused = commits.update(stripe, key, present, stored);
      } finally {
        order.end(stripe);
      }
    } finally {
      handles.end(value, stored);
    }
  }

  /**
   * One key's load. In an ordered cache the stripe of the key is held from the end of the user's
   * load over the stack's commit to the event. It is not waited for: a change that holds it may
   * itself wait for this flight. The value is then used but not stored.
   *
   * <p>A stream is read to its end after the user's load; its deadline is asked and its stripe
   * taken only then.
   */
  private abstract class Load implements Loader<K, V> {
    private final Thread reader = Thread.currentThread();
    private @Nullable Stripe stripe;

    @Override
    public final @Nullable Loaded<V> load(K key) {
      V value = fetch(key);
      if (value == null) {
        return null;
      }
      if (handles.areStreams()) {
        return new Loaded<>(
            value, deadlines.storeNothing(value) ? Deadlines.OVER : EntryHeader.NEVER);
      }
      return new Loaded<>(copies.value(value), begin(key, value));
    }

    @Override
    public final long storing(K key, Loaded<V> loaded) {
      return begin(key, loaded.value());
    }

    /** Takes the stripe of a key that is to be stored, and says its deadline. */
    private long begin(K key, V value) {
      long deadline = deadlines.onCreation(value);
      if (deadline != Deadlines.OVER && order.isOrdered()) {
        stripe = order.tryBegin(key);
        deadline = stripe == null ? Deadlines.OVER : deadline;
      }
      return deadline;
    }

    abstract @Nullable V fetch(K key);

    @Override
    public final void stored(K key, V value) {
      if (stripe != null) {
        order.publish(stripe, EventType.CREATED, key, value, null);
      }
    }

    @Override
    public final void settled(K key) {
      if (stripe != null) {
        order.leave(stripe);
        stripe = null;
        if (Thread.currentThread() != reader) {
          order.deliver(); // the reader delivers what happens in its own thread
        }
      }
    }

    /** To be called after the stack is done with the load of an object, whatever became of it. */
    final void end() {
      if (!handles.areStreams()) {
        order.end(stripe);
      }
    }
  }

  private final class OneLoad extends Load {
    @Override
    @Nullable V fetch(K key) {
      return user.load(copies.key(key));
    }
  }

  /**
   * Loads many keys with one call of the loader. One key after the other takes off on its flight,
   * each inside of the one before; when all are aboard the innermost calls the loader, and the
   * flights land in reverse order. A key that another thread loads already, or that is no longer
   * absent, stays behind: its value comes from there.
   */
  private final class BatchLoad {
    private final List<K> keys;
    private final @Nullable Map<K, V> result;
    private final List<K> aboard = new ArrayList<>();
    private Map<K, @Nullable V> loaded = Map.of();
    private @Nullable RuntimeException failure;
    private int next;

    BatchLoad(List<K> keys, @Nullable Map<K, V> result) {
      this.keys = keys;
      this.result = result;
    }

    void run() {
      try {
        board();
      } finally {
        handles.refuseAll(loaded.values()); // streams that nobody fetched
      }
    }

    private void board() {
      if (next == keys.size()) {
        loaded = aboard.isEmpty() ? loaded : loadAboard();
        return;
      }
      K key = keys.get(next++);
      Seat seat = new Seat(key);
      Resident<V> resident;
      try {
        resident = stack.getOrLoad(copies.key(key), seat);
      } finally {
        seat.end();
      }
      if (resident != null) {
        keep(key, resident);
      }
      if (!seat.taken) {
        board();
      }
    }

    private Map<K, @Nullable V> loadAboard() {
      Map<K, @Nullable V> all;
      try {
        all = user.loadAll(aboard);
      } catch (RuntimeException e) {
        failure = e; // which the innermost flight may end without, if it has a stale entry to serve
        throw e;
      }
      return handles.areStreams() ? new HashMap<>(all) : all;
    }

    private void keep(K key, Resident<V> resident) {
      if (result == null) {
        handles.release(resident);
      } else {
        result.put(key, copies.valueOf(resident));
      }
    }

    private final class Seat extends Load {
      private final K wanted;
      private boolean taken;

      Seat(K wanted) {
        this.wanted = wanted;
      }

      @Override
      public boolean isToStoreOnly() {
        return result == null;
      }

      @Override
      @Nullable V fetch(K key) {
        if (taken) { // it could not be stored, and the first stream of it is used up
          return user.load(copies.key(key));
        }
        taken = true;
        aboard.add(wanted);
        board();
        if (failure != null) {
          throw failure;
        }
        return handles.areStreams() ? loaded.remove(wanted) : loaded.get(wanted);
      }
    }
  }
}
