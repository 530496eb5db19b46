package io.terrace.jcache;

import io.terrace.jcache.event.Stripe;
import io.terrace.stack.Stack;
import io.terrace.tier.Resident;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * The three changes an entry can undergo, each one a compare-and-set against what the caller saw:
 * expiry is asked, the stack commits, the event is queued. Every change of a user's goes through
 * here, except for a put that nobody watches. Thread safe.
 */
final class Commits<K, V> {
  private final Stack<K, V> stack;
  private final Deadlines deadlines;
  private final Copies<K, V> copies;
  private final ChangeOrder<K, V> order;

  /** What became of an attempt. */
  enum Outcome {
    DONE,
    /** There was nothing to store: the entry is over as it begins. */
    OVER,
    /** A purge came while the value was staged, and undid it. */
    PURGED,
    /** The key holds something else by now. */
    CONFLICT
  }

  Commits(Stack<K, V> stack, Deadlines deadlines, Copies<K, V> copies, ChangeOrder<K, V> order) {
    this.stack = stack;
    this.deadlines = deadlines;
    this.copies = copies;
    this.order = order;
  }

  /**
   * Stores an entry for a key that holds none.
   *
   * @param stripe of the key if the change is ordered, or null
   * @param value owned by the cache
   */
  Outcome create(@Nullable Stripe stripe, K key, V value) {
    long deadline = deadlines.onCreation(value);
    if (deadline == Deadlines.OVER) {
      return Outcome.OVER;
    }
    K stored = copies.key(key);
    if (!stack.compareAndSet(stored, null, value, deadline)) {
      return refusal(value);
    }
    if (stripe != null) {
      order.publish(stripe, EventType.CREATED, stored, stack.committed(stored, value), null);
    }
    return Outcome.DONE;
  }

  /** Replaces the value of {@code current}; an update after which the entry is over removes it. */
  Outcome update(@Nullable Stripe stripe, K key, Resident<V> current, V value) {
    return update(stripe, key, current, value, current.expiresAtMillis());
  }

  /**
   * @param currentDeadline the deadline of the entry, after a read of it that came first
   */
  Outcome update(
      @Nullable Stripe stripe, K key, Resident<V> current, V value, long currentDeadline) {
    long deadline = deadlines.onUpdate(value, currentDeadline);
    boolean over = deadline == Deadlines.OVER;
    K stored = copies.key(key);
    boolean done =
        over ? stack.remove(key, current) : stack.compareAndSet(stored, current, value, deadline);
    if (!done) {
      return refusal(value);
    }
    if (stripe != null) {
      V next = stack.committed(stored, value);
      order.publish(stripe, EventType.UPDATED, stored, next, stack.retained(stored, current));
      if (over) {
        order.publish(stripe, EventType.EXPIRED, stored, next, next);
      }
    }
    return Outcome.DONE;
  }

  private Outcome refusal(V value) {
    return stack.wasPurged(value) ? Outcome.PURGED : Outcome.CONFLICT;
  }

  /** Puts a value whatever the key holds, where nobody watches and no deadline depends on it. */
  Outcome put(K key, V value) {
    long deadline = deadlines.onCreation(value);
    if (deadline == Deadlines.OVER) { // as its user said
      boolean unused = stack.remove(key);
      return Outcome.OVER;
    }
    stack.put(copies.key(key), value, deadline);
    return stack.wasPurged(value) ? Outcome.PURGED : Outcome.DONE;
  }

  /** Creates or updates, whatever {@code current} says the key holds. */
  Outcome store(@Nullable Stripe stripe, K key, @Nullable Resident<V> current, V value) {
    return current == null
        ? create(stripe, key, value)
        : update(stripe, key, current, value, current.expiresAtMillis());
  }

  /** Removes {@code current}; false if the key holds something else by now. */
  boolean remove(@Nullable Stripe stripe, K key, Resident<V> current) {
    if (!stack.remove(key, current)) {
      return false;
    }
    if (stripe != null) {
      K stored = copies.key(key);
      V last = stack.retained(stored, current);
      order.publish(stripe, EventType.REMOVED, stored, last, last);
    }
    return true;
  }

  /**
   * The writer did what the cache then could not follow: what the cache holds is older than what
   * the writer stored, so the cache lets go of it. Listeners hear as little of it as of an
   * eviction.
   *
   * @param failure gets what goes wrong with that, too
   */
  void letGo(K key, RuntimeException failure) {
    try {
      boolean unused = stack.remove(key);
    } catch (RuntimeException e) {
      if (e != failure) {
        failure.addSuppressed(e);
      }
    }
  }

  /** Moves the deadline of an entry that was read, if the policy says so. */
  void accessed(K key, Resident<V> resident) {
    if (deadlines.moveOnAccess()) {
      accessedUntil(key, resident, deadlines.onAccess(resident.expiresAtMillis()));
    }
  }

  /**
   * Moves the deadline of an entry to what {@link Deadlines#onAccess} said. If that fails the entry
   * is released, since no user gets it.
   */
  private void accessedUntil(K key, Resident<V> resident, long deadline) {
    if (deadline != resident.expiresAtMillis()) {
      try {
        stack.touch(key, resident, deadline);
      } catch (RuntimeException e) {
        stack.release(resident);
        throw e;
      }
    }
  }
}
