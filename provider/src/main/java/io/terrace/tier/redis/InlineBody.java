package io.terrace.tier.redis;

import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A body that came with its header. Holds nothing but memory. */
final class InlineBody implements ReadHandle {
  private final ByteBuffer body;
  private boolean closed;

  InlineBody(ByteBuffer body) {
    this.body = body.slice();
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
    closed = true;
  }
}
