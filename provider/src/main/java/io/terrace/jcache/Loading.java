package io.terrace.jcache;

import io.terrace.jcache.Commits.Outcome;
import io.terrace.jcache.event.Stripe;
import io.terrace.jcache.integration.UserLoader;
import io.terrace.stack.Loader;
import io.terrace.stack.Stack;
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
  private final Deadlines deadlines;
  private final UserLoader<K, V> user;

  Loading(
      Stack<K, V> stack,
      Commits<K, V> commits,
      ChangeOrder<K, V> order,
      Copies<K, V> copies,
      Deadlines deadlines,
      UserLoader<K, V> user) {
    this.stack = stack;
    this.commits = commits;
    this.order = order;
    this.copies = copies;
    this.deadlines = deadlines;
    this.user = user;
  }

  /** Loads the value of an absent key and stores it; null if there is none. */
  @Nullable V load(K key) {
    OneLoad load = new OneLoad();
    try {
      Resident<V> resident = stack.getOrLoad(copies.key(key), load);
      return resident == null ? null : copies.valueOf(resident);
    } finally {
      load.end();
      order.deliver();
    }
  }

  /** Loads absent keys into {@code result} and stores them, with few calls of the loader. */
  void loadAll(Collection<K> absent, Map<K, V> result) {
    List<K> keys = new ArrayList<>(absent);
    for (int from = 0; from < keys.size(); from += BATCH) {
      List<K> batch = keys.subList(from, Math.min(keys.size(), from + BATCH));
      if (order.isOrdered()) {
        order.defer();
        try {
          new BatchLoad(batch, result).board();
        } finally {
          order.deliverDeferred();
        }
      } else {
        new BatchLoad(batch, result).board();
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
    loadAll(absent, new HashMap<>());
  }

  /** Loads all keys; a value that was written while the loader ran is newer, and left alone. */
  void reload(Collection<K> keys) {
    List<K> absent = new ArrayList<>();
    Map<K, Resident<V>> present = new HashMap<>();
    for (K key : keys) {
      Resident<V> resident = stack.get(key);
      if (resident == null) {
        absent.add(key);
      } else {
        present.put(key, resident);
      }
    }
    order.deliver();
    if (!present.isEmpty()) {
      Map<K, @Nullable V> loaded = user.loadAll(new ArrayList<>(present.keySet()));
      for (Map.Entry<K, Resident<V>> entry : present.entrySet()) {
        V value = loaded.get(entry.getKey());
        if (value != null) {
          replace(entry.getKey(), entry.getValue(), value);
        }
      }
    }
    loadAll(absent, new HashMap<>());
  }

  private void replace(K key, Resident<V> present, V value) {
    Stripe stripe = order.begin(key);
    try {
      Outcome unused = commits.update(stripe, key, present, copies.value(value));
    } finally {
      order.end(stripe);
    }
  }

  /**
   * One key's load. In an ordered cache the stripe of the key is held from the end of the user's
   * load over the stack's commit to the event. It is not waited for: a change that holds it may
   * itself wait for this flight. The value is then used but not stored.
   */
  private abstract class Load implements Loader<K, V> {
    private @Nullable Stripe stripe;

    @Override
    public final @Nullable Loaded<V> load(K key) {
      V value = fetch(key);
      if (value == null) {
        return null;
      }
      long deadline = deadlines.onCreation();
      if (deadline != Deadlines.OVER && order.isOrdered()) {
        stripe = order.tryBegin(key);
        deadline = stripe == null ? Deadlines.OVER : deadline;
      }
      return new Loaded<>(copies.value(value), deadline);
    }

    abstract @Nullable V fetch(K key);

    @Override
    public final void stored(K key, V value) {
      if (stripe != null) {
        order.publish(stripe, EventType.CREATED, key, value, null);
      }
    }

    /** To be called after the stack is done with the load, whatever became of it. */
    final void end() {
      order.end(stripe);
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
    private final Map<K, V> result;
    private final List<K> aboard = new ArrayList<>();
    private Map<K, @Nullable V> loaded = Map.of();
    private int next;

    BatchLoad(List<K> keys, Map<K, V> result) {
      this.keys = keys;
      this.result = result;
    }

    void board() {
      if (next == keys.size()) {
        loaded = aboard.isEmpty() ? loaded : user.loadAll(aboard);
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
      if (!seat.taken) {
        board();
      }
      if (resident != null) {
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
      @Nullable V fetch(K key) {
        taken = true;
        aboard.add(wanted);
        board();
        return loaded.get(wanted);
      }
    }
  }
}
