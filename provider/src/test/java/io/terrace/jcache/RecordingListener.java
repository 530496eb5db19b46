package io.terrace.jcache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/** Hears everything, and remembers what it heard of each key, in order. */
class RecordingListener<K, V>
    implements CacheEntryCreatedListener<K, V>,
        CacheEntryUpdatedListener<K, V>,
        CacheEntryRemovedListener<K, V>,
        CacheEntryExpiredListener<K, V> {
  final Map<K, List<Heard<V>>> heard = new ConcurrentHashMap<>();

  /** One event. */
  record Heard<V>(EventType type, @Nullable V value, @Nullable V oldValue) {
    @Override
    public String toString() {
      return type + " " + oldValue + " -> " + value;
    }
  }

  void hear(CacheEntryEvent<? extends K, ? extends V> event) {
    List<Heard<V>> ofKey = heard.computeIfAbsent(event.getKey(), key -> new ArrayList<>());
    synchronized (ofKey) {
      ofKey.add(new Heard<>(event.getEventType(), event.getValue(), event.getOldValue()));
    }
  }

  List<Heard<V>> of(K key) {
    List<Heard<V>> ofKey = heard.getOrDefault(key, new ArrayList<>());
    synchronized (ofKey) {
      return new ArrayList<>(ofKey);
    }
  }

  int count() {
    return heard.keySet().stream().mapToInt(key -> of(key).size()).sum();
  }

  private void hearAll(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
    events.forEach(this::hear);
  }

  @Override
  public void onCreated(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
    hearAll(events);
  }

  @Override
  public void onUpdated(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
    hearAll(events);
  }

  @Override
  public void onRemoved(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
    hearAll(events);
  }

  @Override
  public void onExpired(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
    hearAll(events);
  }
}
