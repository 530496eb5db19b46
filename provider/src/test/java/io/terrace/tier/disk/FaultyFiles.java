package io.terrace.tier.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The machine's file system with faults: the n-th operation fails, the device is full after so many
 * bytes, or every read and write moves a few bytes only. A write that fails has written half of its
 * bytes. Nothing is really forced to the device. Keeps account of what all files take, at every
 * instant. Thread safe.
 */
final class FaultyFiles implements DiskFiles {

  /** Which operations are counted and can fail. */
  enum Kind {
    ANY,
    CHANGES,
    READS,
    FORCES
  }

  private final DiskFiles files = new ChannelFiles();
  private Kind kind = Kind.ANY;
  private long failingCall = Long.MAX_VALUE;
  private long calls;
  private long freeBytes = Long.MAX_VALUE;
  private int transferBytes = Integer.MAX_VALUE;
  private final Map<Path, Long> sizes = new HashMap<>();
  private long usedBytes;
  private long mostUsedBytes;

  /** Fails the n-th operation of this kind from now, once. */
  synchronized void failCall(Kind newKind, long n) {
    kind = newKind;
    calls = 0;
    failingCall = n;
  }

  synchronized boolean hasFailed() {
    return calls >= failingCall;
  }

  /** Takes so many bytes more, and then none until a file is deleted. */
  synchronized void freeBytes(long bytes) {
    freeBytes = bytes;
  }

  /** Moves at most so many bytes in one read or write. */
  synchronized void transferBytes(int bytes) {
    transferBytes = bytes;
  }

  /** The most that all files ever took together. */
  synchronized long mostUsedBytes() {
    return mostUsedBytes;
  }

  private synchronized void resized(Path path, long size) {
    Long before = size < 0 ? sizes.remove(path) : sizes.put(path, size);
    long more = Math.max(0, size) - (before == null ? 0 : before);
    usedBytes += more;
    if (size < 0 && freeBytes < Long.MAX_VALUE / 2) {
      freeBytes -= more;
    }
    mostUsedBytes = Math.max(mostUsedBytes, usedBytes);
  }

  private synchronized void grown(Path path, long atLeast) {
    resized(path, Math.max(atLeast, sizes.getOrDefault(path, 0L)));
  }

  private synchronized void count(Kind operation, String what) throws IOException {
    if ((kind == Kind.ANY || kind == operation) && ++calls == failingCall) {
      throw new IOException("injected failure of " + what);
    }
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    count(Kind.CHANGES, "create");
    DiskFile file = files.create(path);
    resized(path, 0);
    return new FaultyFile(path, file);
  }

  @Override
  public DiskFile open(Path path) throws IOException {
    count(Kind.READS, "open");
    DiskFile file = files.open(path);
    resized(path, file.size());
    return new FaultyFile(path, file);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    count(Kind.READS, "list");
    return files.list(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    count(Kind.CHANGES, "rename");
    files.rename(from, to);
    synchronized (this) {
      long size = sizes.getOrDefault(from, 0L);
      resized(from, -1);
      resized(to, size);
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    count(Kind.CHANGES, "delete");
    files.delete(path);
    resized(path, -1);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    count(Kind.FORCES, "forceDirectory");
  }

  private final class FaultyFile implements DiskFile {
    private final Path path;
    private final DiskFile file;

    FaultyFile(Path path, DiskFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      count(Kind.READS, "read");
      int limit = target.limit();
      target.limit((int) Math.min(limit, target.position() + (long) transferBytes));
      try {
        return file.read(target, position);
      } finally {
        target.limit(limit);
      }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      try {
        count(Kind.CHANGES, "write");
      } catch (IOException e) {
        write(source, position, source.remaining() / 2);
        throw e;
      }
      synchronized (FaultyFiles.this) {
        if (source.remaining() > freeBytes) {
          write(source, position, (int) freeBytes);
          freeBytes = 0;
          throw new IOException("No space left on device");
        }
        int written = write(source, position, Math.min(transferBytes, source.remaining()));
        freeBytes -= written;
        return written;
      }
    }

    private int write(ByteBuffer source, long position, int count) throws IOException {
      int limit = source.limit();
      source.limit(source.position() + count);
      try {
        int written = file.write(source, position);
        grown(path, position + written);
        return written;
      } finally {
        source.limit(limit);
      }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      count(Kind.CHANGES, "truncate");
      file.truncate(sizeBytes);
      resized(path, sizeBytes);
    }

    @Override
    public void force() throws IOException {
      count(Kind.FORCES, "force"); // the device itself is not needed
    }

    @Override
    public long size() throws IOException {
      count(Kind.READS, "size");
      return file.size();
    }

    @Override
    public void delete() throws IOException {
      count(Kind.CHANGES, "unlink");
      file.delete();
      resized(path, -1);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
