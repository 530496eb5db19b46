package io.terrace.tier.heap;

import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A reader of a body, complete or still being written. It owns the body with others, so that the
 * chunks stay what they are until it is closed.
 */
final class BodyReader implements ReadHandle, ChunkedBody.Waiter {
  /*
   * `this` guards each look at the chunks: closing, which may come from any thread and lets them be
   * used for other bodies, waits for it. Nobody waits for a writer under it.
   */
  private final ChunkedBody body;
  private final LeakWatch leakWatch;
  private long position;
  private volatile boolean closed;

  /**
   * @param body retained by the caller, released when this is closed or forgotten
   */
  BodyReader(ChunkedBody body) {
    this.body = body;
    this.leakWatch = LeakWatch.over(this, "a read handle of the heap tier", body::release);
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = read(position, target);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public boolean canSeek() {
    return true;
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException("negative offset: " + offset);
    }
    while (true) {
      ChunkedBody.State state = body.state();
      synchronized (this) {
        requireReadable(state);
        int count = body.copy(offset, target);
        if (count > 0) {
          return count;
        }
        if (offset < body.length()) {
          return 0; // the target takes no more
        }
      }
      if (state == ChunkedBody.State.COMPLETE) {
        return -1;
      }
      body.await(offset, this);
    }
  }

  @Override
  public ByteBuffer readRemaining(int maxBytes) throws IOException {
    body.await(Long.MAX_VALUE, this);
    synchronized (this) {
      requireReadable(body.state());
      long remaining = body.length() - position;
      if (remaining > maxBytes) {
        throw new IOException(remaining + " bytes are left, more than " + maxBytes);
      }
      ByteBuffer rest = body.view(position, (int) remaining);
      position += remaining;
      return rest;
    }
  }

  private void requireReadable(ChunkedBody.State state) throws IOException {
    if (closed) {
      throw new IOException("the read handle is closed");
    }
    if (state == ChunkedBody.State.BROKEN) {
      throw new IOException("the write that was followed was aborted");
    }
    if (state == ChunkedBody.State.CUT_OFF) {
      throw new IOException("the heap tier was closed while a write was followed");
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    body.wake();
    leakWatch.close();
  }
}
