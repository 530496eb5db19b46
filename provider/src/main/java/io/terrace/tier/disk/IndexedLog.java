package io.terrace.tier.disk;

import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.PurgeReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The log and its index, changed together: every method that changes something appends one record
 * and follows it in the index, under the log's lock, so both have one order. Thread safe.
 */
final class IndexedLog {
  /*
   * `log.lock` (see RegionLog) guards the index's changes, `lastVersion`,
   * `longWrites` and `scratch`. What a caller knows of an entry before it has the lock is checked again under it:
   * by location, since no two records ever have the same.
   */
  private final RegionLog log;
  private final BufferPool pool;
  private final InstantSource clock;
  private volatile Index index;
  private long lastVersion;
  private final LongWrites longWrites;
  private final HashCollisions collisions;
  private final ByteBuffer scratch =
      ByteBuffer.allocateDirect(RecordCodec.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong corruptions = new AtomicLong();

  IndexedLog(RegionLog log, BufferPool pool, InstantSource clock, Index index, long lastVersion) {
    this.log = log;
    this.pool = pool;
    this.clock = clock;
    this.index = index;
    this.lastVersion = lastVersion;
    this.longWrites = new LongWrites(log.lock);
    this.collisions = new HashCollisions(log, pool);
    for (int segment = 0; segment < index.segments(); segment++) {
      long[] slots = index.copyOfSegment(segment);
      for (int at = 0; at < slots.length; at += IndexSegment.SLOT_LONGS) {
        countEntry(slots[at + IndexSegment.LOCATION], 1);
      }
    }
  }

  RegionLog log() {
    return log;
  }

  Index index() {
    return index;
  }

  BufferPool pool() {
    return pool;
  }

  long evictions() {
    return evictions.get();
  }

  long corruptions() {
    return corruptions.get();
  }

  long lastVersion() {
    return lastVersion;
  }

  /** What has to stay free for the files that are no regions. */
  long reservedBytes() {
    return Snapshot.sizeBytes(index.size(), log.regions().all().length);
  }

  /** What cannot be dropped without losing an entry or a write in progress. */
  long liveBytes() {
    return index.liveBytes() + longWrites.bytes();
  }

  /**
   * Commits an entry with its body in one record.
   *
   * @param version to commit under, or {@link EntryHeader#UNASSIGNED} to assign one
   * @param record prepared from position 0
   * @param bodyBytes for the result
   */
  CommitResult commit(
      EntryKey key, Condition condition, long version, ByteBuffer record, long bodyBytes)
      throws IOException {
    long foreign = foreignLocation(key, condition);
    log.lock.lock();
    try {
      int length = RecordCodec.recordBytes(record, 0);
      log.awaitRoom(length, reservedBytes());
      long current = currentVersion(key, foreign);
      if (!condition.holds(current)) {
        return new CommitResult.Refused(current);
      }
      long assigned = assign(version);
      appendEntry(record, length, key, assigned, 0, 0);
      return new CommitResult.Committed(assigned, bodyBytes);
    } finally {
      log.lock.unlock();
    }
  }

  /** Commits an entry whose body was written in chunks; the write is over if it is committed. */
  CommitResult commitLong(LongWrite write, EntryHeader header, Condition condition, long version)
      throws IOException {
    EntryKey key = header.key();
    long foreign = foreignLocation(key, condition);
    ByteBuffer record = null;
    log.lock.lock();
    try {
      requirePending(write);
      int room = RecordCodec.HEADER_BYTES + log.limits().maxPrefixBytes();
      log.awaitRoom(room + write.parts().encodedBytes(), reservedBytes());
      requirePending(write);
      long current = currentVersion(key, foreign);
      if (!condition.holds(current)) {
        return new CommitResult.Refused(current);
      }
      record = EntryRecord.manifest(pool, header, write.parts());
      long assigned = assign(version);
      appendEntry(
          record,
          RecordCodec.recordBytes(record, 0),
          key,
          assigned,
          write.parts().totalRecordBytes(),
          IndexEntry.LONG);
      longWrites.end(write);
      return new CommitResult.Committed(assigned, header.bodyLength());
    } finally {
      log.lock.unlock();
      if (record != null) {
        pool.release(record);
      }
    }
  }

  private void appendEntry(
      ByteBuffer record, int length, EntryKey key, long version, long partsBytes, long flags)
      throws IOException {
    RecordCodec.putVersion(record, 0, version);
    long location = log.append(record, 0);
    lastVersion = Math.max(lastVersion, version);
    put(key.hashHigh(), key.hashLow(), IndexEntry.of(location, version, length, partsBytes, flags));
  }

  private long assign(long version) {
    return version != EntryHeader.UNASSIGNED
        ? version
        : Math.max(lastVersion + 1, clock.millis() * 1000);
  }

  private long currentVersion(EntryKey key, long foreign) {
    IndexEntry current = index.find(key.hashHigh(), key.hashLow());
    return current == null || current.location() == foreign
        ? EntryHeader.UNASSIGNED
        : current.version();
  }

  /**
   * The location of an entry with the same hash and another key, or 0. Costs a read, so it is asked
   * only where the answer of the index could be wrong: a version belongs to one key.
   */
  private long foreignLocation(EntryKey key, Condition condition) throws IOException {
    if (condition.kind() != Condition.Kind.ABSENT && condition.kind() != Condition.Kind.PRESENT) {
      return 0;
    }
    return collisions.foreignLocation(index, key);
  }

  /** Removes an entry if the condition holds. */
  boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    log.requireOpen();
    if (index.find(key.hashHigh(), key.hashLow()) == null) {
      return false;
    }
    boolean certain = condition.kind() == Condition.Kind.VERSION_IS;
    long foreign = certain ? 0 : collisions.foreignLocation(index, key);
    log.lock.lock();
    try {
      log.awaitRoom(RecordCodec.HEADER_BYTES, reservedBytes());
      long current = currentVersion(key, foreign);
      if (current == EntryHeader.UNASSIGNED || !condition.holds(current)) {
        return false;
      }
      appendRemove(key.hashHigh(), key.hashLow(), current);
      remove(key.hashHigh(), key.hashLow());
    } finally {
      log.lock.unlock();
    }
    count(reason);
    return true;
  }

  void count(PurgeReason reason) {
    if (reason == PurgeReason.EVICTION) {
      evictions.incrementAndGet();
    } else if (reason == PurgeReason.CORRUPTION) {
      corruptions.incrementAndGet();
    }
  }

  private void appendRemove(long high, long low, long version) throws IOException {
    RecordCodec.prepare(scratch, 0, RecordType.REMOVE, high, low, RecordCodec.Lengths.NONE);
    RecordCodec.putVersion(scratch, 0, version);
    log.append(scratch, 0);
  }

  /** Drops an entry whose record turned out to be damaged, if it is still that record. */
  void purgeDamaged(long high, long low, long location) {
    log.lock.lock();
    try {
      IndexEntry current = index.find(high, low);
      if (log.isClosed() || current == null || current.location() != location) {
        return;
      }
      if (log.hasRoomForReclaimer(RecordCodec.HEADER_BYTES, reservedBytes())) {
        appendRemove(high, low, current.version());
      }
      remove(high, low);
      count(PurgeReason.CORRUPTION);
    } catch (IOException e) {
      // Not even a removal can be written: after a restart the damage is found once more.
      remove(high, low);
      count(PurgeReason.CORRUPTION);
    } finally {
      log.lock.unlock();
    }
  }

  /** Notes that a record will be part of another entry; false if its region is going. */
  private boolean keepAsPart(IndexEntry entry) {
    Region region = log.regions().find(Location.region(entry.location()));
    if (region == null || region.isCondemned()) {
      return false;
    }
    region.holdParts();
    return true;
  }

  /**
   * Replaces the record of an entry, whose version stays, if it is still the one expected, and if
   * the new one does not refer to a record in a region that is being reclaimed.
   *
   * @param record prepared from position 0
   * @param partsBytes what the entry holds beside its record
   * @param flags of the new index entry
   */
  boolean replace(
      RegionLog.Author author,
      IndexEntry expected,
      ByteBuffer record,
      long high,
      long low,
      long partsBytes,
      long flags)
      throws IOException {
    log.lock.lock();
    try {
      int length = RecordCodec.recordBytes(record, 0);
      if (author == RegionLog.Author.WRITER) {
        log.awaitRoom(length, reservedBytes());
      }
      IndexEntry current = index.find(high, low);
      if (current == null || current.location() != expected.location()) {
        return false;
      }
      boolean refersToOld =
          author == RegionLog.Author.WRITER && partsBytes > 0 && !expected.isLong();
      if (refersToOld && !keepAsPart(expected)) {
        return false;
      }
      RecordCodec.putVersion(record, 0, current.version());
      long location = log.append(record, 0);
      put(high, low, IndexEntry.of(location, current.version(), length, partsBytes, flags));
      return true;
    } finally {
      log.lock.unlock();
    }
  }

  /**
   * Appends the next chunk of a body.
   *
   * @param record prepared at {@code start}
   */
  void appendChunk(LongWrite write, ByteBuffer record, int start, int bodyBytes)
      throws IOException {
    log.lock.lock();
    try {
      requirePending(write);
      int length = RecordCodec.recordBytes(record, start);
      longWrites.requireRoom(length, log.limits().maxBytes() / 2);
      log.awaitRoom(length, reservedBytes());
      requirePending(write);
      RecordCodec.putVersion(record, start, write.id());
      longWrites.add(write, log.append(record, start), length, bodyBytes);
    } finally {
      log.lock.unlock();
    }
  }

  private void requirePending(LongWrite write) throws IOException {
    log.requireOpen();
    if (write.hasEnded()) {
      throw new IOException("the write was aborted");
    }
  }

  /** The bodies being written. */
  LongWrites longWrites() {
    return longWrites;
  }

  /** Drops an entry that reclaiming does not keep, if its record is still the one expected. */
  boolean drop(long high, long low, long location) {
    log.lock.lock();
    try {
      IndexEntry current = index.find(high, low);
      if (current == null || current.location() != location) {
        return false;
      }
      remove(high, low);
      return true;
    } finally {
      log.lock.unlock();
    }
  }

  /** As {@link #drop}, with a record that says so, for an entry whose record stays behind. */
  boolean dropLogged(long high, long low, long location) throws IOException {
    log.lock.lock();
    try {
      IndexEntry current = index.find(high, low);
      if (current == null || current.location() != location) {
        return false;
      }
      if (!log.hasRoomForReclaimer(RecordCodec.HEADER_BYTES, reservedBytes())) {
        throw new IOException("no room to record that an entry leaves");
      }
      appendRemove(high, low, current.version());
      remove(high, low);
      return true;
    } finally {
      log.lock.unlock();
    }
  }

  /** Removes everything; no region before the one that is returned is needed any more. */
  long clear() throws IOException {
    log.lock.lock();
    try {
      log.awaitRoom(RecordCodec.HEADER_BYTES, reservedBytes());
      RecordCodec.prepare(scratch, 0, RecordType.CLEAR, 0, 0, RecordCodec.Lengths.NONE);
      RecordCodec.putVersion(scratch, 0, lastVersion);
      long location = log.append(scratch, 0);
      index = new Index();
      for (Region region : log.regions().all()) {
        region.addLiveEntries(-region.liveEntries());
      }
      return Math.min(Location.region(location), longWrites.oldestRegion());
    } finally {
      log.lock.unlock();
    }
  }

  private void put(long high, long low, IndexEntry entry) {
    IndexEntry previous = index.put(high, low, entry);
    countEntry(entry.location(), 1);
    if (previous != null) {
      countEntry(previous.location(), -1);
    }
  }

  private void remove(long high, long low) {
    IndexEntry removed = index.remove(high, low);
    if (removed != null) {
      countEntry(removed.location(), -1);
    }
  }

  private void countEntry(long location, int difference) {
    Region region = log.regions().find(Location.region(location));
    if (region != null) {
      region.addLiveEntries(difference);
    }
  }
}
