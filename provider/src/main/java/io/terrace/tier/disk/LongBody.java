package io.terrace.tier.disk;

import io.terrace.tier.EntryKey;
import io.terrace.tier.ReadHandle;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body in several records, read one at a time into one buffer. Its regions are pinned, so it is
 * read to the end whatever happens to the entry meanwhile.
 */
final class LongBody implements ReadHandle {
  /*
   * `this` guards the buffer against a close from another thread, which would give it to somebody
   * else in the middle of a read. Reads are done under it: the handle has one owner.
   */
  private final IndexedLog indexed;
  private final EntryKey key;
  private final long manifestLocation;
  private final PinnedParts pinned;
  private final long[] ends;
  private final LeakWatch leakWatch;
  private @Nullable ByteBuffer buffer;
  private int loadedPart = -1;
  private int loadedBody;
  private long position;
  private boolean closed;

  /**
   * @param manifestLocation says which version this is when its bytes turn out to be damaged
   * @param pinned unpinned when this is closed
   */
  LongBody(IndexedLog indexed, EntryKey key, long manifestLocation, PinnedParts pinned) {
    this.indexed = indexed;
    this.key = key;
    this.manifestLocation = manifestLocation;
    this.pinned = pinned;
    Parts parts = pinned.parts();
    ends = new long[parts.count()];
    long end = 0;
    for (int part = 0; part < ends.length; part++) {
      end += parts.bodyBytes(part);
      ends[part] = end;
    }
    leakWatch = LeakWatch.over(this, "a read handle", pinned::unpin);
  }

  private long length() {
    return ends.length == 0 ? 0 : ends[ends.length - 1];
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    int count = read(position, target);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public boolean canSeek() {
    return true;
  }

  @Override
  public synchronized int read(long offset, ByteBuffer target) throws IOException {
    requireOpen();
    if (offset < 0) {
      throw new IllegalArgumentException("negative offset: " + offset);
    }
    if (offset >= length()) {
      return -1;
    }
    int part = partAt(offset);
    ByteBuffer loaded = load(part);
    int from = (int) (offset - (ends[part] - pinned.parts().bodyBytes(part)));
    int count = Math.min(target.remaining(), pinned.parts().bodyBytes(part) - from);
    loaded.limit(loadedBody + from + count).position(loadedBody + from);
    target.put(loaded);
    return count;
  }

  /** The part that holds the byte at {@code offset}; an empty one holds none. */
  private int partAt(long offset) {
    int low = 0;
    int high = ends.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private ByteBuffer load(int part) throws IOException {
    ByteBuffer loaded = buffer;
    if (loaded != null && loadedPart == part) {
      return loaded.clear();
    }
    int length = pinned.parts().recordBytes(part);
    loadedPart = -1;
    if (loaded == null || loaded.capacity() < length) {
      releaseBuffer();
      loaded = indexed.pool().acquire(length);
      buffer = loaded;
    }
    try {
      pinned.region(part).read(loaded.clear().limit(length), offset(part));
      loadedBody = verify(loaded, part);
    } catch (DamagedException | EOFException e) {
      indexed.purgeDamaged(key.hashHigh(), key.hashLow(), manifestLocation);
      throw new IOException("damaged bytes of entry " + key.digest() + " on disk", e);
    }
    loadedPart = part;
    return loaded;
  }

  private long offset(int part) {
    return Location.offset(pinned.parts().location(part));
  }

  /** Where the body of the part begins in the buffer, once everything about it is right. */
  private int verify(ByteBuffer loaded, int part) throws DamagedException {
    Region region = pinned.region(part);
    int mask = indexed.log().mask(region.sequence(), offset(part));
    RecordHeader header = RecordCodec.decode(loaded, 0, loaded.limit(), mask);
    if (header == null
        || (header.type() != RecordType.CHUNK && header.type() != RecordType.ENTRY)
        || !header.hasHashOf(key)
        || header.bodyBytes() != pinned.parts().bodyBytes(part)
        || RecordCodec.crc(loaded, header.prefixBytes(), header.bodyBytes()) != header.bodyCrc()) {
      throw new DamagedException("a wrong checksum of a part in " + region.path());
    }
    return header.prefixBytes();
  }

  @Override
  public synchronized ByteBuffer readRemaining(int maxBytes) throws IOException {
    requireOpen();
    long remaining = length() - position;
    if (remaining > maxBytes) {
      throw new IOException(remaining + " bytes are left, more than " + maxBytes);
    }
    ByteBuffer all = ByteBuffer.allocate((int) remaining);
    while (all.hasRemaining()) {
      read(all);
    }
    return all.flip();
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the read handle is closed");
    }
    indexed.log().requireOpen();
  }

  private void releaseBuffer() {
    if (buffer != null) {
      indexed.pool().release(buffer);
      buffer = null;
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      releaseBuffer();
      leakWatch.close();
    }
  }
}
