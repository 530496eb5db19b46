package io.terrace.jcache.event;

import io.terrace.RemoteEntryListener;
import io.terrace.TierEvent;
import io.terrace.TierEventListener;
import io.terrace.jcache.integration.Failures;
import io.terrace.stack.TierEventKind;
import java.io.Closeable;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/** A listener and its filter, made from one configuration. Thread safe if they are. */
final class Registration<K, V> {
  private final CacheEntryListenerConfiguration<K, V> configuration;
  private final CacheEntryListener<? super K, ? super V> listener;
  private final @Nullable CacheEntryEventFilter<? super K, ? super V> filter;
  private final boolean synchronous;

  Registration(CacheEntryListenerConfiguration<K, V> configuration) {
    this.configuration = configuration;
    listener = configuration.getCacheEntryListenerFactory().create();
    Factory<CacheEntryEventFilter<? super K, ? super V>> filters =
        configuration.getCacheEntryEventFilterFactory();
    filter = filters == null ? null : filters.create();
    synchronous = configuration.isSynchronous();
  }

  boolean isMadeFrom(CacheEntryListenerConfiguration<K, V> other) {
    return configuration.equals(other);
  }

  boolean isSynchronous() {
    return synchronous;
  }

  boolean hearsChanges() {
    return listener instanceof CacheEntryCreatedListener
        || listener instanceof CacheEntryUpdatedListener
        || listener instanceof CacheEntryRemovedListener
        || listener instanceof CacheEntryExpiredListener;
  }

  boolean hearsOthers() {
    return listener instanceof RemoteEntryListener;
  }

  boolean hearsTiers() {
    return listener instanceof TierEventListener;
  }

  /** Tells what happened in a tier, whatever the filter says. A failure is logged. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // the listener accepts supertypes of K and V
  void happened(TierEventKind kind, TierEvent<K> event) {
    TierEventListener hearing = (TierEventListener) listener;
    try {
      switch (kind) {
        case PROMOTED -> hearing.onPromoted(event);
        case EVICTED -> hearing.onEvicted(event);
        case DEMOTED -> hearing.onDemoted(event);
        case PURGED -> hearing.onPurged(event);
      }
    } catch (Throwable e) {
      System.getLogger(Registration.class.getName())
          .log(System.Logger.Level.WARNING, "a listener of tier events failed", e);
    }
  }

  boolean hears(EventType type) {
    return switch (type) {
      case CREATED -> listener instanceof CacheEntryCreatedListener;
      case UPDATED -> listener instanceof CacheEntryUpdatedListener;
      case REMOVED -> listener instanceof CacheEntryRemovedListener;
      case EXPIRED -> listener instanceof CacheEntryExpiredListener;
    };
  }

  /**
   * @throws CacheEntryListenerException if filter or listener fail
   */
  void deliver(TerraceEvent<K, V> event) {
    try {
      if (filter == null || filter.evaluate(event)) {
        call(Collections.singletonList(event));
      }
    } catch (Exception e) {
      throw Failures.listening(e);
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the listener accepts supertypes of K and V
  private void call(List<? extends CacheEntryEvent<K, V>> events) {
    Iterable raw = events;
    switch (events.get(0).getEventType()) {
      case CREATED -> ((CacheEntryCreatedListener) listener).onCreated(raw);
      case UPDATED -> ((CacheEntryUpdatedListener) listener).onUpdated(raw);
      case REMOVED -> ((CacheEntryRemovedListener) listener).onRemoved(raw);
      case EXPIRED -> ((CacheEntryExpiredListener) listener).onExpired(raw);
    }
  }

  void close() throws IOException {
    if (listener instanceof Closeable closeable) {
      closeable.close();
    }
    if (filter instanceof Closeable closeable) {
      closeable.close();
    }
  }
}
