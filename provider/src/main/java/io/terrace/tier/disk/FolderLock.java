package io.terrace.tier.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps everybody else out of a folder: other processes by a lock on a file in it, and others in
 * this process, whatever their class loader, by a system property. The property is needed because
 * closing any channel of a locked file gives the lock of the whole process back, so a second opener
 * must not even touch the file. Thread safe.
 */
final class FolderLock implements AutoCloseable {
  static final String NAME = "lock";
  private static final String PROPERTY_PREFIX = "io.terrace.disk.open.";

  private final String property;
  private final FileChannel channel;

  private FolderLock(String property, FileChannel channel) {
    this.property = property;
    this.channel = channel;
  }

  /**
   * Locks an existing folder.
   *
   * @throws IOException if somebody else has it, or the file cannot be locked
   */
  static FolderLock acquire(Path folder) throws IOException {
    String property = PROPERTY_PREFIX + folder.toRealPath();
    if (System.getProperties().putIfAbsent(property, "true") != null) {
      throw inUse(folder, "another cache manager of this process");
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel =
          FileChannel.open(
              folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel) == null) {
        throw inUse(folder, "another process");
      }
      locked = true;
      return new FolderLock(property, channel);
    } finally {
      if (!locked) {
        release(property, channel);
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static IOException inUse(Path folder, String who) {
    return new IOException(
        "the disk tier's folder "
            + folder
            + " is in use by "
            + who
            + ": close that one first, or set another disk.directory");
  }

  private static void release(String property, @Nullable FileChannel channel) throws IOException {
    try (channel) {
      // closing gives the lock back
    } finally {
      System.getProperties().remove(property);
    }
  }

  @Override
  public void close() throws IOException {
    release(property, channel);
  }
}
