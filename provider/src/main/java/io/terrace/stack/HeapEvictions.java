package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.TierEvent;
import io.terrace.tier.EvictionListener;
import io.terrace.tier.Resident;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Takes note of what a heap evicts, and tells the listener of the stack later, when no lock is
 * held: an eviction happens in the middle of an insertion. Thread safe.
 */
final class HeapEvictions<K, V> implements EvictionListener<K, V> {
  private final StackListener<K, V> listener;
  private final String tier;
  private final TierEventKind kind;
  private final ConcurrentLinkedQueue<TierEvent<K>> noted = new ConcurrentLinkedQueue<>();

  /** Whether there is something to tell; looked at after each insertion. */
  private volatile boolean pending;

  /**
   * @param tier the name of the heap
   * @param kind what an eviction is in this stack
   */
  HeapEvictions(StackListener<K, V> listener, String tier, TierEventKind kind) {
    this.listener = listener;
    this.tier = tier;
    this.kind = kind;
  }

  @Override
  public void evicted(K key, Resident<V> resident) {
    if (listener.hearsTiers()) {
      noted.add(new TierEvent<>(key, tier, resident.version(), PurgeReason.EVICTION));
      pending = true;
    }
  }

  /** Tells what was noted; to be called after an insertion, outside every lock. */
  void tell() {
    if (pending) {
      tellAll();
    }
  }

  private void tellAll() {
    pending = false; // first: what is noted from here on is told again
    for (TierEvent<K> event = noted.poll(); event != null; event = noted.poll()) {
      listener.happened(kind, event);
    }
  }
}
