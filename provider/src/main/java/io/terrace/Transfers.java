package io.terrace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.WritableByteChannel;

/** Copies channels. */
final class Transfers {
  private static final int BUFFER_BYTES = 128 << 10;

  /** A direct buffer costs more than it saves below this. */
  private static final long DIRECT_FROM_BYTES = 1 << 20;

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
    ByteBuffer buffer = buffer(length, target);
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

  /** One that the operating system can read from, where the target hands it that. */
  private static ByteBuffer buffer(long length, WritableByteChannel target) {
    boolean isKnown = length != StreamValue.UNKNOWN_LENGTH;
    boolean isNative = target instanceof FileChannel || target instanceof SelectableChannel;
    if (isNative && (!isKnown || length >= DIRECT_FROM_BYTES)) {
      return ByteBuffer.allocateDirect(BUFFER_BYTES);
    }
    return ByteBuffer.allocate(
        isKnown ? (int) Math.max(1, Math.min(length, BUFFER_BYTES)) : BUFFER_BYTES);
  }
}
