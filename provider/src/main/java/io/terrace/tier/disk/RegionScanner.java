package io.terrace.tier.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of a region from its beginning, reading ahead in large pieces and stepping over
 * bodies nobody asks for. What is no record is skipped in steps of 8 bytes, or ends the walk. Not
 * thread safe; the region must not be written meanwhile.
 */
final class RegionScanner implements Closeable {

  /** What to do where a record should begin and none does. */
  enum OnDamage {
    STOP,
    SKIP
  }

  private static final int WINDOW_BYTES = 1 << 20;
  private static final int PAGE_BYTES = 4096;

  private final RegionLog log;
  private final Region region;
  private final BufferPool pool;
  private final OnDamage onDamage;
  private ByteBuffer window;
  private long windowOffset;
  private long next = Region.HEADER_BYTES;
  private long offset;
  private boolean damaged;
  private @Nullable RecordHeader header;

  RegionScanner(RegionLog log, Region region, BufferPool pool, OnDamage onDamage) {
    this.log = log;
    this.region = region;
    this.pool = pool;
    this.onDamage = onDamage;
    window = pool.acquire(WINDOW_BYTES).limit(0);
  }

  /** Moves to the next record whose header is intact; null at the end of the walk. */
  @Nullable RecordHeader next() {
    while (region.length() - next >= RecordCodec.HEADER_BYTES) {
      try {
        RecordHeader found = headerAt(next);
        if (found != null) {
          header = found;
          offset = next;
          next += found.recordBytes();
          return found;
        }
        next += 8;
      } catch (IOException e) {
        next = next / PAGE_BYTES * PAGE_BYTES + PAGE_BYTES; // this page cannot be read
      }
      damaged = true;
      if (onDamage == OnDamage.STOP) {
        return null;
      }
    }
    return null;
  }

  /** Where the current record begins. */
  long offset() {
    return offset;
  }

  /** Whether something was skipped, or ended the walk, that is no record. */
  boolean sawDamage() {
    return damaged;
  }

  private @Nullable RecordHeader headerAt(long at) throws IOException {
    long room = region.length() - at;
    int start = load(at, RecordCodec.HEADER_BYTES);
    int prefixBytes = RecordCodec.claimedPrefixBytes(window, start, room);
    if (prefixBytes < 0) {
      return null;
    }
    start = load(at, prefixBytes);
    RecordHeader found = RecordCodec.decode(window, start, room, log.mask(region.sequence(), at));
    return found != null && found.recordBytes() <= room ? found : null;
  }

  /** The key of the current record, copied; of the purge of a tag, the tag. */
  byte[] key() throws IOException {
    RecordHeader current = header;
    byte[] key = new byte[current == null ? 0 : current.keyBytes()];
    window.get(load(offset + RecordCodec.HEADER_BYTES, key.length), key);
    return key;
  }

  /** Whether the body of the current record is what its header says; reads it. */
  boolean hasIntactBody() {
    RecordHeader current = header;
    if (current == null) {
      return false;
    }
    CRC32C crc = new CRC32C();
    long at = offset + current.prefixBytes();
    int left = current.bodyBytes();
    try {
      while (left > 0) {
        int piece = Math.min(left, PAGE_BYTES * 16);
        RecordCodec.update(crc, window, load(at, piece), piece);
        at += piece;
        left -= piece;
      }
    } catch (IOException e) {
      return false;
    }
    return (int) crc.getValue() == current.bodyCrc();
  }

  /** Makes bytes of the file available in the window and says where. */
  private int load(long at, int length) throws IOException {
    if (at < windowOffset || at + length > windowOffset + window.limit()) {
      if (length > window.capacity()) {
        pool.release(window);
        window = pool.acquire(length);
      }
      window.limit(0);
      windowOffset = at;
      int ahead = (int) Math.min(window.capacity(), region.length() - at);
      try {
        region.read(window.limit(ahead).position(0), at);
      } catch (IOException e) {
        window.limit(0);
        region.read(window.limit(length).position(0), at);
      }
      window.position(0);
    }
    return (int) (at - windowOffset);
  }

  @Override
  public void close() {
    pool.release(window);
  }
}
