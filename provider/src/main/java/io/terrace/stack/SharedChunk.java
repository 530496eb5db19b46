package io.terrace.stack;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** A chunk of a body that several lanes read; back in its pool when the last released it. */
final class SharedChunk {
  private final ChunkPool pool;
  private final ByteBuffer bytes;
  private final AtomicInteger owners;

  /**
   * @param bytes from its position to its limit
   */
  SharedChunk(ChunkPool pool, ByteBuffer bytes, int owners) {
    this.pool = pool;
    this.bytes = bytes;
    this.owners = new AtomicInteger(owners);
  }

  /** A view of its own for the caller, read only. */
  ByteBuffer bytes() {
    return bytes.asReadOnlyBuffer();
  }

  /** One owner needs it no more. */
  void release() {
    if (owners.decrementAndGet() == 0) {
      pool.release(bytes);
    }
  }
}
