package io.terrace.stack;

import io.terrace.tier.CommitResult;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderUpdate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.StampedLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is at work on one key of a stack of streams: open handles, staged writes, and those that
 * change the key at this moment. In the map of {@link StreamWork} as long as anybody is.
 */
final class KeyWork {
  /*
   * The monitor of a KeyWork guards all of its fields but `users`, which is guarded by the map
   * section of StreamWork; it is held for moments only. Tiers are called in sections of their own:
   * `committing` counts promotions that commit into a tier, any number at once; `busy` says that a
   * lone writer copies up, a header is updated or an expired entry is removed, which is alone. Who
   * changes the key waits for the end of these; readers never wait. Reading and writing of bodies is
   * outside.
   *
   * `order` puts what changes the authority before or after what undoes writes. Commits share it, and
   * look inside of it whether they are undone; a removal or purge, which undoes them, is alone, and so
   * is the commit of a load, which every other commit undoes. It comes before `busy`, and that before
   * the monitor.
   */
  int users;

  private final StampedLock order = new StampedLock();

  private Watch watch = new Watch();
  private volatile int turns; // written under the monitor
  private boolean crowded;
  private long confirmedThrough;
  private volatile int confirmations; // written under the monitor
  private int committing;
  private boolean busy;
  private final List<GrowingBody> writes = new ArrayList<>(1);
  private long undoings;

  /**
   * What a reader holds on to from before its lookup: as long as nobody wrote or purged the key
   * since, what it read may be copied up (I3).
   */
  static final class Watch {
    private boolean over;
    private @Nullable Update update;
    private @Nullable StreamPromotion leader;
  }

  /** What changed in a header, which promotions in progress have to follow. */
  private record Update(long version, HeaderUpdate change) {
    EntryHeader applyTo(EntryHeader header) {
      return header.version() == version ? change.applyTo(header) : header;
    }
  }

  /** A watch for a reader that is about to look the key up; null if it must not promote. */
  synchronized @Nullable Watch watch() {
    return isChanging() ? null : watch;
  }

  /** Whether the key is being changed, so that only the authority may be asked. Never waits. */
  boolean isChanging() {
    return turns > 0 || confirmations > 0;
  }

  /** Makes the promotion the one of its watch, unless another is at it and gets on. */
  synchronized boolean lead(Watch mine, StreamPromotion promotion) {
    if (mine.over || (mine.leader != null && !mine.leader.isStuck())) {
      return false;
    }
    mine.leader = promotion;
    return true;
  }

  synchronized void resign(Watch mine, StreamPromotion promotion) {
    if (mine.leader == promotion) {
      mine.leader = null;
    }
  }

  /** How a promotion or a write puts its entry into tiers. */
  interface Commit {
    void run(EntryHeader header);
  }

  private synchronized void enter() {
    awaitIdle();
    busy = true;
  }

  private synchronized void leave() {
    busy = false;
    notifyAll();
  }

  /** Under the monitor. */
  private void awaitIdle() {
    awaitAtMost(0);
  }

  /** Under the monitor: waits until nobody is alone at the tiers and so many commits are left. */
  private void awaitAtMost(int commits) {
    boolean interrupted = false;
    while (busy || committing > commits) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true; // what is awaited is as short as the tiers' own time-outs
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Commits a promotion with the header as it is by now; false if the key changed since. */
  boolean commit(Watch mine, EntryHeader header, Commit commit) {
    Update update;
    synchronized (this) {
      awaitAtMost(Integer.MAX_VALUE);
      if (mine.over) {
        return false;
      }
      update = mine.update;
      committing++;
    }
    try {
      commit.run(update == null ? header : update.applyTo(header));
      return true;
    } finally {
      synchronized (this) {
        committing--;
        notifyAll();
      }
    }
  }

  /**
   * Changes the header of a version, and that of promotions which are in progress. If that fails,
   * or makes of the entry what the change does not say, nothing that was read before is promoted.
   */
  boolean update(long version, HeaderUpdate change, Supplier<TierPurges.Updated> everywhere) {
    enter();
    boolean known = false;
    try {
      TierPurges.Updated updated = everywhere.get();
      if (updated == TierPurges.Updated.AS_SAID) {
        remember(version, change);
      }
      known = updated != TierPurges.Updated.BY_TAG;
      return updated != TierPurges.Updated.NOT;
    } finally {
      if (!known) {
        endWatch();
      }
      leave();
    }
  }

  private synchronized void remember(long version, HeaderUpdate change) {
    Update before = watch.update;
    watch.update =
        before != null && before.version() == version
            ? new Update(version, before.change().then(change))
            : new Update(version, change);
  }

  /** Runs a removal in the midst of a turn, without an update coming between. */
  boolean exclusively(BooleanSupplier removal) {
    enter();
    try {
      return removal.getAsBoolean();
    } finally {
      leave();
    }
  }

  /**
   * Begins a change of the key: what was read before may not be copied up any more.
   *
   * @param clearings looked at under the monitor, so that either this turn sees the clearing or
   *     {@link #clear} sees this turn
   */
  synchronized void beginTurn(AtomicInteger clearings) {
    endWatch();
    turns++;
    crowded = turns > 1 || crowded || clearings.get() > 0;
    awaitIdle();
  }

  synchronized void endTurn() {
    if (--turns == 0) {
      crowded = false;
      confirmedThrough = EntryHeader.UNASSIGNED;
    }
  }

  /**
   * This process is told of a change that it made itself. It may be an earlier one whose answer was
   * lost, and which came after what was read or is being committed.
   */
  synchronized void beginConfirm(long version) {
    Update update = watch.update;
    endWatch();
    watch.update = update;
    confirmations++;
    if (turns > 0) {
      confirmedThrough = Math.max(confirmedThrough, version);
    }
    awaitIdle();
  }

  synchronized void endConfirm() {
    confirmations--;
  }

  /**
   * Copies up what the one turn committed, with the header as it is by now; does nothing if another
   * change of the key is or was under way meanwhile.
   */
  boolean ifAlone(EntryHeader header, Commit copy) {
    enter();
    try {
      Update update;
      synchronized (this) {
        if (crowded || header.version() < confirmedThrough) {
          return false;
        }
        update = watch.update;
      }
      copy.run(update == null ? header : update.applyTo(header));
      return true;
    } finally {
      leave();
    }
  }

  /** A commit at the authority. */
  interface CommitBelow {
    CommitResult run() throws IOException;
  }

  /**
   * Commits a write at the authority unless it was undone, and undoes loads in progress.
   *
   * @return null if the write was undone
   */
  @Nullable CommitResult commitBelow(GrowingBody write, CommitBelow commit) throws IOException {
    long stamp = write.isUndoneByWrites() ? order.writeLock() : order.readLock();
    boolean refused = false;
    try {
      if (write.isPurged()) {
        refused = true;
        return null;
      }
      CommitResult result = commit.run();
      refused = result instanceof CommitResult.Refused;
      return result;
    } finally {
      if (!refused) {
        replaceWrites();
      }
      order.unlock(stamp);
    }
  }

  /**
   * Runs what removes or purges the key at the authority, and may undo writes, while no write is
   * committed there.
   */
  boolean removing(BooleanSupplier removal) {
    long stamp = order.writeLock();
    try {
      return removal.getAsBoolean();
    } finally {
      order.unlockWrite(stamp);
    }
  }

  /** Undoes writes before a removal: those whose commit began are waited for, and then removed. */
  void undoBefore(Runnable undoing) {
    boolean unused =
        removing(
            () -> {
              undoing.run();
              return true;
            });
  }

  /** The cache is about to be cleared. */
  void clear() {
    undoBefore(this::removeWrites);
    dropCopies();
  }

  /** Nothing that was read or written before is copied up, and what is at it has ended. */
  synchronized void dropCopies() {
    endWatch();
    crowded = turns > 0;
    awaitIdle();
  }

  private synchronized void endWatch() {
    watch.over = true;
    watch = new Watch();
  }

  /**
   * How often loads in progress were undone, for one whose write is not yet {@link #add added}: a
   * value whose loading began before is not to be stored.
   */
  synchronized long undoings() {
    return undoings;
  }

  synchronized void add(GrowingBody write) {
    writes.add(write);
  }

  synchronized void remove(GrowingBody write) {
    writes.remove(write);
  }

  /** The key was written: the commits of loads in progress become ineffective. */
  private synchronized void replaceWrites() {
    undoings++;
    for (GrowingBody write : writes) {
      write.markReplaced();
    }
  }

  /** The key is removed: the commits of some writes in progress become ineffective. */
  synchronized void removeWrites() {
    undoings++;
    for (GrowingBody write : writes) {
      write.markRemoved();
    }
  }

  /** The commits of writes that are in progress become ineffective. */
  synchronized void purgeWrites() {
    undoings++;
    for (GrowingBody write : writes) {
      write.markPurged();
    }
  }

  /** As {@link #purgeWrites}, of those with this tag. */
  synchronized void purgeWrites(String tag) {
    undoings++; // nobody knows the tags of what is about to be loaded
    for (GrowingBody write : writes) {
      if (write.header().metadata().tags().contains(tag)) {
        write.markPurged();
      }
    }
  }

  /** The latest write in progress that can be followed, or null. */
  synchronized @Nullable GrowingBody latestWrite() {
    for (int i = writes.size() - 1; i >= 0; i--) {
      if (writes.get(i).canBeFollowed()) {
        return writes.get(i);
      }
    }
    return null;
  }
}
