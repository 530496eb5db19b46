package io.terrace.tier.disk;

import io.terrace.PurgeReason;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One walk over a region that is being reclaimed: appends again what is worth keeping, and lists
 * what is not. Every copy is appended under the log's lock, and only if the index still points to
 * the record it was made of; if it does not, the entry is looked at once more. Used by one thread.
 *
 * <p>Kept are chunks of writes in progress; everything while all that lives takes less than half of
 * the bound, since then the room is held by dead bytes of other regions; and otherwise what was
 * read since it was written, up to half a region. The rest is evicted, and so is what has expired.
 *
 * <p>Just over 400 lines since the kinds of records are kept in different ways during one walk.
 */
final class ReclaimPass {

  /** What became of an entry that a pass met. */
  private enum Outcome {
    /** It does not need the region any more. */
    DONE,
    /** It leaves with the region. */
    NOT_KEPT,
    /** Somebody changed it meanwhile: look again. */
    CHANGED
  }

  private static final System.Logger LOGGER = System.getLogger(ReclaimPass.class.getName());

  private final IndexedLog indexed;
  private final RegionLog log;
  private final InstantSource clock;
  private final Region victim;
  private final Keep keep;
  private final PurgedTags tags;
  private final DroppedEntries dropped = new DroppedEntries();
  private final List<Departed> departed = new ArrayList<>();
  private long keptBytes;
  private long doneLocation;

  /** What a pass keeps of entries. */
  enum Keep {
    WORTHWHILE,
    NOTHING
  }

  /**
   * @param victim pinned and condemned
   */
  ReclaimPass(IndexedLog indexed, InstantSource clock, Region victim, Keep keep) {
    this.indexed = indexed;
    this.log = indexed.log();
    this.tags = indexed.tags();
    this.clock = clock;
    this.victim = victim;
    this.keep = keep;
  }

  /** What was appended again. */
  long keptBytes() {
    return keptBytes;
  }

  /** The entries that leave the index once the file is gone. */
  DroppedEntries dropped() {
    return dropped;
  }

  /**
   * An entry that left during the walk.
   *
   * @param key null where nobody wants to know
   */
  record Departed(@Nullable EntryKey key, long version, PurgeReason reason) {}

  /** What left already. */
  List<Departed> departed() {
    return departed;
  }

  /** Visits every record; what it could not keep when the log was closed is no loss. */
  void run() {
    try (RegionScanner scanner =
        new RegionScanner(log, victim, indexed.pool(), RegionScanner.OnDamage.SKIP)) {
      RecordHeader header = scanner.next();
      while (header != null && !log.isClosed()) {
        visit(header, Location.of(victim.sequence(), scanner.offset()));
        header = scanner.next();
      }
    }
  }

  private void visit(RecordHeader record, long location) {
    if (record.type() == RecordType.REMOVE
        || record.type() == RecordType.CLEAR
        || record.type() == RecordType.PURGE_TAG) {
      return; // nothing older is left that it could hide
    }
    if (record.type() == RecordType.CHUNK && moveInFlight(record, location)) {
      return;
    }
    Outcome outcome = Outcome.CHANGED;
    while (outcome == Outcome.CHANGED && !log.isClosed()) {
      IndexEntry entry = indexed.index().find(record.hashHigh(), record.hashLow());
      if (entry == null) {
        return;
      }
      if (entry.isLong()) {
        outcome = visitLong(entry, record);
      } else {
        outcome = entry.location() == location ? visitInline(entry, record) : Outcome.DONE;
      }
    }
  }

  private Outcome visitInline(IndexEntry entry, RecordHeader record) {
    boolean expired = record.expiresAtMillis() <= clock.millis();
    Outcome outcome =
        !expired && isWorthKeeping(entry, record.recordBytes())
            ? keepInline(entry, record)
            : Outcome.NOT_KEPT;
    if (outcome == Outcome.NOT_KEPT) {
      drop(entry, record, expired ? PurgeReason.EXPIRY : PurgeReason.EVICTION);
    }
    return outcome;
  }

  /** Lists an entry as one that leaves with the region; reads its header only if that matters. */
  private void drop(IndexEntry entry, RecordHeader record, PurgeReason wanted) {
    EntryKey key = null;
    PurgeReason reason = wanted;
    boolean listening = indexed.departures().isListening();
    if (wanted == PurgeReason.EVICTION && (listening || tags.mayHide(entry.version()))) {
      try (LoadedRecord prefix =
          LoadedRecord.prefix(
              log, indexed.pool(), victim, entry, record.hashHigh(), record.hashLow())) {
        key = prefix.key();
        reason = tags.seen(prefix.entryHeader(key)) == null ? PurgeReason.INVALIDATION : wanted;
      } catch (IOException e) {
        LOGGER.log(Level.DEBUG, "an entry leaves that cannot be read", e);
      }
    }
    dropped.add(record.hashHigh(), record.hashLow(), entry, reason, listening ? key : null);
  }

  private boolean isWorthKeeping(IndexEntry entry, long copyBytes) {
    if (keep == Keep.NOTHING) {
      return false;
    }
    long bound = log.limits().maxBytes() - indexed.reservedBytes() - log.departedBytes();
    return indexed.liveBytes() <= bound / 2
        || (entry.wasRead() && keptBytes + copyBytes <= log.limits().regionBytes() / 2);
  }

  private Outcome keepInline(IndexEntry entry, RecordHeader record) {
    ByteBuffer copy = null;
    try (LoadedRecord loaded =
        LoadedRecord.entry(
            log, indexed.pool(), victim, entry, record.hashHigh(), record.hashLow())) {
      EntryHeader seen = seen(loaded);
      if (seen == null) {
        dropped.add(record.hashHigh(), record.hashLow(), entry, PurgeReason.INVALIDATION, null);
        return Outcome.DONE;
      }
      copy = EntryRecord.inline(indexed.pool(), seen, loaded.body());
      return replace(entry, seen, copy, 0, 0);
    } catch (DamagedException e) {
      dropDamaged(entry, record);
      return Outcome.DONE;
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "an entry could not be kept", e);
      return Outcome.NOT_KEPT;
    } finally {
      if (copy != null) {
        indexed.pool().release(copy);
      }
    }
  }

  /** The header that a copy gets; null if a purge by tag hit the entry. */
  private @Nullable EntryHeader seen(LoadedRecord loaded) throws DamagedException {
    return tags.seen(loaded.entryHeader(loaded.key()));
  }

  private void dropDamaged(IndexEntry entry, RecordHeader record) {
    long high = record.hashHigh();
    long low = record.hashLow();
    EntryKey key = null;
    if (indexed.departures().isListening()) {
      Region home = log.regions().find(Location.region(entry.location()));
      try (LoadedRecord prefix =
          home == null ? null : LoadedRecord.prefix(log, indexed.pool(), home, entry, high, low)) {
        key = prefix == null ? null : prefix.key();
      } catch (IOException e) {
        LOGGER.log(Level.DEBUG, "the key of a damaged entry cannot be read", e);
      }
    }
    if (indexed.dropDamaged(high, low, entry.location())) {
      departed.add(new Departed(key, entry.version(), PurgeReason.CORRUPTION));
    }
  }

  private Outcome replace(
      IndexEntry entry, EntryHeader header, ByteBuffer copy, long partsBytes, long flags)
      throws IOException {
    int length = RecordCodec.recordBytes(copy, 0);
    log.lock.lock();
    try {
      if (!log.hasRoomForReclaimer(length, indexed.reservedBytes())) {
        return Outcome.NOT_KEPT;
      }
      if (!indexed.replace(RegionLog.Author.RECLAIMER, entry, header, copy, partsBytes, flags)) {
        return Outcome.CHANGED;
      }
      keptBytes += length;
      return Outcome.DONE;
    } finally {
      log.lock.unlock();
    }
  }

  /** The chunk of a write in progress: it has to go on living whatever it takes. */
  private boolean moveInFlight(RecordHeader record, long location) {
    LongWrites writes = indexed.longWrites();
    LongWrite write = writes.find(record.version(), location);
    if (write == null) {
      return false;
    }
    try {
      ByteBuffer copy = loadChunk(record, location, write.id());
      log.lock.lock();
      try {
        if (writes.find(write.id(), location) == null) {
          return false; // committed or aborted meanwhile
        }
        long moved = append(copy, bodyStart(record));
        return writes.move(
            write.id(), location, moved, RecordCodec.recordBytes(copy, bodyStart(record)));
      } finally {
        log.lock.unlock();
        indexed.pool().release(copy);
      }
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "a chunk of a write in progress could not be kept", e);
      writes.end(write); // its next step fails
      return true;
    }
  }

  /** Where a copy of this record begins in its buffer, so that header and body are adjacent. */
  private int bodyStart(RecordHeader record) {
    return record.prefixBytes() - RecordCodec.HEADER_BYTES;
  }

  /**
   * Reads the record at this location and prepares it to be appended again as a chunk, without what
   * an ENTRY has before its body. The caller releases the buffer.
   */
  private ByteBuffer loadChunk(RecordHeader record, long location, long writeId)
      throws IOException {
    ByteBuffer buffer = indexed.pool().acquire(record.recordBytes());
    boolean loaded = false;
    try {
      victim.read(buffer.limit(record.recordBytes()), Location.offset(location));
      buffer.clear();
      int body = record.prefixBytes();
      if (RecordCodec.crc(buffer, body, record.bodyBytes()) != record.bodyCrc()) {
        throw new DamagedException("a wrong checksum of a chunk in " + victim.path());
      }
      int start = bodyStart(record);
      RecordCodec.prepareChunk(
          buffer,
          start,
          record.hashHigh(),
          record.hashLow(),
          record.type() == RecordType.CHUNK ? record.entryBytes() : 0,
          RecordCodec.Lengths.ofBody(record.bodyBytes(), record.bodyCrc()));
      RecordCodec.putVersion(buffer, start, writeId);
      loaded = true;
      return buffer;
    } finally {
      if (!loaded) {
        indexed.pool().release(buffer);
      }
    }
  }

  /** Appends a chunk again; returns where. */
  private long append(ByteBuffer buffer, int start) throws IOException {
    log.lock.lock();
    try {
      int length = RecordCodec.recordBytes(buffer, start);
      if (!log.hasRoomForReclaimer(length, indexed.reservedBytes())) {
        throw new IOException("no room to keep an entry");
      }
      long location = log.append(buffer, start);
      keptBytes += length;
      return location;
    } finally {
      log.lock.unlock();
    }
  }

  private Outcome visitLong(IndexEntry entry, RecordHeader record) {
    if (entry.location() == doneLocation) {
      return Outcome.DONE; // the chunks of a body follow one another: it has been seen to
    }
    Region home = log.regions().pin(Location.region(entry.location()));
    if (home == null) {
      return log.regions().find(Location.region(entry.location())) == null
          ? Outcome.DONE // a manifest without its region: whoever looks it up will find out
          : Outcome.CHANGED;
    }
    try {
      return moveLong(entry, record, home);
    } finally {
      home.unpin();
    }
  }

  private Outcome moveLong(IndexEntry entry, RecordHeader record, Region home) {
    long high = record.hashHigh();
    long low = record.hashLow();
    Outcome outcome;
    PurgeReason reason = PurgeReason.EVICTION;
    EntryKey key = null;
    try (LoadedRecord manifest = LoadedRecord.entry(log, indexed.pool(), home, entry, high, low)) {
      Parts parts = manifest.parts();
      long copyBytes = parts.recordBytesIn(victim.sequence());
      if (home != victim && copyBytes == 0) {
        doneLocation = entry.location();
        return Outcome.DONE;
      }
      key = manifest.key();
      EntryHeader seen = tags.seen(manifest.entryHeader(key));
      if (seen == null) {
        reason = PurgeReason.INVALIDATION;
      } else if (seen.isExpiredAt(clock.millis())) {
        reason = PurgeReason.EXPIRY;
      }
      outcome =
          seen != null && reason == PurgeReason.EVICTION && isWorthKeeping(entry, copyBytes)
              ? keepLong(entry, seen, parts)
              : Outcome.NOT_KEPT;
    } catch (DamagedException e) {
      dropDamaged(entry, record);
      return Outcome.DONE;
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "an entry could not be kept", e);
      outcome = Outcome.NOT_KEPT;
    }
    if (outcome == Outcome.NOT_KEPT) {
      dropLong(entry, record, reason, key);
    }
    return outcome;
  }

  private Outcome keepLong(IndexEntry entry, EntryHeader header, Parts parts) throws IOException {
    boolean complete = false;
    for (int part = 0; part < parts.count(); part++) {
      if (Location.region(parts.location(part)) == victim.sequence()) {
        movePart(parts, part);
        complete = part == parts.count() - 1;
      }
    }
    // A body that spans regions is worth keeping because of one read until all of it has moved.
    long read = complete ? 0 : entry.sizes() & IndexEntry.READ;
    ByteBuffer copy = EntryRecord.manifest(indexed.pool(), header, parts);
    try {
      return replace(entry, header, copy, parts.totalRecordBytes(), IndexEntry.LONG | read);
    } finally {
      indexed.pool().release(copy);
    }
  }

  private void movePart(Parts parts, int part) throws IOException {
    long location = parts.location(part);
    RecordHeader chunk = chunkAt(location, parts.recordBytes(part));
    ByteBuffer copy = loadChunk(chunk, location, 0);
    try {
      int length = RecordCodec.recordBytes(copy, bodyStart(chunk));
      parts.move(part, append(copy, bodyStart(chunk)), length);
    } finally {
      indexed.pool().release(copy);
    }
  }

  private RecordHeader chunkAt(long location, int length) throws IOException {
    ByteBuffer buffer = indexed.pool().acquire(length);
    try {
      long offset = Location.offset(location);
      victim.read(buffer.limit(length), offset);
      RecordHeader chunk =
          RecordCodec.decode(buffer, 0, length, log.mask(victim.sequence(), offset));
      if (chunk == null || chunk.recordBytes() != length) {
        throw new DamagedException("a wrong checksum of a chunk in " + victim.path());
      }
      return chunk;
    } finally {
      indexed.pool().release(buffer);
    }
  }

  private void dropLong(
      IndexEntry entry, RecordHeader record, PurgeReason reason, @Nullable EntryKey key) {
    long high = record.hashHigh();
    long low = record.hashLow();
    try {
      if (indexed.dropLogged(high, low, entry.location())) {
        indexed.departures().count(reason);
        departed.add(new Departed(key, entry.version(), reason));
      }
    } catch (IOException e) {
      dropped.add(high, low, entry, reason, key); // without a record, once it is gone
    }
  }
}
