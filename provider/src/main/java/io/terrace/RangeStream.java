package io.terrace;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part of a value as a stream. Small reads go through a buffer, as a tier may have to check the
 * whole chunk for each. Not thread safe.
 */
final class RangeStream extends InputStream {
  private static final int BUFFER_BYTES = 8 << 10;
  private static final int TRANSFER_BYTES = 128 << 10;

  private final StreamValue value;
  private final long end;

  /** Of the next byte its user gets; what is in the buffer comes before what is in the value. */
  private long position;

  private @Nullable ByteBuffer buffer;
  private boolean closed;

  RangeStream(StreamValue value, long offset, long length) {
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException(
          "a range must begin at 0 or later and be no shorter than 0, not "
              + offset
              + " and "
              + length);
    }
    this.value = value;
    this.position = offset;
    this.end = length > Long.MAX_VALUE - offset ? Long.MAX_VALUE : offset + length;
  }

  @Override
  public int read() throws IOException {
    checkOpen();
    ByteBuffer filled = filled();
    if (filled == null) {
      return -1;
    }
    position++;
    return filled.get() & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    checkOpen();
    if (length == 0) {
      return 0;
    }
    if (length >= BUFFER_BYTES && buffered() == 0) {
      return direct(ByteBuffer.wrap(target, offset, length));
    }
    ByteBuffer filled = filled();
    if (filled == null) {
      return -1;
    }
    int count = Math.min(length, filled.remaining());
    filled.get(target, offset, count);
    position += count;
    return count;
  }

  /** Reads past the buffer, which is empty. */
  private int direct(ByteBuffer target) throws IOException {
    int count = readValue(target);
    if (count > 0) {
      position += count;
    }
    return count;
  }

  /** The buffer with at least one byte in it, or null at the end. */
  private @Nullable ByteBuffer filled() throws IOException {
    ByteBuffer filled = buffer;
    if (filled == null) {
      filled = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, end - position)).limit(0);
      buffer = filled;
    }
    if (filled.hasRemaining()) {
      return filled;
    }
    filled.clear();
    boolean isEmpty = true;
    try {
      isEmpty = readValue(filled) <= 0;
    } finally {
      filled.limit(isEmpty ? 0 : filled.position()).position(0);
    }
    return isEmpty ? null : filled;
  }

  private int readValue(ByteBuffer target) throws IOException {
    long left = end - position;
    if (left == 0) {
      return -1;
    }
    target.limit(target.position() + (int) Math.min(target.remaining(), left));
    return value.read(position, target);
  }

  private int buffered() {
    return buffer == null ? 0 : buffer.remaining();
  }

  /** Skips at once where the end of the value is known, and by reading where it is not. */
  @Override
  public long skip(long bytes) throws IOException {
    checkOpen();
    if (bytes <= 0) {
      return 0;
    }
    long length = value.length();
    if (length == StreamValue.UNKNOWN_LENGTH) {
      return super.skip(bytes);
    }
    long skipped = Math.min(bytes, left(length));
    if (buffer != null) {
      int inBuffer = (int) Math.min(skipped, buffer.remaining());
      buffer.position(skipped == inBuffer ? buffer.position() + inBuffer : buffer.limit());
    }
    position += skipped;
    return skipped;
  }

  /** What is left of the range; of a value of unknown length, what was read ahead. */
  @Override
  public int available() throws IOException {
    checkOpen();
    long length = value.length();
    return length == StreamValue.UNKNOWN_LENGTH
        ? buffered()
        : (int) Math.min(left(length), Integer.MAX_VALUE);
  }

  private long left(long length) {
    return Math.max(0, Math.min(end, length) - position);
  }

  @Override
  public long transferTo(OutputStream target) throws IOException {
    Objects.requireNonNull(target, "target");
    checkOpen();
    byte[] bytes = new byte[(int) Math.max(1, Math.min(TRANSFER_BYTES, end - position))];
    long transferred = 0;
    for (int count = read(bytes); count >= 0; count = read(bytes)) {
      target.write(bytes, 0, count);
      transferred += count;
    }
    return transferred;
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("the stream of a range is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    buffer = null;
  }
}
