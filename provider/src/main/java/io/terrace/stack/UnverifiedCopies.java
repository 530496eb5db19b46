package io.terrace.stack;

import io.terrace.coherence.Coherence;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.Lookup;
import java.io.IOException;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Which copies of a local tier have to be compared with the shared one before they are served: all
 * while there is no contact, and those of some partitions after more was changed than anybody can
 * tell. A walk in the background compares the latter and drops what differs, so that it comes to an
 * end. A copy whose deadline passed is dropped, too: the shared tier may have a later deadline, of
 * which nobody is told. Thread safe.
 */
final class UnverifiedCopies implements CopyVerifier {
  private static final System.Logger LOGGER = System.getLogger(UnverifiedCopies.class.getName());

  private final CopyComparison comparison;
  private final CoherentTier shared;
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
      CopyComparison comparison,
      CoherentTier shared,
      Coherence coherence,
      InstantSource clock,
      Executor executor,
      Runnable dropCopiesAbove) {
    this.comparison = comparison;
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

  @Override
  public boolean isTrusted(EntryKey key) {
    if (coherence.isSettled() && partitions.isEmpty()) { // trust first: it is renewed last
      return true;
    }
    int partition = shared.partitionOf(key);
    return coherence.trusts(partition) && !partitions.get(partition);
  }

  @Override
  public Lookup check(Lookup.Hit hit, boolean trusted) {
    EntryHeader header = hit.header();
    boolean over = header.isExpiredAt(clock.millis());
    if (!over && trusted) {
      return hit;
    }
    boolean served = false;
    try {
      Lookup answer = over ? comparison.drop(header) : comparison.compare(header);
      served = answer == null || (answer instanceof Lookup.Skipped && coherence.servesStale());
      servedUnverified |= served && answer != null;
      return served || answer == null ? hit : answer;
    } finally {
      if (!served) {
        hit.body().close();
      }
    }
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
    try (HeaderCursor all = comparison.local().scan()) {
      for (EntryHeader copy = all.next(); copy != null; copy = all.next()) {
        if (walked.get(shared.partitionOf(copy.key()))
            && comparison.compare(copy) instanceof Lookup.Skipped) {
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
