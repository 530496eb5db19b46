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
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A byte tier above the authority. None of its failures reaches a caller (I2).
 *
 * <p>When a purge fails, the tier may hold an older version than the one just committed. The key is
 * then in a {@link RepairJournal}, and not served from here before it could be dropped (I4).
 */
final class OptionalTier {
  private final Tier tier;
  private final RepairJournal repairs;
  final TierCounters counters = new TierCounters();

  OptionalTier(Tier tier) {
    this(tier, RepairJournal.MAX_REPAIRS);
  }

  /**
   * @param maxRepairs how many purges may be owed before it is cleared instead
   */
  OptionalTier(Tier tier, int maxRepairs) {
    this.tier = tier;
    this.repairs = new RepairJournal(tier, maxRepairs);
  }

  /** Compares its copies with a shared authority; null without one. */
  private @Nullable CopyVerifier verifier;

  /** The same, if it is told of changes; null otherwise. */
  private @Nullable UnverifiedCopies unverified;

  /** Before anybody else uses it. */
  void verifyBy(CopyVerifier copies) {
    verifier = copies;
  }

  /** As {@link #verifyBy}, by what is told of changes. */
  void followBy(UnverifiedCopies copies) {
    verifier = copies;
    unverified = copies;
  }

  /** Puts another verifier in front of the one that is there. */
  void alsoVerifyBy(UnaryOperator<CopyVerifier> other) {
    verifier = other.apply(Objects.requireNonNull(verifier));
  }

  Lookup lookup(EntryKey key) {
    if (!repairs.repair(key)) {
      return new Lookup.Skipped(SkipReason.FAILED, "holds what it could not drop yet");
    }
    boolean trusted = verifier == null || verifier.isTrusted(key);
    Lookup found = tier.lookup(key);
    while (found instanceof Lookup.Hit hit && repairs.concerns(hit.header())) {
      hit.body().close();
      found =
          repairs.repairTags(hit.header())
              ? tier.lookup(key)
              : new Lookup.Skipped(SkipReason.FAILED, "holds a tag it could not purge yet");
    }
    if (!(found instanceof Lookup.Skipped)) {
      boolean unused = repairs.repairSome();
    }
    return verifier != null && found instanceof Lookup.Hit hit
        ? verifier.check(hit, trusted)
        : found;
  }

  /** The largest body it admits, in bytes. */
  long maxEntryBytes() {
    return tier.maxEntryBytes();
  }

  /** Opens a write whose condition is said later. */
  WriteHandle openWrite(EntryHeader header) throws IOException {
    if (!repairs.repair(header.key())) {
      throw new IOException("tier '" + tier.name() + "' holds what it could not drop yet");
    }
    return tier.openWrite(header, Condition.ALWAYS);
  }

  /**
   * Copies an entry into this tier under the version the authority gave it.
   *
   * @return whether it was copied
   */
  boolean copy(EntryHeader header, ByteBuffer body) {
    if (!repairs.repair(header.key())) {
      counters.aborted(AbortReason.FAILED);
      return false;
    }
    if (body.remaining() > tier.maxEntryBytes()) {
      counters.aborted(AbortReason.OVERSIZE);
      purgeThrough(header.key(), header.version());
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
      purgeThrough(header.key(), header.version());
    }
    return false;
  }

  Outcome purge(EntryKey key, PurgeReason reason) {
    return purge(key, reason, Condition.ALWAYS);
  }

  /** Takes out a copy that is older than a version. */
  void purgeOlder(EntryKey key, long version) {
    Outcome unused = purge(key, PurgeReason.INVALIDATION, Condition.olderThan(version));
  }

  /** Takes out a copy of a version or of an older one; a newer one is somebody else's. */
  void purgeThrough(EntryKey key, long version) {
    purgeOlder(key, version + 1);
  }

  private Outcome purge(EntryKey key, PurgeReason reason, Condition condition) {
    try {
      return tier.purge(key, reason, condition) ? Outcome.DONE : Outcome.NOTHING;
    } catch (IOException e) {
      repairs.keep(key, condition, e);
      return Outcome.DEFERRED;
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
      repairs.keep(tag, mode, throughVersion, e);
      return Outcome.DEFERRED;
    }
  }

  /** Owes a purge by tag, though it may have been done. */
  void deferTag(String tag, PurgeMode mode, long throughVersion) {
    repairs.keep(tag, mode, throughVersion, new IOException("the tag is to be purged again"));
  }

  /**
   * The headers of what it holds; null if it cannot tell and answers nothing until it is cleared.
   */
  @Nullable HeaderCursor scan() {
    if (!repairs.isCleared()) {
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
      repairs.clear();
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
    repairs.clearBeforeUse(new IOException("a change of the authority came to nobody knows what"));
  }

  /** As {@link #bypass}, since it may hold what was to be purged and nobody can tell what. */
  Outcome suspend(IOException cause) {
    repairs.clearBeforeUse(cause);
    return Outcome.DEFERRED;
  }

  /** Owes a purge of a key, which was not tried here. */
  void owe(EntryKey key, IOException cause) {
    repairs.keep(key, Condition.ALWAYS, cause);
  }

  /** Repairs some of what it owes, unless the tier still fails; blocks. */
  void repairSome(int most) {
    for (int repaired = 0; repaired < most && !repairs.isClean(); repaired++) {
      if (!repairs.isCleared() || !repairs.repairSome()) {
        return;
      }
    }
  }

  /** Whether it may hold what was to be purged. */
  boolean owesRepairs() {
    return !repairs.isClean();
  }
}
