package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.TierCopy;
import io.terrace.TierEvent;
import io.terrace.tier.EntryKey;
import io.terrace.tier.KeyCodec;
import java.io.IOException;
import java.util.List;

/**
 * Tells the listener of a stack what happened in its tiers, if it wants to hear. To be called
 * outside every lock, after the fact. Thread safe.
 *
 * @param listener who hears
 * @param authority the name of the lowest tier, below which there is nothing
 */
record TierEvents<K>(StackListener<K, ?> listener, String authority) {

  private static final System.Logger LOGGER = System.getLogger(TierEvents.class.getName());

  /** Whether it is worth finding out what happened. */
  boolean areHeard() {
    return listener.hearsTiers();
  }

  void promoted(K key, String tier, long version) {
    if (areHeard()) {
      listener.happened(TierEventKind.PROMOTED, new TierEvent<>(key, tier, version, null));
    }
  }

  /** An entry left a tier. */
  void left(K key, String tier, long version, PurgeReason reason) {
    if (areHeard()) {
      listener.happened(kind(tier, reason), new TierEvent<>(key, tier, version, reason));
    }
  }

  /** As {@link #left}, of a key whose bytes may be damaged: then nobody is told. */
  void left(KeyCodec<K> keys, EntryKey key, String tier, long version, PurgeReason reason) {
    K decoded;
    try {
      decoded = keys.decode(key);
    } catch (IOException e) {
      LOGGER.log(
          System.Logger.Level.DEBUG,
          "nobody is told that entry {0} left tier {1}: its key cannot be decoded",
          key.digest(),
          tier);
      return;
    }
    left(decoded, tier, version, reason);
  }

  /** A purge of one key ended so. */
  void purged(K key, PurgeReceipt receipt, long version, PurgeReason reason) {
    for (PurgeReceipt.TierReceipt tier : receipt.tiers()) {
      if (tier.outcome() == Outcome.DONE) {
        left(key, tier.tier(), version, reason);
      }
    }
  }

  /**
   * As {@link #purged(Object, PurgeReceipt, long, PurgeReason)}, where tiers may have held
   * different versions.
   *
   * @param before what they held
   */
  void purged(K key, PurgeReceipt receipt, List<TierCopy> before, PurgeReason reason) {
    for (PurgeReceipt.TierReceipt tier : receipt.tiers()) {
      for (TierCopy copy : before) {
        if (tier.outcome() == Outcome.DONE && copy.info().tier().equals(tier.tier())) {
          left(key, tier.tier(), copy.info().version(), reason);
        }
      }
    }
  }

  private TierEventKind kind(String tier, PurgeReason reason) {
    if (reason != PurgeReason.EVICTION) {
      return TierEventKind.PURGED;
    }
    return tier.equals(authority) ? TierEventKind.EVICTED : TierEventKind.DEMOTED;
  }
}
