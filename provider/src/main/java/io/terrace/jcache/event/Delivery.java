package io.terrace.jcache.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One event on its way to the listeners that hear it. */
final class Delivery<K, V> {
  private final EventDispatcher<K, V> dispatcher;
  private final TerraceEvent<K, V> event;
  private final List<Registration<K, V>> receivers;

  /** Set once, by the thread that delivers; read after it reported the delivery as done. */
  private @Nullable Throwable failure;

  Delivery(
      EventDispatcher<K, V> dispatcher,
      TerraceEvent<K, V> event,
      List<Registration<K, V>> receivers) {
    this.dispatcher = dispatcher;
    this.event = event;
    this.receivers = receivers;
  }

  /** Calls every receiver, whatever the others do. Never throws. */
  void run() {
    for (Registration<K, V> receiver : receivers) {
      if (dispatcher.isClosed()) {
        return;
      }
      try {
        receiver.deliver(event);
      } catch (Throwable t) {
        if (failure == null) {
          failure = t;
        } else if (failure != t) {
          failure.addSuppressed(t);
        }
      }
    }
  }

  @Nullable Throwable failure() {
    return failure;
  }
}
