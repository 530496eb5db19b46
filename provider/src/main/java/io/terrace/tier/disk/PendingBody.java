package io.terrace.tier.disk;

import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a body that is being written: full chunks in the log, the rest in one buffer.
 * Written by one thread at a time; read by any number of followers meanwhile.
 */
final class PendingBody {
  /*
   * `this` guards all fields but `crc`, which is the writer's. The writer changes what it writes to
   * under the monitor and reads it without, since nobody else changes it. It adds bytes without the
   * monitor, behind what followers may see, and says under it how far they may look. While `busy`, the buffer belongs to the writer alone, which appends it to
   * the log or moves its content; followers of what is in the log already go on. Nothing waits for a
   * file under the monitor. The log's lock is acquired under it to begin and to end a following, and
   * never the other way round.
   */
  private enum State {
    OPEN,
    COMMITTED,
    BROKEN
  }

  private final IndexedLog indexed;
  private final EntryKey key;
  private final int chunkBytes;
  private final CRC32C crc = new CRC32C();
  private int bodyStart;
  private @Nullable ByteBuffer buffer;
  private @Nullable LongWrite longWrite;
  private long flushedBytes;
  private int pendingBytes;
  private boolean busy;
  private volatile State state = State.OPEN;
  private @Nullable FollowedParts followed;
  private int followers;
  private int waiting;

  /**
   * @param prefixBytes what stands before the body in a record of its own, the header included
   * @param firstBytes how much room to begin with
   */
  PendingBody(IndexedLog indexed, EntryKey key, int prefixBytes, int firstBytes) {
    this.indexed = indexed;
    this.key = key;
    chunkBytes = indexed.log().limits().chunkBytes();
    bodyStart = prefixBytes;
    buffer = indexed.pool().acquire(RecordCodec.align(prefixBytes + firstBytes));
  }

  /** Whether it was committed or given up. */
  boolean isOver() {
    return state != State.OPEN;
  }

  /** Whether a part of it is in the log already. */
  boolean isLong() {
    return longWrite != null;
  }

  long sizeBytes() {
    return flushedBytes + pendingBytes;
  }

  /** CRC32C of all that is in the log. */
  int flushedCrc() {
    return (int) crc.getValue();
  }

  /** Appends all remaining bytes; a chunk goes to the log when there are more than fit in it. */
  void append(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      if (pendingBytes == chunkBytes) {
        flush();
      }
      int count = Math.min(chunkBytes - pendingBytes, source.remaining());
      int end = bodyStart + pendingBytes;
      ByteBuffer target = withRoom(end, count);
      target.put(end, source, source.position(), count);
      source.position(source.position() + count);
      synchronized (this) {
        pendingBytes += count;
        wakeWaiting();
      }
    }
  }

  /** The buffer, or a larger one with the same content, with room for so many bytes at the end. */
  private ByteBuffer withRoom(int end, int count) throws IOException {
    int needed = RecordCodec.align(end + count);
    ByteBuffer present = requireBuffer();
    if (needed <= present.capacity()) {
      return present;
    }
    int most = RecordCodec.align(bodyStart + chunkBytes);
    ByteBuffer larger = indexed.pool().acquire(Math.max(needed, Math.min(most, needed * 2)));
    larger.put(0, present, 0, end);
    synchronized (this) {
      buffer = larger;
    }
    indexed.pool().release(present);
    return larger;
  }

  private ByteBuffer requireBuffer() throws IOException {
    ByteBuffer present = buffer;
    if (present == null) {
      throw new IOException("the write was aborted");
    }
    return present;
  }

  /** The buffer, which followers leave alone from now on until a chunk is flushed or it ends. */
  private synchronized ByteBuffer seize() throws IOException {
    ByteBuffer present = requireBuffer();
    busy = true;
    return present;
  }

  /** Appends what is in the buffer to the log, as a chunk. */
  void flush() throws IOException {
    ByteBuffer chunk = seize();
    LongWrite write = longWrite();
    int length = pendingBytes;
    int chunkCrc = RecordCodec.crc(chunk, bodyStart, length);
    RecordCodec.update(crc, chunk, bodyStart, length);
    int start = bodyStart - RecordCodec.HEADER_BYTES; // a chunk has neither key nor metadata
    RecordCodec.prepareChunk(
        chunk,
        start,
        key.hashHigh(),
        key.hashLow(),
        flushedBytes,
        RecordCodec.Lengths.ofBody(length, chunkCrc));
    indexed.appendChunk(write, chunk, start, length);
    synchronized (this) {
      flushedBytes += length;
      pendingBytes = 0;
      busy = false;
      wakeWaiting();
    }
  }

  /** The write of chunks, begun by the first. */
  LongWrite longWrite() throws IOException {
    LongWrite write = longWrite;
    if (write == null) {
      write = indexed.longWrites().begin();
      synchronized (this) {
        longWrite = write;
        if (followed != null) {
          indexed.longWrites().follow(write, followed);
        }
      }
    }
    return write;
  }

  /** Appends the rest to the log, so that all of it is in chunks. */
  void flushRest() throws IOException {
    if (pendingBytes > 0) {
      flush();
    }
  }

  /**
   * The buffer with the whole body behind so many bytes, for a record of its own. It belongs to the
   * caller until {@link #committed} or {@link #abort}.
   */
  ByteBuffer record(int prefixBytes) throws IOException {
    ByteBuffer present = seize();
    if (prefixBytes != bodyStart) {
      int needed = RecordCodec.align(prefixBytes + pendingBytes);
      boolean fits = needed <= present.capacity();
      ByteBuffer moved = fits ? present : indexed.pool().acquire(needed);
      moved.put(prefixBytes, present.duplicate(), bodyStart, pendingBytes);
      synchronized (this) {
        buffer = moved;
        bodyStart = prefixBytes;
      }
      if (!fits) {
        indexed.pool().release(present);
      }
    }
    return requireBuffer();
  }

  /** The commit was refused: followers may read from the buffer again. */
  synchronized void refused() {
    busy = false;
    wakeWaiting();
  }

  /** All of it is committed: followers come to a good end. */
  synchronized void committed() {
    end(State.COMMITTED);
  }

  /** Gives up what was not committed: followers fail. Idempotent. */
  void abort() {
    if (state == State.OPEN) {
      synchronized (this) {
        end(State.BROKEN);
        if (longWrite != null) {
          indexed.longWrites().end(longWrite);
        }
      }
    }
  }

  private void end(State end) {
    if (state != State.OPEN) {
      return;
    }
    state = end;
    busy = false;
    if (end == State.BROKEN || followers == 0 || longWrite != null) {
      releaseBuffer(); // else followers still read from it
    }
    wakeWaiting();
  }

  private void releaseBuffer() {
    ByteBuffer present = buffer;
    if (present != null) {
      buffer = null;
      indexed.pool().release(present);
    }
  }

  private void wakeWaiting() {
    if (waiting > 0) {
      notifyAll();
    }
  }

  /** Has everybody who waits look again. */
  synchronized void wake() {
    notifyAll();
  }

  /**
   * A follower more; whoever calls this calls {@link #unfollow} once.
   *
   * @return false if the write was committed
   * @throws IOException if it was aborted
   */
  synchronized boolean follow() throws IOException {
    indexed.log().requireOpen();
    if (state == State.BROKEN) {
      throw new IOException("the write was aborted");
    }
    if (state == State.COMMITTED && followers == 0) {
      return false;
    }
    if (followers == 0) {
      FollowedParts parts = new FollowedParts();
      if (longWrite != null) {
        indexed.longWrites().follow(longWrite, parts);
      }
      followed = parts;
      indexed.followed().add(this);
    }
    followers++;
    return true;
  }

  synchronized void unfollow() {
    followers--;
    if (followers > 0) {
      return;
    }
    indexed.followed().remove(this);
    if (longWrite != null) {
      indexed.longWrites().unfollow(longWrite);
    }
    if (followed != null) {
      followed.release();
      followed = null;
    }
    if (state == State.COMMITTED) {
      releaseBuffer();
    }
  }

  /**
   * Waits until there is a byte at an offset, or can never be one.
   *
   * @return the chunk that holds it; null if the bytes were copied to the target, or if the
   *     target's position did not change, the body ends before
   * @throws IOException if the write was aborted, the reader or the tier closed, or the thread
   *     interrupted
   */
  synchronized PartReader.@Nullable Part await(long offset, ByteBuffer target, FollowingBody reader)
      throws IOException {
    while (mustWait(offset, reader)) {
      waiting++;
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while following the write of " + key.digest(), e);
      } finally {
        waiting--;
      }
    }
    reader.requireOpen();
    if (state == State.BROKEN) {
      throw new IOException("the write of entry " + key.digest() + " was aborted");
    }
    if (offset < flushedBytes && followed != null) {
      PartReader.Part part = followed.at(offset);
      if (part == null) {
        throw new IOException("the chunks of entry " + key.digest() + " are gone");
      }
      return part;
    }
    ByteBuffer pending = buffer;
    if (pending != null && offset < flushedBytes + pendingBytes) {
      int from = (int) (offset - flushedBytes);
      int count = Math.min(target.remaining(), pendingBytes - from);
      target.put(target.position(), pending, bodyStart + from, count);
      target.position(target.position() + count);
    }
    return null;
  }

  private boolean mustWait(long offset, FollowingBody reader) {
    if (state != State.OPEN || offset < flushedBytes || reader.isOver()) {
      return false;
    }
    return busy || offset >= flushedBytes + pendingBytes;
  }
}
