package io.terrace.tier.disk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers for records on their way to and from files, in sizes of powers of two; the larger
 * ones with a page on top, so that a chunk finds place with what stands before it. Keeps some of
 * each size, one for each thread at work on small records, and leaves the others to the garbage
 * collector, so a buffer that is never released costs an allocation and nothing else. Thread safe,
 * without locks.
 */
final class BufferPool {
  private static final int SMALLEST_SHIFT = 12;
  private static final int LARGEST_SHIFT = 21;

  /** From this size on a buffer has a page more. */
  private static final int PAGED_SHIFT = 15;

  private static final int PAGE_BYTES = 4096;
  private static final int MOST_KEPT_PER_SIZE = 64;
  private static final int LEAST_KEPT_PER_SIZE = 4;

  private static final int PLACES_PER_CACHE_LINE = 16;

  /** Of a size, so much is kept if that is between the least and the most. */
  private static final int KEPT_BYTES_PER_SIZE = 1 << 20;

  private final AtomicReferenceArray<@Nullable ByteBuffer> buffers =
      new AtomicReferenceArray<>((LARGEST_SHIFT - SMALLEST_SHIFT + 1) * MOST_KEPT_PER_SIZE);

  /** An empty little-endian buffer of at least so many bytes, the caller's until released. */
  ByteBuffer acquire(int bytes) {
    int shift = shift(bytes);
    if (shift > LARGEST_SHIFT) {
      return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
    int first = firstOf(shift);
    int kept = kept(shift);
    int start = ownPlace();
    for (int i = 0; i < kept; i++) {
      int place = first + ((start + i) & (kept - 1));
      if (buffers.getPlain(place) != null) {
        ByteBuffer buffer = buffers.getAndSet(place, null);
        if (buffer != null) {
          return buffer.clear();
        }
      }
    }
    return ByteBuffer.allocateDirect(capacity(shift)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Gives a buffer back, exactly once. */
  void release(ByteBuffer buffer) {
    int shift = shift(buffer.capacity());
    if (shift > LARGEST_SHIFT) {
      return;
    }
    int first = firstOf(shift);
    int kept = kept(shift);
    int start = ownPlace();
    for (int i = 0; i < kept; i++) {
      int place = first + ((start + i) & (kept - 1));
      if (buffers.getPlain(place) == null && buffers.compareAndSet(place, null, buffer)) {
        return;
      }
    }
  }

  /** Where a thread begins to look: few begin at the same place, or near it in memory. */
  private static int ownPlace() {
    return (int) Thread.currentThread().getId() * PLACES_PER_CACHE_LINE;
  }

  private static int firstOf(int shift) {
    return (shift - SMALLEST_SHIFT) * MOST_KEPT_PER_SIZE;
  }

  private static int kept(int shift) {
    int affordable = KEPT_BYTES_PER_SIZE >>> shift;
    return Math.max(LEAST_KEPT_PER_SIZE, Math.min(MOST_KEPT_PER_SIZE, affordable));
  }

  private static int shift(int bytes) {
    int shift = Math.max(SMALLEST_SHIFT, Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1));
    return shift > SMALLEST_SHIFT && bytes <= capacity(shift - 1) ? shift - 1 : shift;
  }

  private static int capacity(int shift) {
    return (1 << shift) + (shift >= PAGED_SHIFT ? PAGE_BYTES : 0);
  }
}
