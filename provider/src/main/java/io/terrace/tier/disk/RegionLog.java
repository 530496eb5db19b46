package io.terrace.tier.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The regions and the tail that records are appended to. Knows nothing of keys: {@link IndexedLog}
 * puts an index on top. Just over 400 lines: what makes room and what forces waits on its lock.
 */
final class RegionLog {
  /*
   * `lock` guards the tail: `active`, `nextRecord`, the previous hash, `usedBytes`, the set of
   * regions (with those that were deleted while somebody read them) and `Region.liveEntries`, and, for IndexedLog, every change of the index: the order of
   * records in the log is the order of changes of the index. Held for one write to the active
   * region (and the creation of a file when a region is full), never for a force, a read, or for
   * waiting: waiting for room gives it back. Locks of index segments are acquired under it, never
   * the other way round. Readers never take it.
   */
  static final String SUFFIX = ".region";
  private static final long ROOM_TIMEOUT_SECONDS = 30;

  /** A region up to this length is not worth a new file. */
  private static final int SHORT_BYTES = 4096;

  /** A reader that lets a deleted region go, and makes room thereby, takes no lock to say so. */
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Who appends: reclaiming may use the region's worth of bytes that writers leave free. */
  enum Author {
    WRITER,
    RECLAIMER
  }

  final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final DiskFiles files;
  private final Path directory;
  private final long cacheId;
  private final DiskLimits limits;
  private final Regions regions = new Regions();

  private final List<Region> departed = new ArrayList<>();
  private @Nullable Region active;
  private long lastRegion;
  private volatile long sealedThrough;
  private volatile long nextRecord = 1;
  private long previousHashHigh;
  private long previousHashLow;
  private volatile long usedBytes;

  /** What deleted regions take on the device because somebody reads them. */
  private final AtomicLong departedBytes = new AtomicLong();

  private volatile boolean closed;

  /** All regions up to this number are on the device. */
  private volatile long forcedThrough;

  /** What is called when a region is full, or room is wanted. */
  private Runnable onSealed = () -> {};

  private Runnable onRoomWanted = () -> {};
  private Runnable onFirstAppend = () -> {};
  private volatile boolean changed;

  RegionLog(DiskFiles files, Path directory, long cacheId, DiskLimits limits) {
    this.files = files;
    this.directory = directory;
    this.cacheId = cacheId;
    this.limits = limits;
  }

  /** Says whom to wake; all are called under the lock and must return at once. */
  void listen(Runnable sealed, Runnable roomWanted, Runnable firstAppend) {
    onSealed = sealed;
    onRoomWanted = roomWanted;
    onFirstAppend = firstAppend;
  }

  /** Whether anything was appended since the log was opened. */
  boolean isChanged() {
    return changed;
  }

  DiskLimits limits() {
    return limits;
  }

  Regions regions() {
    return regions;
  }

  int mask(long region, long offset) {
    return RecordCodec.mask(cacheId, region, offset);
  }

  /** What the regions take on the device, deleted ones that are still read included. */
  long usedBytes() {
    return usedBytes + departedBytes.get();
  }

  /** What nothing but the end of a reader gives back. */
  long departedBytes() {
    return departedBytes.get();
  }

  long nextRecord() {
    return nextRecord;
  }

  long previousHashHigh() {
    return previousHashHigh;
  }

  long previousHashLow() {
    return previousHashLow;
  }

  /** All regions up to this number are full: nothing is appended to them any more. */
  long sealedThrough() {
    return sealedThrough;
  }

  long forcedThrough() {
    return forcedThrough;
  }

  void forcedThrough(long region) {
    forcedThrough = region;
  }

  boolean isClosed() {
    return closed;
  }

  void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the disk tier in " + directory + " is closed");
    }
  }

  static Path pathOf(Path directory, long region) {
    return directory.resolve(HexFormat.of().toHexDigits(region) + SUFFIX);
  }

  /** Takes a region that recovery found; in order. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // before any other thread knows the log
  void adopt(Region region) {
    region.holdParts(); // nobody has looked
    regions.add(region);
    usedBytes += region.length();
    lastRegion = region.sequence();
    sealedThrough = lastRegion - 1;
  }

  /** Numbers new regions above this one. */
  void numberRegionsAfter(long region) {
    lastRegion = Math.max(lastRegion, region);
  }

  /** Continues where recovery found the end: behind the last record of the last region. */
  void continueAt(long record, long hashHigh, long hashLow) {
    nextRecord = record;
    previousHashHigh = hashHigh;
    previousHashLow = hashLow;
    Region[] all = regions.all();
    active = all.length == 0 ? null : all[all.length - 1];
  }

  /**
   * Waits until a record may be appended without breaking the bound; the lock is given back
   * meanwhile, so nothing that was seen before may be relied on afterwards.
   *
   * @param reservedBytes what has to stay free beside the records
   * @param unfinishedBytes what writes in progress have in the log, which cannot be evicted
   * @throws IOException if readers and writes in progress hold so much that there will be no room,
   *     or if there was none in time
   */
  void awaitRoom(int recordBytes, long reservedBytes, long unfinishedBytes) throws IOException {
    requireOpen();
    if (fits(recordBytes, reservedBytes, limits.maxBytes() - limits.regionBytes())) {
      return;
    }
    onRoomWanted.run();
    boolean interrupted = false;
    long left = TimeUnit.SECONDS.toNanos(ROOM_TIMEOUT_SECONDS);
    try {
      while (!fits(recordBytes, reservedBytes, limits.maxBytes())) {
        requireReclaimable(recordBytes, reservedBytes + unfinishedBytes);
        if (left <= 0) {
          throw new IOException(
              "no room in " + directory + " within " + ROOM_TIMEOUT_SECONDS + " s");
        }
        try {
          long step = Math.min(left, LOOK_AGAIN_NANOS);
          left -= step - room.awaitNanos(step);
        } catch (InterruptedException e) {
          interrupted = true;
        }
        requireOpen();
        onRoomWanted.run();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Fails if even a tier without entries would have no room. */
  private void requireReclaimable(int recordBytes, long heldBytes) throws IOException {
    long departed = departedBytes.get();
    if (departed + heldBytes + recordBytes + 2L * limits.regionBytes() > limits.maxBytes()) {
      throw new IOException(
          "no room in "
              + directory
              + ": "
              + departed
              + " bytes are held by open readers of entries that have left, "
              + heldBytes
              + " by bodies being written: close them, or raise disk.max-bytes");
    }
  }

  private boolean fits(int recordBytes, long reservedBytes, long boundBytes) {
    return usedBytes() + reservedBytes + recordBytes + Region.HEADER_BYTES <= boundBytes;
  }

  /**
   * Whether reclaiming may append so much. Deleted regions that are still read do not count here:
   * what it moves out of such a one would have no room, and a write in progress would end for it.
   * Writers, for whom they do count, wait until that is made up for.
   */
  boolean hasRoomForReclaimer(int recordBytes, long reservedBytes) {
    return usedBytes + reservedBytes + recordBytes + Region.HEADER_BYTES
        <= limits.maxBytes() + limits.regionBytes();
  }

  /**
   * Appends the record that {@link RecordCodec} prepared at {@code start} and returns its location.
   * The record has reached the operating system when this returns; if it throws, nothing was
   * appended and the log goes on as if nobody had tried.
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  long append(ByteBuffer record, int start) throws IOException {
    requireOpen();
    beginChange();
    int length = RecordCodec.recordBytes(record, start);
    Region region = regionFor(length);
    long offset = region.length();
    long high = RecordCodec.hashHigh(record, start);
    long low = RecordCodec.hashLow(record, start);
    RecordCodec.seal(
        record,
        start,
        nextRecord,
        previousHashHigh,
        previousHashLow,
        mask(region.sequence(), offset));
    try {
      region.append(record.limit(start + length).position(start));
    } catch (IOException e) {
      repairTail(region);
      throw failed("append to " + region.path(), e);
    } finally {
      record.clear();
    }
    if (RecordCodec.isChunk(record, start)) {
      region.holdParts();
    }
    usedBytes += length;
    nextRecord++;
    previousHashHigh = high;
    previousHashLow = low;
    return Location.of(region.sequence(), offset);
  }

  private void beginChange() throws IOException {
    if (!changed) {
      Snapshot.delete(files, directory); // it is about to become wrong
      changed = true;
      onFirstAppend.run();
    }
  }

  private IOException failed(String what, IOException e) {
    return new IOException(
        "the disk tier could not "
            + what
            + ": "
            + e.getMessage()
            + " (free space on the device, or lower disk.max-bytes)",
        e);
  }

  private Region regionFor(int length) throws IOException {
    Region region = active;
    if (region != null
        && (region.length() + length <= limits.regionBytes()
            || region.length() == Region.HEADER_BYTES)) {
      return region;
    }
    seal();
    active = create();
    return active;
  }

  /** Ends the active region, if there is one; the next record opens another. */
  void seal() {
    if (active != null) {
      sealedThrough = active.sequence();
      active = null;
      onSealed.run();
    }
  }

  /**
   * Lets the next record begin a region, unless the active one is hardly longer than a new one. If
   * that fails, the log goes on as if nobody had tried.
   */
  void startRegion() throws IOException {
    requireOpen();
    beginChange();
    Region before = active;
    if (before == null || before.length() > SHORT_BYTES) {
      active = create();
      if (before != null) {
        sealedThrough = before.sequence();
        onSealed.run();
      }
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  private Region create() throws IOException {
    long sequence = lastRegion + 1;
    Path path = pathOf(directory, sequence);
    DiskFile file = null;
    try {
      file = files.create(path);
      Region region = new Region(sequence, path, file, 0);
      region.append(
          new RegionHeader(RegionHeader.FORMAT, cacheId, sequence, nextRecord, forcedThrough)
              .encode());
      regions.add(region);
      lastRegion = sequence;
      usedBytes += Region.HEADER_BYTES;
      return region;
    } catch (IOException e) {
      discard(file, path);
      throw failed("create " + path, e);
    }
  }

  private void discard(@Nullable DiskFile file, Path path) {
    try (file) {
      files.delete(path);
    } catch (IOException e) {
      // The next region takes the same name and truncates what is left.
    }
  }

  /** Drops the bytes of a record that was not written to its end. */
  private void repairTail(Region region) {
    try {
      region.truncate();
    } catch (IOException e) {
      seal(); // what is left behind the end is no record: its number will be used elsewhere
    }
  }

  /** The oldest region, sealed; null if there is nothing but an empty one. */
  @Nullable Region oldest() {
    Region[] all = regions.all();
    if (all.length == 0 || (all.length == 1 && all[0].length() == Region.HEADER_BYTES)) {
      return null;
    }
    if (all[0] == active) {
      seal();
    }
    return all[0];
  }

  /**
   * Forgets a region whose file was deleted, and lets those go on who wait for room.
   *
   * @param region pinned by the caller, whose pin goes with it
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  void forget(Region region) {
    regions.remove(region);
    usedBytes -= region.length();
    region.unpin();
    region.depart(departedBytes);
    departed.removeIf(Region::isClosed);
    if (!region.isClosed()) {
      departed.add(region);
    }
    room.signalAll();
  }

  /** The names of the files reach the device. */
  void forceDirectory() throws IOException {
    files.forceDirectory(directory);
  }

  /** Closes the deleted regions that somebody still reads. */
  void closeDeparted() {
    lock.lock();
    try {
      departed.forEach(Region::closeQuietly);
      departed.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Refuses everything from now on; those who wait are told. */
  void close() {
    closed = true;
    room.signalAll();
  }
}
