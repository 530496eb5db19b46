package io.terrace.stack;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Buffers of one size on the heap, of which it keeps some. Thread safe, without locks. */
final class ChunkPool {
  private static final int MOST_KEPT = 16;

  private final int chunkBytes;
  private final ConcurrentLinkedQueue<ByteBuffer> kept = new ConcurrentLinkedQueue<>();
  private final AtomicInteger keptCount = new AtomicInteger();

  ChunkPool(int chunkBytes) {
    this.chunkBytes = chunkBytes;
  }

  /** An empty buffer, the caller's until released. */
  ByteBuffer acquire() {
    ByteBuffer buffer = kept.poll();
    if (buffer == null) {
      return ByteBuffer.allocate(chunkBytes);
    }
    keptCount.decrementAndGet();
    return buffer.clear();
  }

  /** Gives a buffer back, exactly once. */
  void release(ByteBuffer buffer) {
    if (keptCount.incrementAndGet() <= MOST_KEPT) {
      kept.add(buffer);
    } else {
      keptCount.decrementAndGet();
    }
  }

  /** How many buffers it keeps at this moment. */
  int keptCount() {
    return keptCount.get();
  }
}
