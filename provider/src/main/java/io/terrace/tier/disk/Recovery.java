package io.terrace.tier.disk;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens the log of a folder, whatever is in its files: from the snapshot of a clean close, else by
 * reading the regions in their order. Damage never fails it; only the environment does, such as a
 * file that may not be opened.
 *
 * <p>Regions that were on the device when a later one was made (see {@link
 * RegionHeader#forcedThrough}) are complete but for faults of the medium: what is damaged there is
 * skipped, and no older version of an entry that it may have concerned is served. Later regions may
 * lack anything after a power cut: there the first record that is not intact is the end of history,
 * and what follows is deleted.
 */
final class Recovery {
  private static final System.Logger LOGGER = System.getLogger(Recovery.class.getName());
  private static final long UNKNOWN = -1;

  private final DiskFiles files;
  private final Path directory;
  private final long cacheId;
  private final BufferPool pool;
  private final RegionLog log;
  private final List<Found> found = new ArrayList<>();

  private Index index = new Index();
  private PurgedTags tags = new PurgedTags();
  private long lastVersion;
  private long expected = UNKNOWN;
  private long previousHigh;
  private long previousLow;
  private long lostRecords;
  private long droppedBytes;

  /** A region file, and its header if that is intact. */
  private record Found(Region region, @Nullable RegionHeader header) {
    boolean isForced(long forcedThrough) {
      return region.sequence() <= forcedThrough;
    }
  }

  private Recovery(
      DiskFiles files, Path directory, long cacheId, DiskLimits limits, BufferPool pool) {
    this.files = files;
    this.directory = directory;
    this.cacheId = cacheId;
    this.pool = pool;
    this.log = new RegionLog(files, directory, cacheId, limits);
  }

  /** Opens the log and its index; the caller owns them, and the folder's lock. */
  static IndexedLog open(
      DiskFiles files,
      Path directory,
      long cacheId,
      DiskLimits limits,
      BufferPool pool,
      InstantSource clock,
      Departures departures)
      throws IOException {
    Recovery recovery = new Recovery(files, directory, cacheId, limits, pool);
    try {
      recovery.openRegions();
      if (!recovery.loadSnapshot()) {
        recovery.scan();
      }
      return new IndexedLog(
          recovery.log,
          pool,
          clock,
          recovery.index,
          recovery.tags,
          recovery.lastVersion,
          departures);
    } catch (IOException | RuntimeException | Error e) {
      for (Found each : recovery.found) {
        each.region.closeQuietly();
      }
      throw e;
    }
  }

  private void openRegions() throws IOException {
    for (Path path : files.list(directory)) {
      long sequence = sequenceOf(path);
      if (sequence > 0) {
        found.add(openRegion(path, sequence));
      }
    }
    found.sort(Comparator.comparingLong(each -> each.region.sequence()));
  }

  private Found openRegion(Path path, long sequence) throws IOException {
    DiskFile file = files.open(path);
    boolean opened = false;
    try {
      Region region = new Region(sequence, path, file, file.size());
      Found each = new Found(region, readHeader(region));
      opened = true;
      return each;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** The number in the name of a region file, or 0 for any other file. */
  static long sequenceOf(Path path) {
    String name = String.valueOf(path.getFileName());
    if (name.length() != 16 + RegionLog.SUFFIX.length() || !name.endsWith(RegionLog.SUFFIX)) {
      return 0;
    }
    try {
      long sequence = Long.parseUnsignedLong(name, 0, 16, 16);
      return sequence <= Location.MAX_REGION ? Math.max(sequence, 0) : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private @Nullable RegionHeader readHeader(Region region) throws IOException {
    RegionHeader header = RegionHeader.of(region);
    if (header != null && header.format() > RegionHeader.FORMAT) {
      throw CacheFolder.newerFormat(directory, header.format());
    }
    boolean ours =
        header != null && header.cacheId() == cacheId && header.region() == region.sequence();
    return ours ? header : null;
  }

  private boolean loadSnapshot() {
    Region[] regions = found.stream().map(Found::region).toArray(Region[]::new);
    for (Found each : found) {
      if (each.header == null) {
        return false;
      }
    }
    Snapshot.Loaded loaded = Snapshot.read(files, directory, cacheId, regions);
    if (loaded == null) {
      return false;
    }
    for (Region region : regions) {
      log.adopt(region);
    }
    index = loaded.index();
    tags = loaded.tags();
    lastVersion = loaded.lastVersion();
    log.continueAt(loaded.nextRecord(), loaded.previousHashHigh(), loaded.previousHashLow());
    log.forcedThrough(log.sealedThrough());
    return true;
  }

  private void scan() throws IOException {
    Snapshot.delete(files, directory);
    long forcedThrough = 0;
    for (Found each : found) {
      if (each.header != null) {
        forcedThrough = Math.max(forcedThrough, each.header.forcedThrough());
      }
    }
    int kept = 0;
    boolean intact = true;
    while (kept < found.size() && intact) {
      Found each = found.get(kept);
      if (each.isForced(forcedThrough)) {
        scanForced(each, voidFrom(kept));
      } else if (continues(each, kept > 0 && found.get(kept - 1).isForced(forcedThrough))) {
        intact = scanTail(each, voidFrom(kept));
      } else {
        break;
      }
      kept++;
    }
    finish(kept, forcedThrough);
  }

  /**
   * The number from which records of a region do not count, because the next region begins with it:
   * what was left behind of a record that could not be written to its end.
   */
  private long voidFrom(int region) {
    RegionHeader next = region + 1 < found.size() ? found.get(region + 1).header : null;
    return next == null ? Long.MAX_VALUE : next.firstRecord();
  }

  /**
   * Whether the region goes on where the one before it ended. Behind a region that was forced, a
   * gap is damage of that region and no end of history.
   */
  private boolean continues(Found each, boolean behindForced) {
    RegionHeader header = each.header;
    if (header == null) {
      return false;
    }
    if (expected == UNKNOWN) {
      expected = header.firstRecord();
    }
    if (behindForced && header.firstRecord() > expected) {
      lostRecords += header.firstRecord() - expected;
      index = new Index();
      expected = header.firstRecord();
    }
    return header.firstRecord() == expected;
  }

  private void scanForced(Found each, long voidFrom) {
    if (each.header != null && expected == UNKNOWN) {
      expected = each.header.firstRecord();
    }
    try (RegionScanner scanner =
        new RegionScanner(log, each.region, pool, RegionScanner.OnDamage.SKIP)) {
      RecordHeader record = scanner.next();
      while (record != null && record.sequence() < voidFrom) {
        if (record.sequence() >= expected) {
          closeGap(record);
          apply(each.region, record, scanner);
        }
        record = scanner.next();
      }
    }
  }

  /**
   * Records are missing before this one. It names the key of the last of them; where more are
   * missing, any key may be concerned, so nothing older is served.
   */
  private void closeGap(RecordHeader record) {
    long missing = expected == UNKNOWN ? 0 : record.sequence() - expected;
    if (missing == 0) {
      return;
    }
    lostRecords += missing;
    if (missing == 1 && (record.previousHashHigh() | record.previousHashLow()) != 0) {
      index.remove(record.previousHashHigh(), record.previousHashLow());
    } else {
      index = new Index();
    }
  }

  /** Takes the intact records; whether there was nothing else. */
  private boolean scanTail(Found each, long voidFrom) throws IOException {
    Region region = each.region;
    long end = Region.HEADER_BYTES;
    try (RegionScanner scanner =
        new RegionScanner(log, region, pool, RegionScanner.OnDamage.STOP)) {
      RecordHeader record = scanner.next();
      while (record != null
          && record.sequence() == expected
          && record.sequence() < voidFrom
          && scanner.hasIntactBody()) {
        apply(region, record, scanner);
        end = scanner.offset() + record.recordBytes();
        record = scanner.next();
      }
    }
    long rest = region.length() - end;
    if (rest > 0 && voidFrom != expected) {
      droppedBytes += rest;
      region.truncate(end);
      return false;
    }
    return true;
  }

  private void apply(Region region, RecordHeader record, RegionScanner scanner) {
    expected = record.sequence() + 1;
    previousHigh = record.hashHigh();
    previousLow = record.hashLow();
    switch (record.type()) {
      case ENTRY, MANIFEST -> {
        lastVersion = Math.max(lastVersion, record.version());
        index.put(record.hashHigh(), record.hashLow(), entry(region, record, scanner.offset()));
      }
      case REMOVE -> {
        lastVersion = Math.max(lastVersion, record.version());
        index.remove(record.hashHigh(), record.hashLow());
      }
      case CLEAR -> {
        lastVersion = Math.max(lastVersion, record.version());
        index = new Index();
        tags.clear();
      }
      case PURGE_TAG -> {
        lastVersion = Math.max(lastVersion, record.version());
        purgeTag(region, record, scanner);
      }
      case CHUNK -> {} // a manifest will name it, or nobody
    }
  }

  /**
   * A purge whose record is lost cannot show anything again either: it names no key, so that {@link
   * #closeGap} drops all that is older, and what is newer does not depend on it.
   */
  private void purgeTag(Region region, RecordHeader record, RegionScanner scanner) {
    try {
      String tag = new String(scanner.key(), StandardCharsets.UTF_8);
      tags.add(tag, RecordCodec.purgeMode(record), record.version(), region.sequence());
    } catch (IOException e) {
      lostRecords++; // it could be read a moment ago
      index = new Index();
    }
  }

  private static IndexEntry entry(Region region, RecordHeader record, long offset) {
    return IndexEntry.of(
        Location.of(region.sequence(), offset),
        record.version(),
        record.recordBytes(),
        Math.max(0, record.partsBytes()),
        record.type() == RecordType.MANIFEST ? IndexEntry.LONG : 0);
  }

  /** Deletes the regions after the end of history, and opens the log at that end. */
  private void finish(int kept, long forcedThrough) throws IOException {
    for (int i = found.size() - 1; i >= kept; i--) {
      Region region = found.get(i).region;
      droppedBytes += region.length();
      region.delete();
      region.closeQuietly();
    }
    long last = 0;
    for (int i = 0; i < kept; i++) {
      log.adopt(found.get(i).region);
      last = found.get(i).region.sequence();
    }
    if (!found.isEmpty()) {
      log.numberRegionsAfter(found.get(found.size() - 1).region.sequence());
      files.forceDirectory(directory);
    }
    log.forcedThrough(Math.min(forcedThrough, last));
    log.continueAt(expected == UNKNOWN ? 1 : expected, previousHigh, previousLow);
    if (last <= forcedThrough) {
      log.seal(); // its end may be damaged: records go on in a new region
    }
    if (lostRecords + droppedBytes > 0) {
      LOGGER.log(
          Level.WARNING,
          "the disk tier in {0} was not closed in good order: {1} records were lost to damage, {2}"
              + " bytes that never got there completely were dropped, {3} entries are there",
          directory,
          lostRecords,
          droppedBytes,
          index.size());
    }
  }
}
