package io.terrace.tier.disk;

import io.terrace.PurgeReason;
import io.terrace.tier.EntryKey;
import io.terrace.tier.TierListener;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts the entries that leave, and tells who wants to hear of those nobody asked to go. */
final class Departures {
  private static final System.Logger LOGGER = System.getLogger(Departures.class.getName());

  private final TierListener listener;
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong corruptions = new AtomicLong();

  Departures(TierListener listener) {
    this.listener = listener;
  }

  long evictions() {
    return evictions.get();
  }

  long corruptions() {
    return corruptions.get();
  }

  void count(PurgeReason reason) {
    if (reason == PurgeReason.EVICTION) {
      evictions.incrementAndGet();
    } else if (reason == PurgeReason.CORRUPTION) {
      corruptions.incrementAndGet();
    }
  }

  /** Whether it is worth while to find out a key. */
  boolean isListening() {
    return listener.isListening();
  }

  /**
   * Tells of an entry that left for room or for damage. Called without any lock.
   *
   * @param key null if nobody can tell: the bytes that said so are damaged
   */
  void tell(@Nullable EntryKey key, long version, PurgeReason reason) {
    boolean unasked = reason == PurgeReason.EVICTION || reason == PurgeReason.CORRUPTION;
    if (key == null || MarkEntry.is(key) || !unasked || !isListening()) {
      return;
    }
    try {
      listener.left(DiskTier.NAME, key, version, reason);
    } catch (RuntimeException e) {
      LOGGER.log(Level.WARNING, "a listener of the disk tier failed", e);
    }
  }
}
