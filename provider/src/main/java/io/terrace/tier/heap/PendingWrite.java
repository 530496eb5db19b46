package io.terrace.tier.heap;

import java.util.Set;

/**
 * What an unfinished write holds: a share of the body, and the bytes of the entry to be. Ended
 * once, by its handle or when that was forgotten.
 */
final class PendingWrite {
  private final ChunkPool pool;
  private final ChunkedBody body;
  private final Set<ChunkedBody> unfinished;
  private long ownBytes;

  /**
   * @param ownBytes reserved by the caller, given back by this unless an entry takes them over
   * @param unfinished the bodies of the tier that are being written
   */
  PendingWrite(ChunkPool pool, Set<ChunkedBody> unfinished, long ownBytes) {
    this.pool = pool;
    this.body = new ChunkedBody(pool);
    this.unfinished = unfinished;
    this.ownBytes = ownBytes;
    unfinished.add(body);
  }

  ChunkedBody body() {
    return body;
  }

  long ownBytes() {
    return ownBytes;
  }

  /** What is reserved now. */
  void ownBytes(long reserved) {
    ownBytes = reserved;
  }

  /** Lets go; a body that was not committed is broken. */
  void end() {
    unfinished.remove(body);
    body.end(ChunkedBody.State.BROKEN);
    pool.release(ownBytes);
    body.release();
  }
}
