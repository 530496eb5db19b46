package io.terrace.tier.disk;

import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.EntryKey;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A body in several records, read one at a time with one buffer. Its regions are pinned, so it is
 * read to the end whatever happens to the entry meanwhile.
 */
final class LongBody implements ReadHandle {
  /*
   * `this` guards the reader's buffer against a close from another thread, which would give it to
   * somebody else in the middle of a read. Reads are done under it: the handle has one owner. It is
   * not held when a damaged entry is purged, since listeners hear of that.
   */
  private final IndexedLog indexed;
  private final EntryKey key;
  private final long manifestLocation;
  private final PinnedParts pinned;
  private final long[] ends;
  private final PartReader reader;
  private final LeakWatch leakWatch;
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
    reader = new PartReader(indexed, key);
    leakWatch = LeakWatch.over(this, "a read handle of the disk tier", pinned::unpin);
  }

  private long length() {
    return ends.length == 0 ? 0 : ends[ends.length - 1];
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    try {
      synchronized (this) {
        int count = readPart(position, target);
        position += Math.max(0, count);
        return count;
      }
    } catch (DamagedException e) {
      throw damaged(e);
    }
  }

  @Override
  public boolean canSeek() {
    return true;
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    try {
      synchronized (this) {
        return readPart(offset, target);
      }
    } catch (DamagedException e) {
      throw damaged(e);
    }
  }

  private int readPart(long offset, ByteBuffer target) throws IOException {
    requireOpen();
    if (offset < 0) {
      throw new IllegalArgumentException("negative offset: " + offset);
    }
    if (offset >= length()) {
      return -1;
    }
    int part = partAt(offset);
    Parts parts = pinned.parts();
    int bodyBytes = parts.bodyBytes(part);
    return reader.read(
        new PartReader.Part(
            pinned.region(part),
            parts.location(part),
            parts.recordBytes(part),
            bodyBytes,
            ends[part] - bodyBytes),
        offset,
        target);
  }

  private IOException damaged(DamagedException e) {
    indexed.purgeDamaged(key, key.hashHigh(), key.hashLow(), manifestLocation);
    return new IOException("damaged bytes of entry " + key.digest() + " on disk", e);
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

  @Override
  public ByteBuffer readRemaining(int maxBytes) throws IOException {
    long remaining;
    synchronized (this) {
      requireOpen();
      remaining = length() - position;
    }
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

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      reader.release();
      leakWatch.close();
    }
  }
}
