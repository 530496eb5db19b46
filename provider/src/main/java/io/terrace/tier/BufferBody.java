package io.terrace.tier;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A body in one buffer, which goes back to whom it belongs on close. */
public final class BufferBody implements ReadHandle {
  /*
   * The monitor of a handle guards all of it: closing, which may come from any thread, waits for a
   * read, lest the read deliver what the next owner of the buffer puts into it.
   */
  private final ByteBuffer body;
  private final Runnable release;
  private boolean closed;

  /**
   * @param body between its position and its limit; neither is moved
   * @param release run once when the handle is closed
   */
  public BufferBody(ByteBuffer body, Runnable release) {
    this.body = body.slice();
    this.release = release;
  }

  @Override
  public synchronized int read(ByteBuffer target) throws IOException {
    int count = read(body.position(), target);
    if (count > 0) {
      body.position(body.position() + count);
    }
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
    if (offset >= body.limit()) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), body.limit() - offset);
    target.put(body.slice((int) offset, count));
    return count;
  }

  @Override
  public synchronized ByteBuffer readRemaining(int maxBytes) throws IOException {
    requireOpen();
    if (body.remaining() > maxBytes) {
      throw new IOException(body.remaining() + " bytes are left, more than " + maxBytes);
    }
    ByteBuffer rest = body.slice();
    body.position(body.limit());
    return rest;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the read handle is closed");
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }
}
