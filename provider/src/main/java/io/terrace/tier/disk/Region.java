package io.terrace.tier.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One file of the log. Written once from its beginning to its end and never again, so what a reader
 * has pinned cannot change under it; a region that was deleted stays readable until its last reader
 * unpins it. Thread safe.
 */
final class Region {
  static final int HEADER_BYTES = 64;

  private final long sequence;
  private final Path path;
  private final DiskFile file;

  /** One for the log, one for each reader; the file is closed when it reaches 0. */
  private final AtomicInteger pins = new AtomicInteger(1);

  /** Where its bytes count while it is deleted and still open, or null. */
  private volatile @Nullable AtomicLong departedBytes;

  private volatile long length;
  private volatile boolean condemned;

  /** How many index entries point here; guarded by the log's lock. */
  private int liveEntries;

  /** Whether bodies that are committed elsewhere may have parts here; guarded by the log's lock. */
  private boolean holdsParts;

  Region(long sequence, Path path, DiskFile file, long length) {
    this.sequence = sequence;
    this.path = path;
    this.file = file;
    this.length = length;
  }

  long sequence() {
    return sequence;
  }

  Path path() {
    return path;
  }

  /** The bytes that were written and count. */
  long length() {
    return length;
  }

  /** Whether it is being reclaimed, so that nothing new may refer to it. */
  boolean isCondemned() {
    return condemned;
  }

  /** Called under the log's lock. */
  void condemn() {
    condemned = true;
  }

  int liveEntries() {
    return liveEntries;
  }

  /** Whether anything that is to be kept may be here. Called under the log's lock. */
  boolean mayBeNeeded() {
    return liveEntries > 0 || holdsParts;
  }

  /** A part of a body is here, or may be. Called under the log's lock. */
  void holdParts() {
    holdsParts = true;
  }

  void addLiveEntries(int difference) {
    liveEntries += difference;
  }

  /** Keeps the file open until {@link #unpin}; false if it is closed already. */
  boolean pin() {
    int seen = pins.get();
    while (seen > 0) {
      if (pins.compareAndSet(seen, seen + 1)) {
        return true;
      }
      seen = pins.get();
    }
    return false;
  }

  boolean isClosed() {
    return pins.get() <= 0;
  }

  void unpin() {
    if (pins.decrementAndGet() == 0) {
      closeQuietly();
      AtomicLong departed = departedBytes;
      if (departed != null) {
        departed.addAndGet(-length);
      }
    }
  }

  /** Lets the log's pin go; the bytes count there until the last reader lets its own go. */
  void depart(AtomicLong bytes) {
    bytes.addAndGet(length);
    departedBytes = bytes;
    unpin();
  }

  /** Fills what remains of the buffer; the caller has pinned the region. */
  void read(ByteBuffer target, long offset) throws IOException {
    long at = offset;
    while (target.hasRemaining()) {
      int count = file.read(target, at);
      if (count < 0) {
        throw new EOFException(path + " ends at " + at);
      }
      at += count;
    }
  }

  /**
   * Writes the buffer behind what was written and lets it count.
   *
   * @throws IOException if not all of it was written; nothing counts then
   */
  void append(ByteBuffer source) throws IOException {
    long at = length;
    while (source.hasRemaining()) {
      int count = file.write(source, at);
      if (count <= 0) {
        throw new IOException(path + " takes no more bytes");
      }
      at += count;
    }
    length = at;
  }

  /** Cuts the file where what counts ends. */
  void truncate() throws IOException {
    file.truncate(length);
  }

  void truncate(long newLength) throws IOException {
    file.truncate(newLength);
    length = newLength;
  }

  void force() throws IOException {
    file.force();
  }

  /** Takes the file out of the directory; pinned readers go on. */
  void delete() throws IOException {
    file.delete();
  }

  /** Closes the file whoever reads it. */
  void closeQuietly() {
    try {
      file.close();
    } catch (IOException e) {
      // Closing is all that was wanted; what had to be on the device was forced before.
    }
  }
}
