package io.terrace.jcache;

import io.terrace.TierEvent;
import io.terrace.jcache.event.EventDispatcher;
import io.terrace.jcache.event.EventView;
import io.terrace.jcache.event.KeyOrder;
import io.terrace.jcache.event.Stripe;
import io.terrace.stack.Stack;
import io.terrace.stack.StackListener;
import io.terrace.stack.TierEventKind;
import io.terrace.tier.Change;
import io.terrace.tier.Resident;
import java.util.BitSet;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * The order of a cache's changes, as long as somebody cares for it: a writer or a listener. Without
 * them a change is one compare-and-set in the stack, and takes no lock here. What happens in the
 * tiers has no order, and is told at once. Thread safe.
 */
final class ChangeOrder<K, V> implements StackListener<K, V> {
  private final Executor workers;
  private final boolean hasWriter;
  private volatile boolean ordered;
  private volatile @Nullable KeyOrder<K> order;
  private volatile @Nullable EventDispatcher<K, V> events;

  /**
   * @param workers deliver asynchronous events
   * @param hasWriter whether every change has to be ordered for a writer
   */
  ChangeOrder(Executor workers, boolean hasWriter) {
    this.workers = workers;
    this.hasWriter = hasWriter;
    if (hasWriter) {
      order = new KeyOrder<>(workers);
      ordered = true;
    }
  }

  /** Whether changes have to be made between {@link #begin} and {@link #end}. */
  boolean isOrdered() {
    return ordered;
  }

  /** Begins a change of the key; null if nobody cares for its order. */
  @Nullable Stripe begin(K key) {
    return ordered ? order().enter(key) : null;
  }

  /** Ends a change, and delivers its events. */
  void end(@Nullable Stripe stripe) {
    if (stripe != null) {
      order().exit(stripe);
    }
  }

  /** Ends a change that came to nothing, and delivers nothing. */
  void leave(Stripe stripe) {
    order().leave(stripe);
  }

  /** As {@link #begin} where waiting is out of the question; null if the stripe is taken. */
  @Nullable Stripe tryBegin(K key) {
    return order().tryEnter(key);
  }

  /** Begins a change of many keys, with the stripes of all of them held; only if ordered. */
  BitSet beginAll(Collection<? extends K> keys) {
    return order().enterAll(keys);
  }

  void endAll(BitSet held) {
    order().exitAll(held);
  }

  /** The stripe of a key between {@link #beginAll} and {@link #endAll}. */
  Stripe held(K key) {
    return order().held(key);
  }

  /**
   * Delivers events of expired entries that the current thread met. To be called after any use of
   * the stack that is no change: the stack may have met them in the middle of something that others
   * wait for, and no listener must run there.
   */
  void deliver() {
    if (ordered) {
      KeyOrder.deliver();
    }
  }

  /** Puts off the delivery of the current thread's events until {@link #deliverDeferred}. */
  void defer() {
    order().defer();
  }

  void deliverDeferred() {
    order().deliverDeferred();
  }

  /** Queues an event of a change that was just committed; delivered when the change ends. */
  void publish(Stripe stripe, EventType type, K key, @Nullable V value, @Nullable V oldValue) {
    EventDispatcher<K, V> dispatcher = events;
    if (dispatcher != null) {
      dispatcher.publish(stripe, type, key, value, oldValue);
    }
  }

  /**
   * The removal of an expired entry is a change like any other, but for one thing: it waits for
   * nobody. If another change of the stripe is under way, the entry stays until someone else meets
   * it. Its event is delivered when the stack is through: see {@link #deliver}.
   */
  @Override
  public void expired(K key, Resident<V> resident, BooleanSupplier removal) {
    if (!ordered) {
      boolean unused = removal.getAsBoolean();
      return;
    }
    Stripe stripe = tryBegin(key);
    if (stripe == null) {
      return;
    }
    try {
      if (removal.getAsBoolean()) {
        publish(stripe, EventType.EXPIRED, key, resident.value(), resident.value());
      }
    } finally {
      leave(stripe);
    }
  }

  @Override
  public boolean hearsOthers() {
    EventDispatcher<K, V> dispatcher = events;
    return dispatcher != null && dispatcher.hearsOthers();
  }

  @Override
  public void changedByOthers(Change.Kind kind, K key) {
    EventDispatcher<K, V> dispatcher = events;
    @Nullable EventType type =
        switch (kind) {
          case CREATED -> EventType.CREATED;
          case UPDATED -> EventType.UPDATED;
          case REMOVED -> EventType.REMOVED;
          case EXPIRED -> EventType.EXPIRED;
          case HEADER, FILLED, ANNOUNCED, CONTENDED -> null;
        };
    if (dispatcher != null && type != null) {
      dispatcher.publishRemote(order().unheld(key), type, key);
    }
  }

  @Override
  public boolean hearsTiers() {
    EventDispatcher<K, V> dispatcher = events;
    return dispatcher != null && dispatcher.hearsTiers();
  }

  @Override
  public void happened(TierEventKind kind, TierEvent<K> event) {
    EventDispatcher<K, V> dispatcher = events;
    if (dispatcher != null) {
      dispatcher.happened(kind, event);
    }
  }

  /**
   * @param current reads what an event of another process shows, as {@link Stack#retained}
   */
  synchronized void register(
      CacheEntryListenerConfiguration<K, V> configuration,
      Cache<K, V> source,
      EventView<K, V> view,
      Function<K, @Nullable V> current) {
    if (order == null) {
      order = new KeyOrder<>(workers);
    }
    EventDispatcher<K, V> dispatcher = events;
    if (dispatcher == null) {
      dispatcher = new EventDispatcher<>(source, view, current);
      events = dispatcher;
    }
    ordered = true;
    try {
      dispatcher.register(configuration);
    } finally {
      ordered = hasWriter || dispatcher.hearsChanges();
    }
  }

  synchronized void deregister(CacheEntryListenerConfiguration<K, V> configuration) {
    EventDispatcher<K, V> dispatcher = events;
    if (dispatcher != null && dispatcher.deregister(configuration)) {
      ordered = hasWriter || dispatcher.hearsChanges();
    }
  }

  /** Delivers nothing any more; returns the first failure of closing a listener, or null. */
  @Nullable CacheException close() {
    EventDispatcher<K, V> dispatcher = events;
    return dispatcher == null ? null : dispatcher.close();
  }

  private KeyOrder<K> order() {
    KeyOrder<K> made = order;
    if (made == null) {
      throw new IllegalStateException("no order without a writer or listeners");
    }
    return made;
  }
}
