package io.terrace.jcache.event;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How deep the current thread is in ordered changes and listeners, of whatever caches, and which
 * events it still has to deliver. Exists only while it is in one; confined to its thread.
 */
final class Section {
  private static final ThreadLocal<Section> CURRENT = new ThreadLocal<>();

  private List<SyncLane.Due> due = new ArrayList<>(2);
  private int stripes;
  private int deferrals;
  private int listeners;

  static Section current() {
    Section section = CURRENT.get();
    if (section == null) {
      section = new Section();
      CURRENT.set(section);
    }
    return section;
  }

  static @Nullable Section existing() {
    return CURRENT.get();
  }

  /** Whether the thread holds a stripe of any cache. */
  boolean holdsStripe() {
    return stripes > 0;
  }

  boolean isInListener() {
    return listeners > 0;
  }

  void beginStripe() {
    stripes++;
  }

  void endStripe() {
    stripes--;
  }

  /** Until the matching {@link #endDeferral} nothing is delivered. */
  void beginDeferral() {
    deferrals++;
  }

  void endDeferral() {
    deferrals--;
  }

  void beginListening() {
    listeners++;
  }

  void endListening() {
    listeners--;
  }

  void add(SyncLane.Due delivery) {
    due.add(delivery);
  }

  /**
   * Delivers what is due, unless the thread still holds a stripe or deferred it.
   *
   * @throws javax.cache.event.CacheEntryListenerException the first failure of a listener
   */
  void deliver() {
    if (stripes > 0 || deferrals > 0) {
      return;
    }
    Throwable failure = null;
    while (!due.isEmpty()) {
      List<SyncLane.Due> batch = due;
      due = new ArrayList<>(2);
      for (SyncLane.Due one : batch) {
        if (one.lane.bring(one, this)) {
          failure = first(failure, one.delivery.failure());
        }
      }
    }
    if (listeners == 0) {
      CURRENT.remove();
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure; // a Registration throws nothing else
    }
  }

  private static @Nullable Throwable first(@Nullable Throwable one, @Nullable Throwable other) {
    if (one == null) {
      return other;
    }
    if (other != null && other != one) {
      one.addSuppressed(other);
    }
    return one;
  }
}
