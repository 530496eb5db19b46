package io.terrace;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file, which is opened when it is first read, and again after it was closed.
 *
 * <p>Its length is what it was when first asked for; a file that has another when it is read is an
 * error. Closing forgets it.
 */
final class FileOrigin implements StreamOrigin {
  /*
   * The monitor guards both fields. Only opening, closing and asking for the attributes happens
   * under it, never a read: closing must be able to end that.
   */
  private final Path file;
  private @Nullable FileChannel open;
  private long length = StreamValue.UNKNOWN_LENGTH;

  FileOrigin(Path file) {
    this.file = file;
  }

  /** Unknown if the file cannot be looked at; reading it says why. */
  @Override
  public synchronized long length() {
    try {
      return measured();
    } catch (IOException e) {
      return StreamValue.UNKNOWN_LENGTH;
    }
  }

  @Override
  public boolean isRepeatable() {
    return true;
  }

  @Override
  public synchronized ReadableByteChannel channel() throws IOException {
    return new CheckedChannel(new Forward(opened()), measured());
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    FileChannel channel;
    long end;
    synchronized (this) {
      channel = opened();
      end = measured();
    }
    if (offset >= end) {
      return -1;
    }
    int count = channel.read(limited(target, end - offset), offset);
    if (count < 0) {
      throw new EOFException(this + " ended before the " + end + " bytes it had");
    }
    target.position(target.position() + count);
    return count;
  }

  private static ByteBuffer limited(ByteBuffer target, long bytes) {
    int count = (int) Math.min(target.remaining(), bytes);
    return target.duplicate().limit(target.position() + count);
  }

  private long measured() throws IOException {
    if (length == StreamValue.UNKNOWN_LENGTH) {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw new IOException(this + " is no regular file: open it and pass the channel instead");
      }
      length = attributes.size();
    }
    return length;
  }

  private FileChannel opened() throws IOException {
    measured();
    FileChannel channel = open;
    if (channel == null || !channel.isOpen()) {
      try {
        channel = FileChannel.open(file, StandardOpenOption.READ);
      } catch (UnsupportedOperationException e) {
        throw new IOException(
            this + " is in a file system without channels: pass an open stream instead", e);
      }
      open = channel;
    }
    return channel;
  }

  @Override
  public synchronized void close() throws IOException {
    FileChannel channel = open;
    open = null;
    length = StreamValue.UNKNOWN_LENGTH;
    if (channel != null) {
      channel.close();
    }
  }

  @Override
  public String toString() {
    return "file " + file;
  }

  /** Reads one opening of the file, and fails when that is closed. */
  private final class Forward implements ReadableByteChannel {
    private final FileChannel channel;
    private long position;

    Forward(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int count = channel.read(target, position);
      position += Math.max(0, count);
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    /** Closes the origin, unless that was closed and opened again. */
    @Override
    public void close() throws IOException {
      if (channel.isOpen()) {
        FileOrigin.this.close();
      }
    }
  }
}
