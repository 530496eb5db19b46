package io.terrace.tier.disk;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The log and its index, changed together: every method that changes something appends one record
 * and follows it in the index, under the log's lock, so both have one order. Thread safe.
 *
 * <p>Over 400 lines since everything that changes both under that lock is here, and nothing else.
 */
final class IndexedLog {
  /*
   * `log.lock` (see RegionLog) guards the index's changes, `lastVersion`,
   * `longWrites`, `tags` and `scratch`. What a caller knows of an entry before it has the lock is checked again under it:
   * by location, since no two records ever have the same.
   */
  private final RegionLog log;
  private final BufferPool pool;
  private final InstantSource clock;
  private volatile Index index;
  private long lastVersion;
  private final LongWrites longWrites;
  private final Set<PendingBody> followed = ConcurrentHashMap.newKeySet();
  private final PurgedTags tags;
  private final AbsentEntries absentEntries;
  private final ByteBuffer scratch =
      ByteBuffer.allocateDirect(RecordCodec.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final Departures departures;

  /**
   * @param tags the purges that are in the log
   * @param lastVersion the largest version there ever was
   */
  IndexedLog(
      RegionLog log,
      BufferPool pool,
      InstantSource clock,
      Index index,
      PurgedTags tags,
      long lastVersion,
      Departures departures) {
    this.log = log;
    this.pool = pool;
    this.clock = clock;
    this.index = index;
    this.lastVersion = lastVersion;
    this.departures = departures;
    this.longWrites = new LongWrites(log.lock, log.regions());
    this.tags = tags;
    this.absentEntries = new AbsentEntries(log, pool, tags);
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

  /** The purges by tag. */
  PurgedTags tags() {
    return tags;
  }

  Departures departures() {
    return departures;
  }

  long lastVersion() {
    return lastVersion;
  }

  /** What has to stay free for the files that are no regions. */
  long reservedBytes() {
    return Snapshot.sizeBytes(index.size(), log.regions().all().length, tags.encodedBytes());
  }

  private void awaitRoom(int recordBytes) throws IOException {
    log.awaitRoom(recordBytes, reservedBytes(), longWrites.bytes());
  }

  /** What cannot be dropped without losing an entry or a write in progress. */
  long liveBytes() {
    return index.liveBytes() + longWrites.bytes();
  }

  /**
   * Commits an entry with its body in one record.
   *
   * @param header what the record says
   * @param version to commit under, or {@link EntryHeader#UNASSIGNED} to assign one
   * @param record prepared from position 0
   * @return null if the header has to say that the entry is stale, as one of its tags was purged
   */
  @Nullable CommitResult commit(
      EntryHeader header, Condition condition, long version, ByteBuffer record) throws IOException {
    EntryKey key = header.key();
    while (true) {
      long purges = tags.purges();
      long absent = absentLocation(key, condition);
      log.lock.lock();
      try {
        int length = RecordCodec.recordBytes(record, 0);
        awaitRoom(length);
        if (purges != tags.purges()) {
          continue;
        }
        long current = currentVersion(key, absent);
        if (!condition.holds(current)) {
          return new CommitResult.Refused(current);
        }
        long assigned = assign(version);
        EntryHeader seen = seen(header, assigned);
        if (seen == null) {
          return new CommitResult.Refused(current);
        }
        if (seen.freshness() != header.freshness()) {
          return null;
        }
        appendEntry(record, length, key, assigned, 0, 0);
        return new CommitResult.Committed(assigned, header.bodyLength());
      } finally {
        log.lock.unlock();
      }
    }
  }

  /** The header as it will be seen once it is committed under a version; null if not at all. */
  private @Nullable EntryHeader seen(EntryHeader header, long version) {
    return header.metadata().tags().isEmpty() ? header : tags.seen(header.withVersion(version));
  }

  /** Commits an entry whose body was written in chunks; the write is over if it is committed. */
  CommitResult commitLong(LongWrite write, EntryHeader header, Condition condition, long version)
      throws IOException {
    EntryKey key = header.key();
    ByteBuffer record = null;
    while (true) {
      long purges = tags.purges();
      long absent = absentLocation(key, condition);
      log.lock.lock();
      try {
        requirePending(write);
        int room = RecordCodec.HEADER_BYTES + log.limits().maxPrefixBytes();
        awaitRoom(room + write.parts().encodedBytes());
        requirePending(write);
        if (purges != tags.purges()) {
          continue;
        }
        long current = currentVersion(key, absent);
        long assigned = assign(version);
        EntryHeader seen = seen(header, assigned);
        if (!condition.holds(current) || seen == null) {
          return new CommitResult.Refused(current);
        }
        record = EntryRecord.manifest(pool, seen, write.parts());
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

  private long currentVersion(EntryKey key, long absent) {
    IndexEntry current = index.find(key.hashHigh(), key.hashLow());
    return current == null || current.location() == absent
        ? EntryHeader.UNASSIGNED
        : current.version();
  }

  /**
   * The location of an entry with the same hash that is none of this key, or was purged by tag; or
   * 0. Costs a read, so it is asked only where the answer of the index could be wrong: a version
   * belongs to one key.
   */
  private long absentLocation(EntryKey key, Condition condition) throws IOException {
    return switch (condition.kind()) {
      case ALWAYS -> 0;
      case ABSENT, LEASED, ANNOUNCED, PRESENT -> absentEntries.location(index, key);
      case VERSION_IS, OLDER_THAN -> mayBePurged(key) ? absentEntries.location(index, key) : 0;
    };
  }

  private boolean mayBePurged(EntryKey key) {
    IndexEntry entry = index.find(key.hashHigh(), key.hashLow());
    return entry != null && tags.mayHide(entry.version());
  }

  /** Removes an entry if the condition holds. */
  boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    log.requireOpen();
    if (index.find(key.hashHigh(), key.hashLow()) == null || !removed(key, condition)) {
      return false;
    }
    departures.count(reason);
    return true;
  }

  private boolean removed(EntryKey key, Condition condition) throws IOException {
    while (true) {
      long purges = tags.purges();
      boolean certain = condition.kind() == Condition.Kind.VERSION_IS && !mayBePurged(key);
      long absent = certain ? 0 : absentEntries.location(index, key);
      log.lock.lock();
      try {
        awaitRoom(RecordCodec.HEADER_BYTES);
        if (purges != tags.purges()) {
          continue;
        }
        long current = currentVersion(key, absent);
        if (current == EntryHeader.UNASSIGNED || !condition.holds(current)) {
          return false;
        }
        appendRemove(key.hashHigh(), key.hashLow(), current);
        remove(key.hashHigh(), key.hashLow());
        return true;
      } finally {
        log.lock.unlock();
      }
    }
  }

  /**
   * Purges the entries that have a tag, by a record that says so.
   *
   * @param throughVersion or {@link EntryHeader#UNASSIGNED} for the largest there is
   * @return the version it goes through
   */
  long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    byte[] bytes = PurgedTags.utf8(tag);
    ByteBuffer record = null;
    log.lock.lock();
    try {
      log.requireOpen();
      long through = throughVersion == EntryHeader.UNASSIGNED ? lastVersion : throughVersion;
      // A tag that no header has room for has no entries.
      if (bytes.length > log.limits().maxPrefixBytes() || tags.covers(tag, mode, through)) {
        return through;
      }
      awaitRoom(RecordCodec.align(RecordCodec.HEADER_BYTES + bytes.length));
      through = throughVersion == EntryHeader.UNASSIGNED ? lastVersion : throughVersion;
      record = pool.acquire(RecordCodec.align(RecordCodec.HEADER_BYTES + bytes.length));
      RecordCodec.preparePurgeTag(record, mode, bytes);
      RecordCodec.putVersion(record, 0, through);
      long location = log.append(record, 0);
      lastVersion = Math.max(lastVersion, through);
      tags.add(tag, mode, through, Location.region(location));
      return through;
    } finally {
      log.lock.unlock();
      if (record != null) {
        pool.release(record);
      }
    }
  }

  /**
   * Takes an entry that was purged by tag out of the index, unless somebody is at work on it. The
   * log need not say so: while it holds the entry, it holds the purge, which stands behind it.
   */
  void dropPurged(long high, long low, long location) {
    if (log.lock.tryLock()) {
      try {
        IndexEntry current = index.find(high, low);
        if (!log.isClosed() && current != null && current.location() == location) {
          remove(high, low);
        }
      } finally {
        log.lock.unlock();
      }
    }
  }

  private void appendRemove(long high, long low, long version) throws IOException {
    RecordCodec.prepare(scratch, 0, RecordType.REMOVE, high, low, RecordCodec.Lengths.NONE);
    RecordCodec.putVersion(scratch, 0, version);
    log.append(scratch, 0);
  }

  /**
   * Drops an entry whose record turned out to be damaged, if it is still that record, and tells of
   * it. Called without any lock.
   *
   * @param key null if nobody can tell
   */
  void purgeDamaged(@Nullable EntryKey key, long high, long low, long location) {
    IndexEntry entry = index.find(high, low);
    if (dropDamaged(high, low, location) && entry != null) {
      departures.tell(key, entry.version(), PurgeReason.CORRUPTION);
    }
  }

  /** As {@link #purgeDamaged}, and returns whether there is something to tell. */
  boolean dropDamaged(long high, long low, long location) {
    log.lock.lock();
    try {
      IndexEntry current = index.find(high, low);
      if (log.isClosed() || current == null || current.location() != location) {
        return false;
      }
      if (log.hasRoomForReclaimer(RecordCodec.HEADER_BYTES, reservedBytes())) {
        appendRemove(high, low, current.version());
      }
      remove(high, low);
    } catch (IOException e) {
      // Not even a removal can be written: after a restart the damage is found once more.
      remove(high, low);
    } finally {
      log.lock.unlock();
    }
    departures.count(PurgeReason.CORRUPTION);
    return true;
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
   * Replaces the record of an entry, whose version stays, if it is still the one expected, if no
   * purge by tag makes the header another, and if the new record does not refer to a record in a
   * region that is being reclaimed.
   *
   * @param header what the record says
   * @param record prepared from position 0
   * @param partsBytes what the entry holds beside its record
   * @param flags of the new index entry
   */
  boolean replace(
      RegionLog.Author author,
      IndexEntry expected,
      EntryHeader header,
      ByteBuffer record,
      long partsBytes,
      long flags)
      throws IOException {
    long high = header.key().hashHigh();
    long low = header.key().hashLow();
    log.lock.lock();
    try {
      int length = RecordCodec.recordBytes(record, 0);
      if (author == RegionLog.Author.WRITER) {
        awaitRoom(length);
      }
      IndexEntry current = index.find(high, low);
      if (current == null || current.location() != expected.location()) {
        return false;
      }
      if (tags.concern(header)) {
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
      awaitRoom(length);
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

  /** The bodies that somebody reads while they are written: told when the tier is closed. */
  Set<PendingBody> followed() {
    return followed;
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

  /**
   * Removes everything by a record at the beginning of a region; no region before the one that is
   * returned is needed any more. Since that makes room, it takes the room that reclaiming has.
   */
  long clear() throws IOException {
    log.lock.lock();
    try {
      if (!log.hasRoomForReclaimer(RecordCodec.HEADER_BYTES, reservedBytes())) {
        awaitRoom(RecordCodec.HEADER_BYTES);
      }
      log.startRegion();
      RecordCodec.prepare(scratch, 0, RecordType.CLEAR, 0, 0, RecordCodec.Lengths.NONE);
      RecordCodec.putVersion(scratch, 0, lastVersion);
      long location = log.append(scratch, 0);
      index = new Index();
      tags.clear();
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
