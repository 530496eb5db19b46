package io.terrace.tier.disk;

import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.EntryKey;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A reading of a body while it is written: what is in the log already is read from there, its
 * regions pinned, the rest from the writer's buffer. Waits where nothing is written yet.
 */
final class FollowingBody implements ReadHandle {
  /*
   * `this` is held for a read, also while it waits for the writer, and guards the position and the
   * reader's buffer. `closed` is set without it, so that a close from another thread ends the
   * waiting. Acquired before the monitor of the PendingBody.
   */
  private static final int FIRST_BYTES = 8192;

  private final IndexedLog indexed;
  private final EntryKey key;
  private final PendingBody body;
  private final PartReader reader;
  private final LeakWatch leakWatch;
  private long position;
  private volatile boolean closed;

  /**
   * @param body followed already; unfollowed when this is closed
   */
  FollowingBody(IndexedLog indexed, EntryKey key, PendingBody body) {
    this.indexed = indexed;
    this.key = key;
    this.body = body;
    reader = new PartReader(indexed, key);
    leakWatch =
        LeakWatch.over(
            this, "a read handle of a write in progress of the disk tier", body::unfollow);
  }

  /** Whether nobody will be served here any more. */
  boolean isOver() {
    return closed || indexed.log().isClosed();
  }

  void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the read handle is closed");
    }
    indexed.log().requireOpen();
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
    if (!target.hasRemaining()) {
      return 0;
    }
    int before = target.position();
    PartReader.Part part = body.await(offset, target, this);
    if (part == null) {
      return target.position() > before ? target.position() - before : -1;
    }
    try {
      return reader.read(part, offset, target);
    } catch (DamagedException e) {
      throw new IOException("damaged bytes of entry " + key.digest() + " on disk", e);
    }
  }

  @Override
  public synchronized ByteBuffer readRemaining(int maxBytes) throws IOException {
    requireOpen();
    ByteBuffer all = ByteBuffer.allocate(Math.min(maxBytes, FIRST_BYTES));
    while (true) {
      if (!all.hasRemaining()) {
        if (all.capacity() == maxBytes) {
          requireEnd(maxBytes);
          return all.flip();
        }
        int capacity = (int) Math.min(maxBytes, all.capacity() * 2L);
        all = ByteBuffer.wrap(Arrays.copyOf(all.array(), capacity)).position(all.position());
      }
      if (read(all) < 0) {
        return all.flip();
      }
    }
  }

  private void requireEnd(int maxBytes) throws IOException {
    if (read(position, ByteBuffer.allocate(1)) > 0) {
      throw new IOException("more than " + maxBytes + " bytes are left");
    }
  }

  @Override
  public void close() {
    closed = true;
    body.wake();
    synchronized (this) {
      reader.release();
      leakWatch.close();
    }
  }
}
