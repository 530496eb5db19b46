package io.terrace.tier.disk;

import io.terrace.DiskSettings;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.BufferBody;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.DurableTier;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.SkipReason;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The disk tier: entries in a log of region files, found through an index in memory. Thread safe.
 * Writers wait for one another, and for reclaiming if it cannot keep up; readers wait for nobody.
 * Over 400 lines since it is the whole of the SPI.
 */
final class DiskTier implements DurableTier {
  /*
   * `this` guards opening and closing alone. Closing first stops the background threads, which it
   * must not do under the log's lock, since they need that to finish. For every other lock see
   * RegionLog (the log and all changes of the index), IndexSegment (one operation on a table),
   * Reclaimer (one reclaim at a time, before the log's lock) and Forcer (while the device works,
   * without the log's lock).
   */
  static final String NAME = "disk";
  private static final System.Logger LOGGER = System.getLogger(DiskTier.class.getName());

  /** A body up to this size is written again when its header changes: one read instead of two. */
  private static final int REWRITTEN_BODY_BYTES = 4096;

  private static final int LOOKUP_ATTEMPTS = 4;

  private final CacheFolder folder;
  private final DiskFiles files;
  private final InstantSource clock;
  private final DiskSettings.Fsync fsync;
  private final IndexedLog indexed;
  private final RegionLog log;
  private final BufferPool pool;
  private final Forcer forcer;
  private final Reclaimer reclaimer;
  private final Worker reclaimWorker;
  private final Worker forceWorker;
  private boolean closed;

  private DiskTier(
      CacheFolder folder,
      DiskFiles files,
      DiskSettings settings,
      TierContext context,
      IndexedLog indexed) {
    this.folder = folder;
    this.files = files;
    this.clock = context.clock();
    this.fsync = settings.fsync();
    this.indexed = indexed;
    this.log = indexed.log();
    this.pool = indexed.pool();
    forcer = new Forcer(log);
    reclaimer = new Reclaimer(indexed, forcer, context.clock());
    String cache = folder.path().getFileName().toString();
    reclaimWorker = new Worker("terrace-disk-reclaim-" + cache, reclaimer::makeRoom, null);
    boolean interval = fsync == DiskSettings.Fsync.INTERVAL;
    forceWorker =
        new Worker(
            "terrace-disk-force-" + cache,
            interval ? forcer::forceAll : forcer::forceSealed,
            interval ? settings.fsyncInterval() : null);
    log.listen(forceWorker::wake, reclaimWorker::wake, interval ? forceWorker::wake : () -> {});
    if (reclaimer.isDue()) {
      reclaimWorker.wake();
    }
  }

  static DiskTier open(DiskSettings settings, TierContext context, DiskFiles files)
      throws IOException {
    DiskLimits limits = DiskLimits.of(settings);
    CacheFolder folder =
        CacheFolder.open(settings.directory(), context.managerUri(), context.cacheName(), files);
    boolean opened = false;
    try {
      IndexedLog indexed =
          Recovery.open(
              files,
              folder.path(),
              folder.cacheId(),
              limits,
              new BufferPool(),
              context.clock(),
              new Departures(context.listener()));
      DiskTier tier = new DiskTier(folder, files, settings, context, indexed);
      opened = true;
      return tier;
    } finally {
      if (!opened) {
        folder.close();
      }
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public TierCapabilities capabilities() {
    return new TierCapabilities(TierCapabilities.Scope.MACHINE, true, true, true);
  }

  @Override
  public long maxEntryBytes() {
    return log.limits().maxEntryBytes();
  }

  @Override
  public Lookup lookup(EntryKey key) {
    try {
      return find(key);
    } catch (IOException e) {
      return new Lookup.Skipped(SkipReason.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private Lookup find(EntryKey key) throws IOException {
    for (int attempt = 1; true; attempt++) {
      log.requireOpen();
      long forgotten = indexed.tags().forgotten();
      IndexEntry entry = indexed.index().find(key.hashHigh(), key.hashLow());
      if (entry == null) {
        return Lookup.MISS;
      }
      Region region = log.regions().find(Location.region(entry.location()));
      if (region != null) {
        Lookup lookup = read(key, entry, region, forgotten);
        if (lookup != null) {
          return lookup;
        }
      }
      if (forgotten != indexed.tags().forgotten()) {
        attempt = 0;
        continue;
      }
      // The entry moved or left between the two steps: the index knows better by now.
      if (attempt == LOOKUP_ATTEMPTS) {
        return damaged(key, entry);
      }
    }
  }

  /**
   * The answer of one record, or null if the region, or one of those of a long body, is gone, or if
   * a purge by tag was forgotten that could have hidden the entry. The record's region is not
   * pinned, which would cost readers a contended counter each: a file that is closed under a read
   * fails it, and nothing worse.
   */
  private @Nullable Lookup read(EntryKey key, IndexEntry entry, Region region, long forgotten)
      throws IOException {
    LoadedRecord loaded;
    try {
      loaded = LoadedRecord.entry(log, pool, region, entry, key.hashHigh(), key.hashLow());
    } catch (DamagedException e) {
      return damaged(key, entry);
    } catch (IOException e) {
      if (region.isClosed()) {
        return null;
      }
      throw e;
    }
    boolean handedOut = false;
    try {
      if (!loaded.hasKey(key)) {
        return Lookup.MISS;
      }
      if (!entry.wasRead()) {
        indexed.index().markRead(key.hashHigh(), key.hashLow(), entry.location());
      }
      EntryHeader header = loaded.entryHeader(key);
      if (!header.metadata().tags().isEmpty()) {
        EntryHeader seen = indexed.tags().seen(header);
        if (forgotten != indexed.tags().forgotten()) {
          return null;
        }
        if (seen == null) {
          indexed.dropPurged(key.hashHigh(), key.hashLow(), entry.location());
          return Lookup.MISS;
        }
        header = seen;
      }
      if (!entry.isLong()) {
        handedOut = true;
        return new Lookup.Hit(header, new BufferBody(loaded.body(), loaded::close));
      }
      PinnedParts pinned = PinnedParts.pin(log.regions(), loaded.parts());
      return pinned == null
          ? null
          : new Lookup.Hit(header, new LongBody(indexed, key, entry.location(), pinned));
    } catch (DamagedException e) {
      return damaged(key, entry);
    } finally {
      if (!handedOut) {
        loaded.close();
      }
    }
  }

  private Lookup damaged(EntryKey key, IndexEntry entry) throws IOException {
    log.requireOpen(); // a file that was closed under the reader looks damaged
    LOGGER.log(Level.WARNING, "damaged bytes of entry {0} on disk: it is purged", key.digest());
    indexed.purgeDamaged(key, key.hashHigh(), key.hashLow(), entry.location());
    return Lookup.MISS;
  }

  /** Called before a change: what could not be acknowledged is not even begun. */
  void requireChangeable() throws IOException {
    log.requireOpen();
    if (fsync == DiskSettings.Fsync.ALWAYS) {
      forcer.requireSound();
    }
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    requireChangeable();
    if (header.bodyLength() > maxEntryBytes()) {
      throw new EntryTooLargeForTierException(NAME, header.bodyLength(), maxEntryBytes());
    }
    return new DiskWriteHandle(this, indexed, header, condition);
  }

  /** Called after a change was appended, before it is acknowledged. */
  void acknowledge() throws IOException {
    if (fsync == DiskSettings.Fsync.ALWAYS) {
      forcer.forceAll();
    }
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    requireChangeable();
    boolean purged = indexed.purge(key, reason, condition);
    if (purged) {
      acknowledge();
    }
    return purged;
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    requireChangeable();
    for (int attempt = 0; attempt < LOOKUP_ATTEMPTS; attempt++) {
      IndexEntry entry = indexed.index().find(key.hashHigh(), key.hashLow());
      if (entry == null || entry.version() != version) {
        return false;
      }
      Region region = log.regions().pin(Location.region(entry.location()));
      if (region == null) {
        continue;
      }
      try (LoadedRecord loaded =
          LoadedRecord.entry(log, pool, region, entry, key.hashHigh(), key.hashLow())) {
        if (!loaded.hasKey(key)) {
          return false;
        }
        EntryHeader seen = indexed.tags().seen(loaded.entryHeader(key));
        if (seen == null) {
          return false;
        }
        EntryHeader updated = indexed.tags().seen(update.applyTo(seen));
        if (updated == null) { // it was given a tag that is purged
          return purge(key, PurgeReason.INVALIDATION, Condition.versionIs(version));
        }
        if (replaceHeader(updated, entry, loaded, region)) {
          acknowledge();
          return true;
        }
      } catch (DamagedException e) {
        damaged(key, entry);
        return false;
      } finally {
        region.unpin();
      }
    }
    throw new IOException("entry " + key.digest() + " is moved or updated by others all the time");
  }

  private boolean replaceHeader(
      EntryHeader header, IndexEntry entry, LoadedRecord loaded, Region region) throws IOException {
    ByteBuffer record;
    Parts parts = new Parts();
    if (entry.isLong()) {
      parts = loaded.parts();
      record = EntryRecord.manifest(pool, header, parts);
    } else if (loaded.bodyBytes() <= REWRITTEN_BODY_BYTES || region.isCondemned()) {
      record = EntryRecord.inline(pool, header, loaded.body());
    } else {
      parts.add(entry.location(), entry.recordBytes(), loaded.bodyBytes());
      record = EntryRecord.manifest(pool, header, parts);
    }
    try {
      long isLong = parts.count() == 0 ? 0 : IndexEntry.LONG;
      return indexed.replace(
          RegionLog.Author.WRITER,
          entry,
          header,
          record,
          parts.totalRecordBytes(),
          isLong | (entry.sizes() & IndexEntry.READ));
    } finally {
      pool.release(record);
    }
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    long through = indexed.purgeTag(tag, mode, throughVersion);
    acknowledge();
    return through;
  }

  @Override
  public void clear() throws IOException {
    requireChangeable();
    long needed = clearLog();
    acknowledge();
    try {
      reclaimer.deleteBefore(needed);
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "a cleared region stays for now: {0}", e.getMessage());
    }
  }

  /** Where the device is full, regions are evicted until the record of the clear has room. */
  private long clearLog() throws IOException {
    while (true) {
      try {
        return indexed.clear();
      } catch (IOException e) {
        if (log.isClosed() || !reclaimer.evictOldest()) {
          throw e;
        }
      }
    }
  }

  @Override
  public HeaderCursor scan() throws IOException {
    log.requireOpen();
    return new DiskScan(indexed);
  }

  @Override
  public void mark(byte[] mark) throws IOException {
    try (WriteHandle out = openWrite(MarkEntry.header(clock.millis()), Condition.ALWAYS)) {
      out.write(ByteBuffer.wrap(mark));
      CommitResult unused = out.commit();
    }
  }

  @Override
  public byte @Nullable [] mark() throws IOException {
    if (!(lookup(MarkEntry.key()) instanceof Lookup.Hit hit)) {
      return null;
    }
    try (ReadHandle body = hit.body()) {
      ByteBuffer bytes = body.readRemaining(MarkEntry.MAX_BYTES);
      byte[] mark = new byte[bytes.remaining()];
      bytes.get(mark);
      return mark;
    }
  }

  private long entries() {
    EntryKey mark = MarkEntry.key();
    boolean isMarked = indexed.index().find(mark.hashHigh(), mark.hashLow()) != null;
    return indexed.index().size() - (isMarked ? 1 : 0);
  }

  @Override
  public TierUsage usage() {
    return new TierUsage(
        entries(),
        log.usedBytes(),
        indexed.departures().evictions(),
        indexed.departures().corruptions());
  }

  @Override
  public synchronized void destroy() throws IOException {
    if (closed) {
      throw new IOException("the disk tier in " + folder.path() + " is closed");
    }
    shutDown();
    closeRegions();
    folder.destroy();
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    shutDown();
    try (folder) {
      boolean worthwhile = log.regions().all().length > 0;
      if (worthwhile && (log.isChanged() || !Snapshot.exists(folder.path()))) {
        saveIndex();
      }
    } finally {
      closeRegions();
    }
  }

  private void shutDown() {
    closed = true;
    log.lock.lock();
    try {
      log.close();
    } finally {
      log.lock.unlock();
    }
    indexed.followed().forEach(PendingBody::wake);
    reclaimWorker.stop();
    forceWorker.stop();
  }

  /** Without a snapshot the next opening reads the regions, which takes longer and no more. */
  private void saveIndex() {
    try {
      forcer.forceAll();
      if (log.usedBytes() + indexed.reservedBytes()
          <= log.limits().maxBytes() + log.limits().regionBytes()) {
        Snapshot.write(files, folder.path(), folder.cacheId(), indexed);
      }
    } catch (IOException e) {
      LOGGER.log(
          Level.WARNING,
          "no index snapshot was written in {0}: {1}",
          folder.path(),
          e.getMessage());
    }
  }

  private void closeRegions() {
    for (Region region : log.regions().all()) {
      region.closeQuietly();
    }
    log.closeDeparted();
  }
}
