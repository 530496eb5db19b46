package io.terrace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream as a channel that reads straight into arrays, where {@code Channels} goes by 8 KiB of
 * its own. A read returns what one read of the stream does.
 */
final class InputChannel implements ReadableByteChannel {
  private static final int COPY_BYTES = 64 << 10;

  private final InputStream in;
  private byte @Nullable [] copy;
  private volatile boolean closed;

  InputChannel(InputStream in) {
    this.in = in;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return target.hasArray() ? readInto(target) : readThroughCopy(target);
  }

  private int readInto(ByteBuffer target) throws IOException {
    int at = target.arrayOffset() + target.position();
    int count = in.read(target.array(), at, target.remaining());
    if (count > 0) {
      target.position(target.position() + count);
    }
    return count;
  }

  private int readThroughCopy(ByteBuffer target) throws IOException {
    byte[] bytes = copy;
    if (bytes == null) {
      bytes = new byte[COPY_BYTES];
      copy = bytes;
    }
    int count = in.read(bytes, 0, Math.min(bytes.length, target.remaining()));
    if (count > 0) {
      target.put(bytes, 0, count);
    }
    return count;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    in.close();
  }
}
