package io.terrace.jcache;

import io.terrace.jcache.event.EventView;
import io.terrace.stack.Stack;

/**
 * Shows listeners the streams that events retained: a handle for each who asks, which opens at the
 * version of the event when it is read first. Thread safe.
 */
record RetainedView<K, V>(Stack<K, V> stack, Copies<K, V> copies) implements EventView<K, V> {

  @Override
  public K key(K stored) {
    return copies.key(stored);
  }

  @Override
  public V value(V retained) {
    return stack.handle(retained);
  }
}
