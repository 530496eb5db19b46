package io.terrace.tier.heap;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a heap tier for bytes: counts what bodies and entries take, never more than a
 * bound, and keeps some full chunks that nobody uses for the next body. What it keeps counts too,
 * and makes way for everything else. Thread safe, without locks.
 */
final class ChunkPool {
  /** The size of the chunks that are kept; shorter ones are left to the garbage collector. */
  static final int CHUNK_BYTES = 64 << 10;

  /** The header of an array, and its places in the tables of a body. */
  static final int CHUNK_OVERHEAD_BYTES = 32;

  private static final int KEPT_BYTES = CHUNK_BYTES + CHUNK_OVERHEAD_BYTES;

  private final long maxBytes;
  private final long maxKeptBytes;
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicLong keptBytes = new AtomicLong();
  private final ConcurrentLinkedDeque<byte[]> kept = new ConcurrentLinkedDeque<>();

  /**
   * @param maxBytes of everything together
   * @param maxKeptBytes of the chunks kept for the next body
   */
  ChunkPool(long maxBytes, long maxKeptBytes) {
    this.maxBytes = maxBytes;
    this.maxKeptBytes = maxKeptBytes;
  }

  /** What bodies and entries take, without the chunks that are kept. */
  long usedBytes() {
    return heldBytes.get() - keptBytes.get();
  }

  /** All that is counted, the chunks that are kept included. */
  long heldBytes() {
    return heldBytes.get();
  }

  /** How many bytes would have to be given back to reserve so many more, or 0. */
  long missing(long bytes) {
    return Math.max(0, usedBytes() + bytes - maxBytes);
  }

  /** Counts so many bytes as used, unless that were over the bound. */
  boolean tryReserve(long bytes) {
    while (true) {
      long held = heldBytes.get();
      if (bytes <= maxBytes - held) {
        if (heldBytes.compareAndSet(held, held + bytes)) {
          return true;
        }
      } else if (!dropKept()) {
        return false;
      }
    }
  }

  /** Gives back what was reserved. */
  void release(long bytes) {
    heldBytes.addAndGet(-bytes);
  }

  /**
   * A chunk of undefined content, counted as used.
   *
   * @param bytes from 1 to {@link #CHUNK_BYTES}
   * @return null if there is no room
   */
  byte @Nullable [] tryAcquire(int bytes) {
    if (bytes == CHUNK_BYTES) {
      byte[] chunk = kept.pollFirst();
      if (chunk != null) {
        keptBytes.addAndGet(-KEPT_BYTES);
        return chunk;
      }
    }
    long cost = cost(bytes);
    if (!tryReserve(cost)) {
      return null;
    }
    boolean allocated = false;
    try {
      byte[] chunk = new byte[bytes];
      allocated = true;
      return chunk;
    } finally {
      if (!allocated) {
        release(cost);
      }
    }
  }

  /** What a chunk of a size counts. */
  static long cost(int bytes) {
    return (long) bytes + CHUNK_OVERHEAD_BYTES;
  }

  /** Takes a chunk back that nobody reads or writes any more, exactly once. */
  void giveBack(byte[] chunk) {
    if (chunk.length != CHUNK_BYTES || !keepOneMore()) {
      release(cost(chunk.length));
      return;
    }
    kept.addFirst(chunk);
  }

  private boolean keepOneMore() {
    if (keptBytes.addAndGet(KEPT_BYTES) <= maxKeptBytes) {
      return true;
    }
    keptBytes.addAndGet(-KEPT_BYTES);
    return false;
  }

  /** Forgets the chunks that are kept. */
  void dropAllKept() {
    while (dropKept()) {
      // one after the other
    }
  }

  private boolean dropKept() {
    if (kept.pollFirst() == null) {
      return false;
    }
    heldBytes.addAndGet(-KEPT_BYTES);
    keptBytes.addAndGet(-KEPT_BYTES);
    return true;
  }
}
