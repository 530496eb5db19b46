package io.terrace.tier.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The index as it was at a clean close, so that opening need not read the regions. It is used only
 * if it names exactly the regions that are there, with exactly their lengths, and is deleted before
 * the first change.
 */
final class Snapshot {
  static final String NAME = "index.snapshot";
  private static final String NEW_NAME = "index.snapshot.new";
  private static final long MAGIC = 0x687370616E535254L; // "TRSnapsh"
  private static final int CRC = 8;
  private static final int CHECKED = 12;
  private static final int HEADER_BYTES = 72;
  private static final int REGION_BYTES = 16;
  private static final int ENTRY_BYTES = IndexSegment.SLOT_LONGS * Long.BYTES;
  private static final int BUFFER_BYTES = 1 << 20;

  /** Marker, lock file and what else is small. */
  private static final int OTHER_FILES_BYTES = 4096;

  private Snapshot() {}

  /** The length of the file, with the other files that are no regions. */
  static long sizeBytes(long entries, int regions, int tagBytes) {
    return OTHER_FILES_BYTES
        + HEADER_BYTES
        + (long) regions * REGION_BYTES
        + entries * ENTRY_BYTES
        + tagBytes;
  }

  /**
   * What a snapshot says beside the index.
   *
   * @param nextRecord the number of the next record
   * @param lastVersion the largest version there ever was
   */
  record Loaded(
      Index index,
      PurgedTags tags,
      long nextRecord,
      long lastVersion,
      long previousHashHigh,
      long previousHashLow) {}

  static boolean exists(Path directory) {
    return Files.exists(directory.resolve(NAME));
  }

  static void delete(DiskFiles files, Path directory) throws IOException {
    files.delete(directory.resolve(NAME));
    files.delete(directory.resolve(NEW_NAME));
  }

  /** Writes the index; the log is closed to writers and forced. */
  static void write(DiskFiles files, Path directory, long cacheId, IndexedLog indexed)
      throws IOException {
    Path path = directory.resolve(NEW_NAME);
    try (DiskFile file = files.create(path)) {
      Output out = new Output(file);
      writeHeader(out, cacheId, indexed);
      for (Region region : indexed.log().regions().all()) {
        out.room(REGION_BYTES).putLong(region.sequence()).putLong(region.length());
      }
      Index index = indexed.index();
      for (int segment = 0; segment < index.segments(); segment++) {
        for (long value : index.copyOfSegment(segment)) {
          out.room(Long.BYTES).putLong(value);
        }
      }
      out.write(indexed.tags());
      out.finish();
      file.force();
    } catch (IOException e) {
      files.delete(path);
      throw e;
    }
    files.rename(path, directory.resolve(NAME));
    files.forceDirectory(directory);
  }

  private static void writeHeader(Output out, long cacheId, IndexedLog indexed) throws IOException {
    RegionLog log = indexed.log();
    ByteBuffer header = out.room(HEADER_BYTES);
    header.putLong(MAGIC).putInt(0).putInt(RegionHeader.FORMAT).putLong(cacheId);
    header.putLong(log.nextRecord()).putLong(indexed.lastVersion());
    header.putLong(log.previousHashHigh()).putLong(log.previousHashLow());
    header.putLong(indexed.index().size()).putInt(log.regions().all().length);
    header.putInt(indexed.tags().encodedBytes());
  }

  /** Reads the index, or null if there is no snapshot of just these regions. */
  static @Nullable Loaded read(DiskFiles files, Path directory, long cacheId, Region[] regions) {
    try (DiskFile file = files.open(directory.resolve(NAME))) {
      return read(file, cacheId, regions);
    } catch (IOException e) {
      return null; // there is none, or it cannot be read: the regions say the same
    }
  }

  private static @Nullable Loaded read(DiskFile file, long cacheId, Region[] regions)
      throws IOException {
    Input in = new Input(file);
    ByteBuffer header = in.next(HEADER_BYTES);
    long magic = header.getLong();
    int crc = header.getInt();
    int format = header.getInt();
    long id = header.getLong();
    long nextRecord = header.getLong();
    long lastVersion = header.getLong();
    long previousHigh = header.getLong();
    long previousLow = header.getLong();
    long entries = header.getLong();
    int regionCount = header.getInt();
    int tagBytes = header.getInt();
    if (magic != MAGIC
        || format != RegionHeader.FORMAT
        || id != cacheId
        || regionCount != regions.length
        || entries < 0
        || entries > Long.MAX_VALUE / ENTRY_BYTES / 2 - regionCount
        || tagBytes < 0
        || file.size() != sizeBytes(entries, regionCount, tagBytes) - OTHER_FILES_BYTES) {
      return null;
    }
    for (Region region : regions) {
      ByteBuffer expected = in.next(REGION_BYTES);
      if (expected.getLong() != region.sequence() || expected.getLong() != region.length()) {
        return null;
      }
    }
    Index index = new Index();
    for (long i = 0; i < entries; i++) {
      ByteBuffer slot = in.next(ENTRY_BYTES);
      long high = slot.getLong();
      long low = slot.getLong();
      index.put(high, low, new IndexEntry(slot.getLong(), slot.getLong(), slot.getLong()));
    }
    PurgedTags tags = new PurgedTags();
    return tags.decode(in.rest(tagBytes)) && in.crc() == crc
        ? new Loaded(index, tags, nextRecord, lastVersion, previousHigh, previousLow)
        : null;
  }

  /** Writes a file from front to back, and the checksum into its header at the end. */
  private static final class Output {
    private final DiskFile file;
    private final ByteBuffer buffer =
        ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private long written;

    Output(DiskFile file) {
      this.file = file;
    }

    ByteBuffer room(int bytes) throws IOException {
      if (buffer.remaining() < bytes) {
        flush();
      }
      return buffer;
    }

    /** Writes the purges, which need not find place in the buffer. */
    void write(PurgedTags tags) throws IOException {
      ByteBuffer all = ByteBuffer.allocate(tags.encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
      tags.encode(all).flip();
      while (all.hasRemaining()) {
        ByteBuffer target = room(1);
        int count = Math.min(target.remaining(), all.remaining());
        target.put(all.slice(all.position(), count));
        all.position(all.position() + count);
      }
    }

    private void flush() throws IOException {
      buffer.flip();
      int from = written == 0 ? CHECKED : 0;
      crc.update(buffer.array(), from, buffer.limit() - from);
      write(buffer, written);
      written += buffer.limit();
      buffer.clear();
    }

    void finish() throws IOException {
      flush();
      buffer.putInt((int) crc.getValue()).flip();
      write(buffer, CRC);
    }

    private void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      while (source.hasRemaining()) {
        int count = file.write(source, at);
        if (count <= 0) {
          throw new IOException("the index snapshot takes no more bytes");
        }
        at += count;
      }
    }
  }

  /** Reads a file from front to back, with the checksum of what follows its own place. */
  private static final class Input {
    private final DiskFile file;
    private final ByteBuffer buffer =
        ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private final CRC32C crc = new CRC32C();
    private long loaded;

    Input(DiskFile file) {
      this.file = file;
    }

    ByteBuffer next(int bytes) throws IOException {
      while (buffer.remaining() < bytes) {
        buffer.compact();
        int from = buffer.position();
        int count = file.read(buffer, loaded);
        buffer.flip();
        if (count < 0) {
          throw new EOFException("the index snapshot ends too early");
        }
        int skipped = (int) Math.max(0, Math.min(count, CHECKED - loaded));
        crc.update(buffer.array(), from + skipped, count - skipped);
        loaded += count;
      }
      return buffer;
    }

    /** What is left, of so many bytes, which the file's length allows for. */
    ByteBuffer rest(int bytes) throws IOException {
      ByteBuffer rest = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
      while (rest.hasRemaining()) {
        next(1);
        int count = Math.min(buffer.remaining(), rest.remaining());
        rest.put(buffer.slice(buffer.position(), count));
        buffer.position(buffer.position() + count);
      }
      return rest.flip();
    }

    int crc() {
      return (int) crc.getValue();
    }
  }
}
