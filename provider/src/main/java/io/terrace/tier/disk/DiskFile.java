package io.terrace.tier.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One open file, read and written at given positions. Thread safe. An interrupt of the calling
 * thread neither fails nor closes anything; it stays pending.
 */
interface DiskFile extends Closeable {

  /** Reads at most what {@code target} takes; -1 at or beyond the end of the file. */
  int read(ByteBuffer target, long position) throws IOException;

  /** Writes at most what {@code source} has, growing the file as needed. */
  int write(ByteBuffer source, long position) throws IOException;

  void truncate(long sizeBytes) throws IOException;

  /** Returns once everything written is on the device. */
  void force() throws IOException;

  long size() throws IOException;

  /** Takes the file out of its directory; it can be read until it is closed. */
  void delete() throws IOException;

  /** Idempotent. Reads and writes that are under way or come later fail. */
  @Override
  void close() throws IOException;
}
