package io.terrace.coherence;

import io.terrace.CoherenceSettings;
import io.terrace.CoherenceSettings.LostContact;
import io.terrace.CoherenceStatistics;
import io.terrace.tier.Change;
import io.terrace.tier.ChangeFeed;
import io.terrace.tier.Changes;
import io.terrace.tier.CoherentTier;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the local copies of one cache coherent with its shared tier. Changes are applied as they
 * are told. What was not told is found by their numbers: at the next change of the partition or, at
 * the latest, at the next {@link #beat}, and is read from the log; where the log does not reach
 * back, the local copies of the partition are no longer trusted.
 *
 * <p>A local copy may be served while the last contact is not longer ago than the lease. So another
 * process serves an older value for a heartbeat at most while it reaches the shared tier, and for a
 * lease at most in any case. A process that was stopped and goes on serves nothing before its next
 * beat. With {@link LostContact#SERVE_STALE} the first contact is good for ever.
 *
 * <p>{@link #isSettled} and {@link #trusts} are called by any thread and never block; everything
 * else runs in the worker, which runs one task at a time.
 */
public final class Coherence implements Closeable {
  private static final System.Logger LOGGER = System.getLogger(Coherence.class.getName());

  /** More than this many untold steps are dropped, and read from the log instead. */
  private static final int MAX_WAITING = 8192;

  private static final long NOTHING = ChangeFeed.UNKNOWN;

  /** Stands for any, as each drops all copies. */
  private static final Change CLEAR = new Change.Clear(0);

  private static final long FOREVER_NANOS = Long.MAX_VALUE / 4;

  private final ChangeFeed feed;
  private final LocalCopies copies;
  private final ChangeListener changes;
  private final LongSupplier nanoClock;
  private final Executor worker;
  private final long trustNanos;
  private final boolean servesStale;

  /** The number of the last step of each partition that the local copies follow; worker only. */
  private final long[] applied;

  /** Whose numbers those are; worker only. */
  private final long[] histories;

  /** What the mark says, which is never ahead of the copies; worker only. */
  private byte[] marked = new byte[0];

  /** Until when copies of each partition are trusted, on the clock of {@link #nanoClock}. */
  private final AtomicLongArray trustedUntil;

  /** The least of {@link #trustedUntil}. */
  private volatile long settledUntil;

  private final ArrayBlockingQueue<Changes> waiting = new ArrayBlockingQueue<>(MAX_WAITING);

  /**
   * What concerns all partitions and was done after the shared tier had made every step that is
   * being applied; worker only. A clear, or a purge by tag, is a step of each partition, and as the
   * copies do not know their partition each step is applied to all of them. Once is enough for the
   * steps that are known before: what was copied since then was read after them.
   */
  private final Set<Change> doneToAll = new HashSet<>();

  private final AtomicBoolean drainIsDue = new AtomicBoolean();
  private final AtomicBoolean beatIsDue = new AtomicBoolean();
  private final LongAdder told = new LongAdder();
  private final LongAdder gaps = new LongAdder();
  private final LongAdder replayed = new LongAdder();
  private final LongAdder distrusted = new LongAdder();
  private volatile @Nullable Closeable subscription;
  private volatile long lastContact;
  private volatile boolean closed;
  private boolean outOfContact;

  /**
   * Hears of the changes of other processes, not of what they announce, after the local copies
   * follow them.
   */
  public interface ChangeListener {
    /** Called by the worker; must not block for long. */
    void changed(Change change);
  }

  /**
   * @param changes hears what others changed
   * @param nanoClock counts nanoseconds from anywhere, as {@link System#nanoTime}
   * @param worker runs one task at a time, in their order
   */
  public Coherence(
      CoherentTier shared,
      LocalCopies copies,
      ChangeListener changes,
      CoherenceSettings settings,
      LongSupplier nanoClock,
      Executor worker) {
    this.feed = shared.changes();
    this.copies = copies;
    this.changes = changes;
    this.nanoClock = nanoClock;
    this.worker = worker;
    this.servesStale = settings.onLostContact() == LostContact.SERVE_STALE;
    this.trustNanos = servesStale ? FOREVER_NANOS : settings.lease().toNanos();
    Marks mark = Marks.read(copies.mark(), shared.partitions());
    this.applied = mark.sequences();
    this.histories = mark.histories();
    this.trustedUntil = new AtomicLongArray(shared.partitions());
    this.lastContact = nanoClock.getAsLong();
    long never = lastContact - 1;
    for (int i = 0; i < applied.length; i++) {
      trustedUntil.set(i, never);
    }
    settledUntil = never;
  }

  /** Begins to hear changes. Somebody then has to call {@link #beat} in the worker regularly. */
  public void start() {
    subscription = feed.subscribe(new Subscriber());
  }

  /** Whether local copies of all partitions are trusted now. */
  public boolean isSettled() {
    return settledUntil - nanoClock.getAsLong() > 0;
  }

  /** Whether local copies of a partition may be served now. */
  public boolean trusts(int partition) {
    return trustedUntil.get(partition) - nanoClock.getAsLong() > 0;
  }

  /** Whether a local copy may be served though nobody can be asked about it. */
  public boolean servesStale() {
    return servesStale;
  }

  /** Hears of the feed, and hands over to the worker. */
  private final class Subscriber implements ChangeFeed.Listener {
    @Override
    public void changed(Changes step) {
      told.increment();
      if (waiting.offer(step)) { // else its number will be missed
        hand(drainIsDue, Coherence.this::drain);
      }
    }

    @Override
    public void interrupted() {
      hand(beatIsDue, Coherence.this::beat);
    }
  }

  /** Has the worker run a task soon, once for all who asked before it begins. */
  private void hand(AtomicBoolean isDue, Runnable task) {
    if (isDue.compareAndSet(false, true)) {
      try {
        worker.execute(task);
      } catch (RejectedExecutionException e) {
        isDue.set(false); // closed
      }
    }
  }

  private void drain() {
    drainIsDue.set(false);
    BitSet gapped = new BitSet();
    List<Changes> batch = new ArrayList<>();
    while (waiting.drainTo(batch) > 0) {
      doneToAll.clear();
      batch.forEach(step -> follow(step, gapped));
      batch.clear();
    }
    for (int p = gapped.nextSetBit(0); p >= 0; p = gapped.nextSetBit(p + 1)) {
      gaps.increment();
      try {
        if (!replay(p)) {
          hand(beatIsDue, this::beat);
        }
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.DEBUG, "a gap stays until the next heartbeat", e);
      }
    }
  }

  /** Applies a step that was told if it is the next one; notes the partition if one is missing. */
  private void follow(Changes step, BitSet gapped) {
    int p = step.partition();
    if (p < 0 || p >= applied.length || applied[p] == NOTHING || step.sequence() <= applied[p]) {
      return;
    }
    if (step.previous() == applied[p]) {
      apply(step);
    } else {
      gapped.set(p);
    }
  }

  private void apply(Changes step) {
    boolean own = step.origin() == feed.origin();
    for (Change change : step.changes()) {
      apply(change, own);
      if (!own && !isAnnounced(change)) {
        changes.changed(change);
      }
    }
    applied[step.partition()] = step.sequence();
  }

  private static boolean isAnnounced(Change change) {
    return change instanceof Change.OfKey ofKey
        && (ofKey.kind() == Change.Kind.ANNOUNCED || ofKey.kind() == Change.Kind.CONTENDED);
  }

  private void apply(Change change, boolean own) {
    if (change instanceof Change.OfKey ofKey && isAnnounced(change)) {
      if (!own || ofKey.kind() == Change.Kind.CONTENDED) { // else the turn of the write sees to it
        copies.invalidate(ofKey.key(), Long.MAX_VALUE); // whose versions another tier gives
      }
    } else if (change instanceof Change.OfKey ofKey) {
      boolean alsoThisVersion = ofKey.kind() == Change.Kind.HEADER;
      long version = alsoThisVersion ? ofKey.version() + 1 : ofKey.version();
      if (own) {
        copies.confirm(ofKey.key(), version);
      } else {
        copies.invalidate(ofKey.key(), version);
      }
    } else if (change instanceof Change.OfTag ofTag) {
      if (doneToAll.add(ofTag)) {
        copies.purgeTag(ofTag.tag(), ofTag.mode(), ofTag.throughVersion());
      }
    } else if (doneToAll.add(CLEAR)) {
      copies.clear();
      marked = new byte[0]; // the mark went with the copies
    }
  }

  /**
   * Compares the numbers of all partitions with what was applied, catches up, and renews the trust
   * in those that are up to date. In the worker only.
   */
  public void beat() {
    beatIsDue.set(false);
    drain();
    long sent = nanoClock.getAsLong();
    long[] now;
    try {
      now = feed.sequences();
    } catch (IOException e) {
      lostContact(e);
      return;
    }
    long[] before = applied.clone();
    drain(); // what was told since, so that it need not be read
    BitSet lost = new BitSet();
    BitSet reached = new BitSet();
    for (int p = 0; p < applied.length; p++) {
      if (now[p] != ChangeFeed.UNKNOWN) {
        boolean caughtUp = catchUp(p, before[p], now[p], lost);
        reached.set(p, caughtUp);
      }
    }
    if (!lost.isEmpty()) {
      distrust(lost, now);
    }
    settle(reached, sent);
    remember();
  }

  /**
   * @param before the number that was applied before the numbers were asked for
   * @return false if the log could not be read
   */
  private boolean catchUp(int p, long before, long now, BitSet lost) {
    if (before == NOTHING || now < before || feed.history(p) != histories[p]) {
      lost.set(p); // never known, or the server may have lost what was known
      return true;
    }
    if (now <= applied[p]) {
      return true;
    }
    gaps.increment();
    try {
      if (!replay(p)) {
        lost.set(p);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Applies what the log has; false if it does not reach back. */
  private boolean replay(int p) throws IOException {
    List<Changes> missed = feed.since(p, applied[p]);
    if (missed == null) {
      return false;
    }
    doneToAll.clear();
    for (Changes step : missed) {
      if (step.previous() != applied[p]) {
        return false;
      }
      apply(step);
      replayed.increment();
    }
    return true;
  }

  /** Goes on from the numbers that were asked for before the copies are dropped. */
  private void distrust(BitSet lost, long[] now) {
    distrusted.add(lost.cardinality());
    copies.distrust(lost);
    for (int p = lost.nextSetBit(0); p >= 0; p = lost.nextSetBit(p + 1)) {
      applied[p] = now[p];
      histories[p] = feed.history(p);
    }
  }

  private void settle(BitSet reached, long sent) {
    long least = Long.MAX_VALUE;
    long nowNanos = nanoClock.getAsLong();
    for (int p = 0; p < applied.length; p++) {
      if (reached.get(p)) {
        trustedUntil.set(p, sent + trustNanos);
      }
      least = Math.min(least, trustedUntil.get(p) - nowNanos);
    }
    settledUntil = nowNanos + least;
    if (reached.cardinality() == applied.length) {
      lastContact = sent;
      if (outOfContact) {
        outOfContact = false;
        LOGGER.log(System.Logger.Level.INFO, "in contact with the shared tier again");
      }
    }
  }

  private void lostContact(IOException cause) {
    if (!outOfContact && !closed) {
      outOfContact = true;
      LOGGER.log(
          System.Logger.Level.WARNING,
          "no contact with the shared tier ({0}); local copies are {1}",
          cause.getMessage(),
          servesStale ? "served on" : "served until the lease is over");
    }
  }

  private void remember() {
    long[] known = applied.clone();
    BitSet distrusted = copies.distrusted();
    for (int p = distrusted.nextSetBit(0); p >= 0; p = distrusted.nextSetBit(p + 1)) {
      known[p] = NOTHING;
    }
    byte[] mark = new Marks(known, histories).write();
    if (!Arrays.equals(mark, marked)) {
      copies.mark(mark);
      marked = mark;
    }
  }

  /** How coherence went since the start. */
  public CoherenceStatistics statistics() {
    long silence = Math.max(0, nanoClock.getAsLong() - lastContact);
    return new CoherenceStatistics(
        told.sum(), gaps.sum(), replayed.sum(), distrusted.sum(), silence / 1_000_000);
  }

  /** Hears nothing any more. The worker is its owner's to end. */
  @Override
  public void close() throws IOException {
    closed = true;
    Closeable open = subscription;
    if (open != null) {
      open.close();
    }
  }
}
