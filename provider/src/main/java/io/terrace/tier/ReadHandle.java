package io.terrace.tier;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The body of one version of an entry, open for reading. It serves the version it was opened at to
 * the end, or fails: never a mixture, whatever is written or purged meanwhile. Single owner, not
 * thread safe; {@link #close} may come from any thread and is idempotent.
 */
public interface ReadHandle extends Closeable {

  /**
   * Reads the next bytes forward; blocks until at least one is there.
   *
   * @return the number of bytes, or -1 at the end of the body
   * @throws IOException if the tier fails or a checksum is wrong; no byte of the damaged part was
   *     delivered, and the tier has purged the entry as CORRUPTION
   */
  int read(ByteBuffer target) throws IOException;

  /** Whether {@link #read(long, ByteBuffer)} is supported. */
  boolean canSeek();

  /**
   * Reads at {@code offset}, without moving the forward position.
   *
   * @return the number of bytes, or -1 at or beyond the end
   * @throws UnsupportedOperationException unless {@link #canSeek}
   */
  int read(long offset, ByteBuffer target) throws IOException;

  /**
   * Reads what is left of the body into one buffer, which the caller may only read, and only until
   * it closes this handle. For small bodies.
   *
   * @param maxBytes the most that may be allocated
   * @throws IOException if the rest is longer, or as {@link #read(ByteBuffer)}
   */
  ByteBuffer readRemaining(int maxBytes) throws IOException;

  @Override
  void close();
}
