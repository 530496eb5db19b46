package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.coherence.Coherence;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.Lookup;
import io.terrace.tier.SharedTier;
import io.terrace.tier.SkipReason;
import io.terrace.tier.Tier;
import java.io.IOException;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Which copies of a local tier have to be compared with the shared one before they are served: all
 * while there is no contact, and those of some partitions after more was changed than anybody can
 * tell. A walk in the background compares the latter and drops what differs, so that it comes to an
 * end. A copy whose deadline passed is dropped, too: the shared tier may have a later deadline, of
 * which nobody is told. Thread safe.
 */
final class UnverifiedCopies {
  private static final System.Logger LOGGER = System.getLogger(UnverifiedCopies.class.getName());

  private final Tier local;
  private final SharedTier shared;
  private final Coherence coherence;
  private final InstantSource clock;
  private final Executor executor;
  private final Runnable dropCopiesAbove;

  /*
   * Guarded by the monitor, but for reading `partitions`, whose set is never changed. The walk sees
   * entries that are there as it begins; those that come later were read from the shared tier.
   */
  private volatile BitSet partitions = new BitSet();
  private boolean walking;
  private int distrusts;

  /** Whether something was served that nobody could compare, and may have been copied up. */
  private volatile boolean servedUnverified;

  /**
   * @param executor runs the walk, for as long as it takes
   * @param dropCopiesAbove drops what may have been copied from here before it was compared
   */
  UnverifiedCopies(
      Tier local,
      SharedTier shared,
      Coherence coherence,
      InstantSource clock,
      Executor executor,
      Runnable dropCopiesAbove) {
    this.local = local;
    this.shared = shared;
    this.coherence = coherence;
    this.clock = clock;
    this.executor = executor;
    this.dropCopiesAbove = dropCopiesAbove;
  }

  /** All that is there now is to be compared. */
  void distrust(BitSet lost) {
    synchronized (this) {
      BitSet more = (BitSet) partitions.clone();
      more.or(lost);
      partitions = more;
      distrusts++;
    }
    startWalk();
  }

  /** The partitions that were not walked to the end; not to be changed. */
  BitSet partitions() {
    return partitions;
  }

  /**
   * Whether copies of a key may be served without a question. To be asked before the look: a copy
   * may become trusted only by being dropped.
   */
  boolean isTrusted(EntryKey key) {
    if (coherence.isSettled() && partitions.isEmpty()) { // trust first: it is renewed last
      return true;
    }
    int partition = shared.partitionOf(key);
    return coherence.trusts(partition) && !partitions.get(partition);
  }

  /**
   * The hit itself if it may be served, or else that there is none here.
   *
   * @param trusted what {@link #isTrusted} said before the look
   */
  Lookup check(Lookup.Hit hit, boolean trusted) {
    EntryHeader header = hit.header();
    boolean over = header.isExpiredAt(clock.millis());
    if (!over && trusted) {
      return hit;
    }
    boolean served = false;
    try {
      Lookup answer = over ? drop(header) : compare(header);
      served = answer == null || (answer instanceof Lookup.Skipped && coherence.servesStale());
      servedUnverified |= served && answer != null;
      return served || answer == null ? hit : answer;
    } finally {
      if (!served) {
        hit.body().close();
      }
    }
  }

  /** Null if the copy is as the shared tier has it; skipped if nobody can say. */
  private @Nullable Lookup compare(EntryHeader copy) {
    Lookup there = shared.lookupHeader(copy.key());
    if (there instanceof Lookup.Skipped) {
      return there;
    }
    if (there instanceof Lookup.Hit hit) {
      hit.body().close();
      if (isSame(copy, hit.header())) {
        return null;
      }
    }
    return drop(copy);
  }

  private Lookup drop(EntryHeader copy) {
    try {
      Condition same = Condition.versionIs(copy.version());
      boolean unused = local.purge(copy.key(), PurgeReason.INVALIDATION, same);
      return Lookup.MISS;
    } catch (IOException e) {
      return new Lookup.Skipped(SkipReason.FAILED, "an outdated copy could not be purged");
    }
  }

  private static boolean isSame(EntryHeader copy, EntryHeader there) {
    return copy.version() == there.version()
        && copy.expiresAtMillis() <= there.expiresAtMillis()
        && copy.freshness() == there.freshness()
        && copy.metadata().equals(there.metadata());
  }

  private synchronized void startWalk() {
    if (walking || partitions.isEmpty()) {
      return;
    }
    int upTo = distrusts;
    try {
      executor.execute(() -> walk(upTo));
      walking = true;
    } catch (RejectedExecutionException e) {
      // closed: the next process walks
    }
  }

  private void walk(int upTo) {
    boolean whole = false;
    try {
      whole = walk(partitions);
    } catch (IOException | RuntimeException e) {
      LOGGER.log(System.Logger.Level.WARNING, "local copies could not be compared", e);
    } finally {
      end(upTo, whole);
    }
  }

  /** Compares every copy of these partitions; false if the shared tier does not answer. */
  private boolean walk(BitSet walked) throws IOException {
    try (HeaderCursor all = local.scan()) {
      for (EntryHeader copy = all.next(); copy != null; copy = all.next()) {
        if (walked.get(shared.partitionOf(copy.key())) && compare(copy) instanceof Lookup.Skipped) {
          return false;
        }
      }
      return true;
    }
  }

  /** What was distrusted in the midst of a walk, and what could not be walked, is for another. */
  private void end(int upTo, boolean whole) {
    boolean verified;
    synchronized (this) {
      walking = false;
      verified = whole && distrusts == upTo;
      if (verified) {
        partitions = new BitSet();
      }
    }
    if (verified && servedUnverified) {
      servedUnverified = false;
      dropCopiesAbove.run();
    }
  }

  /** Walks again if the last walk could not end; to be called now and then. */
  void goOn() {
    startWalk();
  }
}
