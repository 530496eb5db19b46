package io.terrace.tier.disk;

import io.terrace.PurgeReason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes room: takes the oldest region, appends again what is worth keeping, deletes the file. A
 * region in which nothing lives is not even read. Oldest first, so that a removal can be forgotten
 * when its region goes: nothing older is left that it hides.
 *
 * <p>Kept are chunks of writes in progress; everything while all that lives takes less than half of
 * the bound, since then the room is held by dead bytes of other regions; and otherwise what was
 * read since it was written, up to half a region. The rest is evicted, and so is what has expired.
 */
final class Reclaimer {
  /*
   * `lock` lets one reclaim run at a time; it is acquired before the log's lock. A kept record is
   * appended only if the index still points to the old one, under the log's lock. An entry that is
   * not kept leaves the index only after the file was unlinked: were it the other way round, a
   * removal of that key in between would find nothing to record, and a crash would bring it back.
   */
  private static final System.Logger LOGGER = System.getLogger(Reclaimer.class.getName());

  private final ReentrantLock lock = new ReentrantLock();
  private final IndexedLog indexed;
  private final RegionLog log;
  private final Forcer forcer;
  private final InstantSource clock;

  Reclaimer(IndexedLog indexed, Forcer forcer, InstantSource clock) {
    this.indexed = indexed;
    this.log = indexed.log();
    this.forcer = forcer;
    this.clock = clock;
  }

  /** Whether it is time to make room: a region's worth is left for writers while it runs. */
  boolean isDue() {
    return log.usedBytes() + indexed.reservedBytes() > targetBytes();
  }

  private long targetBytes() {
    return log.limits().maxBytes() - log.limits().regionBytes();
  }

  /** Reclaims regions until there is room again. */
  void makeRoom() throws IOException {
    // One more than there are now suffices to get rid of everything that can be got rid of.
    int regions = log.regions().all().length + 1;
    for (int i = 0; i < regions && isDue() && !log.isClosed(); i++) {
      if (!reclaimOldest()) {
        return;
      }
    }
  }

  private boolean reclaimOldest() throws IOException {
    return reclaimOldest(ReclaimPass.Keep.WORTHWHILE);
  }

  /**
   * Evicts all that is in the oldest region, for somebody who needs room on the device and for whom
   * nothing is worth keeping; false if there is no region, or a write in progress needs it.
   */
  boolean evictOldest() throws IOException {
    return reclaimOldest(ReclaimPass.Keep.NOTHING);
  }

  private boolean reclaimOldest(ReclaimPass.Keep keep) throws IOException {
    List<ReclaimPass.Departed> departed;
    lock.lock();
    try {
      Region victim = takeOldest();
      if (victim == null) {
        return false;
      }
      boolean forgotten = false;
      try {
        if (keep == ReclaimPass.Keep.NOTHING
            && indexed.longWrites().oldestRegion() <= victim.sequence()) {
          return false;
        }
        ReclaimPass pass = new ReclaimPass(indexed, clock, victim, keep);
        if (mayBeNeeded(victim)) {
          pass.run();
        }
        if (log.isClosed()) {
          return false; // nothing could be kept any more, so nothing is dropped either
        }
        if (pass.keptBytes() > 0) {
          forceKept();
        }
        delete(victim, pass);
        forgotten = true;
        departed = pass.departed();
      } finally {
        if (!forgotten) {
          victim.unpin();
        }
      }
    } finally {
      lock.unlock();
    }
    for (ReclaimPass.Departed each : departed) {
      indexed.departures().tell(each.key(), each.version(), each.reason());
    }
    return true;
  }

  private @Nullable Region takeOldest() {
    log.lock.lock();
    try {
      Region oldest = log.oldest();
      if (oldest == null || !oldest.pin()) {
        return null;
      }
      oldest.condemn();
      return oldest;
    } finally {
      log.lock.unlock();
    }
  }

  /** What was appended reaches the device before regions go; if it cannot, they go all the same. */
  private void forceKept() {
    try {
      forcer.forceAll();
    } catch (IOException e) {
      LOGGER.log(
          Level.WARNING, "the disk tier could not force what it appended: {0}", e.getMessage());
    }
  }

  private void delete(Region victim, ReclaimPass pass) throws IOException {
    victim.delete();
    log.forceDirectory();
    DroppedEntries dropped = pass.dropped();
    for (int i = 0; i < dropped.count(); i++) {
      if (indexed.drop(dropped.high(i), dropped.low(i), dropped.location(i))) {
        indexed.departures().count(dropped.reason(i));
        if (dropped.key(i) != null) {
          pass.departed()
              .add(new ReclaimPass.Departed(dropped.key(i), dropped.version(i), dropped.reason(i)));
        }
      }
    }
    sweep(victim);
    log.lock.lock();
    try {
      indexed.tags().forgetRegion(victim.sequence()); // the index is rid of all that they hid
      log.forget(victim);
    } finally {
      log.lock.unlock();
    }
  }

  /** Drops entries whose records the walk did not meet, because their headers are damaged. */
  private void sweep(Region victim) {
    if (liveEntries(victim) == 0) {
      return;
    }
    Index index = indexed.index();
    for (int segment = 0; segment < index.segments(); segment++) {
      long[] slots = index.copyOfSegment(segment);
      for (int at = 0; at < slots.length; at += IndexSegment.SLOT_LONGS) {
        long location = slots[at + IndexSegment.LOCATION];
        if (Location.region(location) == victim.sequence()
            && indexed.drop(
                slots[at + IndexSegment.HIGH], slots[at + IndexSegment.LOW], location)) {
          indexed.departures().count(PurgeReason.CORRUPTION);
        }
      }
    }
  }

  /** A condemned region that is not needed now never will be: nothing new refers to it. */
  private boolean mayBeNeeded(Region victim) {
    log.lock.lock();
    try {
      return victim.mayBeNeeded();
    } finally {
      log.lock.unlock();
    }
  }

  private int liveEntries(Region region) {
    log.lock.lock();
    try {
      return region.liveEntries();
    } finally {
      log.lock.unlock();
    }
  }

  /**
   * Deletes the regions before this one, in which a clear left nothing alive, once the record that
   * says so is on the device: else a power cut could leave some of them and not the record.
   */
  void deleteBefore(long region) throws IOException {
    lock.lock();
    try {
      if (log.regions().all()[0].sequence() < region) {
        forceKept();
      }
      while (true) {
        Region victim = takeOldest(region);
        if (victim == null) {
          return;
        }
        boolean deleted = false;
        try {
          victim.delete();
          deleted = true;
        } finally {
          if (!deleted) {
            victim.unpin();
          }
        }
        log.lock.lock();
        try {
          log.forget(victim);
        } finally {
          log.lock.unlock();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Region takeOldest(long before) {
    log.lock.lock();
    try {
      Region[] all = log.regions().all();
      boolean due = all.length > 0 && all[0].sequence() < before;
      return due && all[0].pin() ? all[0] : null;
    } finally {
      log.lock.unlock();
    }
  }
}
