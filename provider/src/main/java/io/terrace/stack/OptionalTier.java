package io.terrace.stack;

import io.terrace.AbortReason;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.TierStatistics;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.SkipReason;
import io.terrace.tier.Tier;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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

  /** How many purges failed since the tier was last cleared; suspended unless there are none. */
  private final AtomicInteger failedPurges = new AtomicInteger();

  OptionalTier(Tier tier) {
    this.tier = tier;
  }

  /** Which of its copies are compared with a shared authority first; null without one. */
  private @Nullable UnverifiedCopies unverified;

  /** Before anybody else uses it. */
  void verifyBy(UnverifiedCopies copies) {
    unverified = copies;
  }

  Lookup lookup(EntryKey key) {
    if (!isUsable()) {
      return new Lookup.Skipped(SkipReason.FAILED, "suspended until it can be cleared");
    }
    Lookup found = tier.lookup(key);
    return unverified != null && found instanceof Lookup.Hit hit ? unverified.check(hit) : found;
  }

  /** The largest body it admits, in bytes. */
  long maxEntryBytes() {
    return tier.maxEntryBytes();
  }

  /** Opens a write whose condition is said later. */
  WriteHandle openWrite(EntryHeader header) throws IOException {
    if (!isUsable()) {
      throw new IOException("tier '" + tier.name() + "' is suspended");
    }
    return tier.openWrite(header, Condition.ALWAYS);
  }

  /**
   * Copies an entry into this tier under the version the authority gave it.
   *
   * @return whether it was copied
   */
  boolean copy(EntryHeader header, ByteBuffer body) {
    if (!isUsable()) {
      counters.aborted(AbortReason.FAILED);
      return false;
    }
    if (body.remaining() > tier.maxEntryBytes()) {
      counters.aborted(AbortReason.OVERSIZE);
      purge(header.key(), PurgeReason.INVALIDATION);
      return false;
    }
    Condition newer = Condition.olderThan(header.version());
    try (WriteHandle out = tier.openWrite(header, newer)) {
      out.write(body.duplicate());
      if (out.commitAs(header.version()) instanceof CommitResult.Committed) {
        counters.promotions.increment();
        return true;
      }
      counters.aborted(AbortReason.SUPERSEDED);
    } catch (IOException e) {
      counters.aborted(AbortReason.FAILED);
      purge(header.key(), PurgeReason.INVALIDATION);
    }
    return false;
  }

  Outcome purge(EntryKey key, PurgeReason reason) {
    try {
      return tier.purge(key, reason, Condition.ALWAYS) ? Outcome.DONE : Outcome.NOTHING;
    } catch (IOException e) {
      return suspend(e);
    }
  }

  /** Takes out a copy that is older than a version. */
  void purgeOlder(EntryKey key, long version) {
    try {
      boolean unused = tier.purge(key, PurgeReason.INVALIDATION, Condition.olderThan(version));
    } catch (IOException e) {
      Outcome unused = suspend(e);
    }
  }

  /** Drops its copies if they end with the process; otherwise they are compared first. */
  void distrust(BitSet partitions) {
    if (tier.capabilities().durable() && unverified != null) {
      unverified.distrust(partitions);
    } else {
      clear();
    }
  }

  /** The partitions whose copies still have to be compared. */
  BitSet distrusted() {
    return unverified == null ? new BitSet() : unverified.partitions();
  }

  /** Goes on comparing, if that had to stop. */
  void goOnVerifying() {
    if (unverified != null) {
      unverified.goOn();
    }
  }

  /** A copy whose header cannot be changed is purged. */
  Outcome updateHeader(EntryKey key, long version, HeaderUpdate update) {
    try {
      return tier.updateHeader(key, version, update) ? Outcome.DONE : Outcome.NOTHING;
    } catch (IOException e) {
      return purge(key, PurgeReason.INVALIDATION);
    }
  }

  Outcome purgeTag(String tag, PurgeMode mode, long throughVersion) {
    try {
      long unused = tier.purgeTag(tag, mode, throughVersion);
      return Outcome.DONE;
    } catch (IOException e) {
      return suspend(e);
    }
  }

  /**
   * The headers of what it holds; null if it cannot tell and answers nothing until it is cleared.
   */
  @Nullable HeaderCursor scan() {
    if (!isUsable()) {
      return null;
    }
    try {
      return tier.scan();
    } catch (IOException e) {
      Outcome unused = suspend(e);
      return null;
    }
  }

  void clear() {
    try {
      tier.clear();
    } catch (IOException e) {
      Outcome unused = suspend(e);
    }
  }

  TierStatistics statistics() {
    return counters.statistics(tier.name(), tier.usage());
  }

  String name() {
    return tier.name();
  }

  Tier tier() {
    return tier;
  }

  /** Answers nothing until it could be cleared, beginning with what it holds now. */
  void bypass() {
    failedPurges.incrementAndGet();
  }

  /** Asks it nothing until it could be cleared, since it may hold what was to be purged. */
  Outcome suspend(IOException cause) {
    int unused = failedPurges.incrementAndGet();
    LOGGER.log(
        System.Logger.Level.WARNING,
        "tier '" + tier.name() + "' could not purge an entry and is bypassed until it is cleared",
        cause);
    return Outcome.DEFERRED;
  }

  /** Whether it may hold what was to be purged. */
  boolean isSuspended() {
    return failedPurges.get() != 0;
  }

  private boolean isUsable() {
    if (!isSuspended()) {
      return true;
    }
    synchronized (this) {
      int failed = failedPurges.get();
      if (failed > 0) {
        try {
          tier.clear();
          failedPurges.compareAndSet(failed, 0); // what failed since was not cleared, perhaps
        } catch (IOException e) {
          LOGGER.log(System.Logger.Level.DEBUG, "tier '" + tier.name() + "' stays bypassed", e);
        }
      }
      return failedPurges.get() == 0;
    }
  }
}
