package io.terrace.tier.heap;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.TagEpochs;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the purges by tag that a heap tier remembers few. A walk over all entries carries out what
 * was purged so far; after the next walk those purges are forgotten. Each purge moves the walk on
 * by some entries, so that it takes the same time however many there are. Thread safe.
 */
final class TagSweep {
  /*
   * `turn` guards the walk; who finds it taken leaves the work to the holder. `forgetting` is held
   * shared by the commit of an entry with tags, from the check whether it was purged to its
   * insertion, and exclusively while purges are forgotten: so none is forgotten in between. Under
   * `turn` entries are taken out, with the locks that takes; under `forgetting` are only the bins of
   * the map of entries. Nobody waits for I/O or a user under them.
   *
   * A purge is remembered for at least PURGES_PER_WALK further ones, since a copy on its way from
   * below may have been read before the purge without being announced by an open write yet. Writes
   * that were open are known by what was forgotten since.
   */
  private static final int PURGES_PER_WALK = 1024;
  private static final int ENTRIES_PER_PURGE = 1024;

  private final TagEpochs tags;
  private final Iterable<StoredEntry> entries;
  private final Consumer<StoredEntry> settle;
  private final ReentrantLock turn = new ReentrantLock();
  private final ReentrantReadWriteLock forgetting = new ReentrantReadWriteLock();

  private @Nullable Iterator<StoredEntry> walk;
  private int purgesSinceStart;
  private Map<String, TagEpochs.Epoch> carriedOut = Map.of();
  private Map<String, TagEpochs.Epoch> atStart = Map.of();

  private volatile long forgets;
  private volatile long forgottenThrough = EntryHeader.UNASSIGNED;

  /**
   * @param entries weakly consistent
   * @param settle carries out what is remembered against one entry
   */
  TagSweep(TagEpochs tags, Iterable<StoredEntry> entries, Consumer<StoredEntry> settle) {
    this.tags = tags;
    this.entries = entries;
    this.settle = settle;
  }

  /** Held by the commit of an entry with tags. */
  Lock commitLock() {
    return forgetting.readLock();
  }

  /** What a write keeps in mind from its opening on. */
  long forgets() {
    return forgets;
  }

  /** Whether a purge of this entry may have been forgotten since a write was opened. */
  boolean mayHaveForgotten(long forgetsAtOpening, EntryHeader header) {
    return forgets != forgetsAtOpening
        && header.version() <= forgottenThrough
        && !header.metadata().tags().isEmpty();
  }

  /** A tag was purged. */
  void purged() {
    if (turn.tryLock()) {
      try {
        step();
      } finally {
        turn.unlock();
      }
    }
  }

  private void step() {
    purgesSinceStart++;
    Iterator<StoredEntry> current = walk;
    if (current == null) {
      if (purgesSinceStart < PURGES_PER_WALK) {
        return;
      }
      purgesSinceStart = 0;
      atStart = tags.all();
      current = entries.iterator();
      walk = current;
    }
    for (int i = 0; i < ENTRIES_PER_PURGE && current.hasNext(); i++) {
      settle.accept(current.next());
    }
    if (!current.hasNext()) {
      walk = null;
      forget(carriedOut);
      carriedOut = atStart;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the write lock alone
  private void forget(Map<String, TagEpochs.Epoch> epochs) {
    forgetting.writeLock().lock();
    try {
      for (Map.Entry<String, TagEpochs.Epoch> purged : epochs.entrySet()) {
        TagEpochs.Epoch epoch = purged.getValue();
        long through = Math.max(epoch.hardThrough(), epoch.softThrough());
        forgottenThrough = Math.max(forgottenThrough, through);
        tags.forget(purged.getKey(), epoch);
      }
      forgets++;
    } finally {
      forgetting.writeLock().unlock();
    }
  }
}
