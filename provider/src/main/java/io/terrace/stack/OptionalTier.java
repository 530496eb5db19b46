package io.terrace.stack;

import io.terrace.TierStatistics;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.PurgeReason;
import io.terrace.tier.SkipReason;
import io.terrace.tier.Tier;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A byte tier above the authority. None of its failures reaches a caller (I2).
 *
 * <p>When a purge fails, the tier may hold an older version than the one just committed. It is then
 * suspended: it answers nothing until it could be cleared, which is tried at each lookup (I4).
 */
final class OptionalTier {
  private static final System.Logger LOGGER = System.getLogger(OptionalTier.class.getName());

  private final Tier tier;
  final TierCounters counters = new TierCounters();
  private volatile boolean suspended;

  OptionalTier(Tier tier) {
    this.tier = tier;
  }

  Lookup lookup(EntryKey key) {
    return isUsable()
        ? tier.lookup(key)
        : new Lookup.Skipped(SkipReason.FAILED, "suspended until it can be cleared");
  }

  /** Copies an entry into this tier under the version the authority gave it. */
  void copy(EntryHeader header, ByteBuffer body) {
    if (!isUsable()) {
      counters.promotionsAborted.increment();
      return;
    }
    if (body.remaining() > tier.maxEntryBytes()) {
      counters.promotionsAborted.increment();
      purge(header.key(), PurgeReason.INVALIDATION);
      return;
    }
    Condition newer = Condition.olderThan(header.version());
    try (WriteHandle out = tier.openWrite(header, newer)) {
      out.write(body.duplicate());
      if (out.commitAs(header.version()) instanceof CommitResult.Committed) {
        counters.promotions.increment();
      } else {
        counters.promotionsAborted.increment();
      }
    } catch (IOException e) {
      counters.promotionsAborted.increment();
      purge(header.key(), PurgeReason.INVALIDATION);
    }
  }

  void purge(EntryKey key, PurgeReason reason) {
    try {
      tier.purge(key, reason, Condition.ALWAYS);
    } catch (IOException e) {
      suspend(e);
    }
  }

  void updateHeader(EntryKey key, long version, HeaderUpdate update) {
    try {
      tier.updateHeader(key, version, update);
    } catch (IOException e) {
      purge(key, PurgeReason.INVALIDATION);
    }
  }

  void clear() {
    try {
      tier.clear();
    } catch (IOException e) {
      suspend(e);
    }
  }

  TierStatistics statistics() {
    return counters.statistics(tier.name(), tier.usage());
  }

  Tier tier() {
    return tier;
  }

  private void suspend(IOException cause) {
    suspended = true;
    LOGGER.log(
        System.Logger.Level.WARNING,
        "tier '" + tier.name() + "' could not purge an entry and is bypassed until it is cleared",
        cause);
  }

  private boolean isUsable() {
    if (!suspended) {
      return true;
    }
    synchronized (this) {
      if (suspended) {
        try {
          tier.clear();
          suspended = false;
        } catch (IOException e) {
          LOGGER.log(System.Logger.Level.DEBUG, "tier '" + tier.name() + "' stays bypassed", e);
        }
      }
      return !suspended;
    }
  }
}
