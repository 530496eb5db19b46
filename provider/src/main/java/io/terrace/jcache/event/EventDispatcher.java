package io.terrace.jcache.event;

import io.terrace.TierEvent;
import io.terrace.jcache.integration.Failures;
import io.terrace.stack.TierEventKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/** The listeners of one cache, and what happened for them to hear. Thread safe. */
public final class EventDispatcher<K, V> {
  private final Cache<K, V> source;
  private final EventView<K, V> view;
  private final Function<K, @Nullable V> current;

  /** Replaced as a whole under the monitor. */
  private volatile List<Registration<K, V>> registrations = List.of();

  private volatile boolean closed;

  /**
   * @param current reads what the cache stores for a key now, or null, for events of other
   *     processes; may block
   */
  public EventDispatcher(
      Cache<K, V> source, EventView<K, V> view, Function<K, @Nullable V> current) {
    this.source = source;
    this.view = view;
    this.current = current;
  }

  /**
   * @throws IllegalArgumentException if the configuration is registered already
   */
  public synchronized void register(CacheEntryListenerConfiguration<K, V> configuration) {
    for (Registration<K, V> registration : registrations) {
      if (registration.isMadeFrom(configuration)) {
        throw new IllegalArgumentException("this listener configuration is registered already");
      }
    }
    List<Registration<K, V>> next = new ArrayList<>(registrations);
    next.add(new Registration<>(configuration));
    registrations = List.copyOf(next);
  }

  /** Returns whether the configuration was registered. */
  public synchronized boolean deregister(CacheEntryListenerConfiguration<K, V> configuration) {
    List<Registration<K, V>> next = new ArrayList<>(registrations);
    boolean removed = next.removeIf(one -> one.isMadeFrom(configuration));
    registrations = List.copyOf(next);
    return removed;
  }

  /** Whether anybody hears changes of entries, and therefore their order. */
  public boolean hearsChanges() {
    for (Registration<K, V> registration : registrations) {
      if (registration.hearsChanges()) {
        return true;
      }
    }
    return false;
  }

  /** Whether anybody hears what other processes change. */
  public boolean hearsOthers() {
    for (Registration<K, V> registration : registrations) {
      if (registration.hearsOthers()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Queues an event of another process for all who hear it. Called in the order of the changes of
   * the key; never blocks.
   *
   * @param stripe of the key, which the caller need not hold
   */
  public void publishRemote(Stripe stripe, EventType type, K key) {
    List<Registration<K, V>> receivers = new ArrayList<>(2);
    for (Registration<K, V> registration : registrations) {
      if (registration.hearsOthers() && registration.hears(type)) {
        receivers.add(registration);
      }
    }
    if (!receivers.isEmpty()) {
      TerraceEvent<K, V> event = new RemoteEvent<>(source, type, view, key, current);
      stripe.async.add(new Delivery<>(this, event, receivers));
    }
  }

  /** Whether anybody hears what happens in the tiers. */
  public boolean hearsTiers() {
    for (Registration<K, V> registration : registrations) {
      if (registration.hearsTiers()) {
        return true;
      }
    }
    return false;
  }

  /** Tells all who hear it what happened in a tier, in this thread. Never throws. */
  public void happened(TierEventKind kind, TierEvent<K> event) {
    for (Registration<K, V> registration : registrations) {
      if (registration.hearsTiers() && !closed) {
        K key = view.key(event.key());
        registration.happened(
            kind, new TierEvent<>(key, event.tier(), event.version(), event.reason()));
      }
    }
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Queues an event for all who hear it; the caller holds the stripe of the key, and the key has
   * just been committed.
   *
   * @param key as the cache stores it
   * @param value as the cache stores it; the last one for an entry that is gone
   * @param oldValue what it was before, or null for a new entry
   */
  public void publish(
      Stripe stripe, EventType type, K key, @Nullable V value, @Nullable V oldValue) {
    List<Registration<K, V>> sync = null;
    List<Registration<K, V>> async = null;
    for (Registration<K, V> registration : registrations) {
      if (!registration.hears(type)) {
        continue;
      }
      if (registration.isSynchronous()) {
        sync = sync == null ? new ArrayList<>(2) : sync;
        sync.add(registration);
      } else {
        async = async == null ? new ArrayList<>(2) : async;
        async.add(registration);
      }
    }
    if (sync == null && async == null) {
      return;
    }
    TerraceEvent<K, V> event = new TerraceEvent<>(source, type, view, key, value, oldValue);
    if (sync != null) {
      Section.current().add(stripe.sync.add(new Delivery<>(this, event, sync)));
    }
    if (async != null) {
      stripe.async.add(new Delivery<>(this, event, async));
    }
  }

  /**
   * Delivers nothing any more, and closes the listeners that can be closed.
   *
   * @return the first failure, or null
   */
  public @Nullable CacheException close() {
    closed = true;
    CacheException failure = null;
    for (Registration<K, V> registration : registrations) {
      try {
        registration.close();
      } catch (Exception e) {
        failure = failure == null ? Failures.closing(e) : failure;
      }
    }
    return failure;
  }
}
