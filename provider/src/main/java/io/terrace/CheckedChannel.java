package io.terrace;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A channel that ends only where it should: after the bytes that were announced, if their number
 * was. What failed goes on failing. One reader; {@link #close} may come from any thread and makes a
 * read in progress fail, whatever the channel below does then.
 */
final class CheckedChannel implements ReadableByteChannel {
  private final ReadableByteChannel source;
  private final long length;

  private long position;
  private boolean ended;
  private @Nullable Throwable failure;
  private volatile boolean closed;

  /**
   * @param length in bytes, or {@link StreamValue#UNKNOWN_LENGTH}
   */
  CheckedChannel(ReadableByteChannel source, long length) {
    this.source = source;
    this.length = length;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (failure != null) {
      throw new IOException("the source failed before", failure);
    }
    if (!target.hasRemaining()) {
      return 0;
    }
    if (ended) {
      return -1;
    }
    try {
      return length == StreamValue.UNKNOWN_LENGTH ? next(target) : announced(target);
    } catch (Throwable e) {
      failure = e;
      throw e;
    }
  }

  private int announced(ByteBuffer target) throws IOException {
    long left = length - position;
    if (left == 0) {
      if (next(ByteBuffer.allocate(1)) > 0) {
        throw new IOException("the source is longer than the " + length + " bytes announced");
      }
      return -1;
    }
    int limit = target.limit();
    target.limit(target.position() + (int) Math.min(target.remaining(), left));
    try {
      if (next(target) < 0) {
        throw new EOFException(
            "the source ended after " + position + " of the " + length + " bytes announced");
      }
    } finally {
      target.limit(limit);
    }
    return (int) (left - (length - position));
  }

  private int next(ByteBuffer target) throws IOException {
    int count = source.read(target);
    if (closed) {
      throw new AsynchronousCloseException();
    }
    if (count == 0) {
      throw new IOException("the source neither waited for bytes nor ended");
    }
    if (count < 0) {
      ended = true;
    } else {
      position += count;
    }
    return count;
  }

  @Override
  public boolean isOpen() {
    return !closed && source.isOpen();
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      source.close();
    }
  }
}
