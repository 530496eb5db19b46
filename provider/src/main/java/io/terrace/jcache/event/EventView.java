package io.terrace.jcache.event;

/**
 * How keys and values of the cache are shown to listeners: copied where they could be changed; a
 * stream is a handle of its own each time, which opens nothing before it is read.
 */
public interface EventView<K, V> {

  K key(K stored);

  V value(V stored);
}
