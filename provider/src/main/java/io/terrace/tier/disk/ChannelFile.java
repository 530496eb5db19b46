package io.terrace.tier.disk;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file behind a {@link FileChannel} that survives interrupts. The JDK closes a file channel when
 * a thread inside it is interrupted, for everybody; here the channel is opened again and the
 * operation repeated, which positioned operations allow, and the interrupt is handed on afterwards.
 * A file that was deleted cannot be opened again, so {@link #delete} keeps a {@link
 * RandomAccessFile}, which knows no interrupts, for the readers that are left.
 */
final class ChannelFile implements DiskFile {
  /*
   * `this` guards the exchange of the channel, `spare` and `closed`; it is held for opening and
   * closing and for reads through `spare`, never for reads and writes of the channel.
   */
  private final Path path;
  private volatile FileChannel channel;
  private @Nullable RandomAccessFile spare;
  private boolean deleted;
  private boolean closed;

  ChannelFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static FileChannel openExisting(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private interface Operation {
    int run(FileChannel channel) throws IOException;
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    boolean interrupted = Thread.interrupted();
    int start = target.position();
    try {
      while (true) {
        FileChannel current = channel;
        try {
          return current.read(target, position);
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          target.position(start);
          if (!reopened(current)) {
            return readSpare(target, position);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    int start = source.position();
    return uninterrupted(
        open -> {
          source.position(start);
          return open.write(source, position);
        });
  }

  @Override
  public void truncate(long sizeBytes) throws IOException {
    uninterrupted(
        open -> {
          open.truncate(sizeBytes);
          return 0;
        });
  }

  @Override
  public void force() throws IOException {
    uninterrupted(
        open -> {
          open.force(false);
          return 0;
        });
  }

  @Override
  public long size() throws IOException {
    long[] size = new long[1];
    uninterrupted(
        open -> {
          size[0] = open.size();
          return 0;
        });
    return size[0];
  }

  private int uninterrupted(Operation operation) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        FileChannel current = channel;
        try {
          return operation.run(current);
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          if (!reopened(current)) {
            throw new IOException(path + " was deleted", e);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Replaces a channel that an interrupt closed; false if the file has no name any more. */
  private synchronized boolean reopened(FileChannel failed) throws IOException {
    if (closed) {
      throw new IOException(path + " is closed");
    }
    if (channel == failed && !deleted) {
      channel = openExisting(path);
    }
    return channel != failed;
  }

  private synchronized int readSpare(ByteBuffer target, long position) throws IOException {
    if (closed || spare == null) {
      throw new IOException(path + " is closed");
    }
    byte[] bytes = new byte[target.remaining()];
    spare.seek(position);
    int count = spare.read(bytes);
    if (count > 0) {
      target.put(bytes, 0, count);
    }
    return count;
  }

  @Override
  public synchronized void delete() throws IOException {
    if (!closed && spare == null) {
      spare = new RandomAccessFile(path.toFile(), "r");
    }
    Files.deleteIfExists(path);
    deleted = true;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    try {
      channel.close();
    } finally {
      if (spare != null) {
        spare.close();
      }
    }
  }
}
