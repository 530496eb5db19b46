package io.terrace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.LinkedBlockingDeque;

/**
 * Copies channels through direct buffers, which the disk tier reads into and files and sockets
 * write from without a copy of their own. Thread safe.
 */
final class Transfers {
  /** As long as a chunk of the disk tier, which is read straight into a buffer that holds it. */
  static final int BUFFER_BYTES = 256 << 10;

  /** An array of its own is as good for a value below this. */
  private static final int DIRECT_FROM_BYTES = 32 << 10;

  private static final int MOST_KEPT = 8;

  /** Buffers nobody uses, the last used first: only a collection would free them. */
  private static final LinkedBlockingDeque<ByteBuffer> KEPT = new LinkedBlockingDeque<>(MOST_KEPT);

  private Transfers() {}

  /**
   * Reads a channel to its end.
   *
   * @param length what is expected, which is not checked, or {@link StreamValue#UNKNOWN_LENGTH}
   * @return the number of bytes
   */
  static long all(long length, ReadableByteChannel source, WritableByteChannel target)
      throws IOException {
    if (target instanceof SelectableChannel selectable && !selectable.isBlocking()) {
      throw new IllegalBlockingModeException();
    }
    if (length != StreamValue.UNKNOWN_LENGTH && length < DIRECT_FROM_BYTES) {
      return all(source, target, ByteBuffer.allocate((int) Math.max(1, length)));
    }
    ByteBuffer kept = KEPT.pollFirst();
    ByteBuffer buffer = kept == null ? ByteBuffer.allocateDirect(BUFFER_BYTES) : kept;
    try {
      return all(source, target, buffer.duplicate());
    } finally {
      boolean unused = KEPT.offerFirst(buffer);
    }
  }

  private static long all(ReadableByteChannel source, WritableByteChannel target, ByteBuffer buffer)
      throws IOException {
    long bytes = 0;
    while (source.read(buffer) >= 0) {
      bytes += buffer.flip().remaining();
      while (buffer.hasRemaining()) {
        if (target.write(buffer) == 0) {
          throw new IOException("the target took no bytes after " + bytes);
        }
      }
      buffer.clear();
    }
    return bytes;
  }
}
