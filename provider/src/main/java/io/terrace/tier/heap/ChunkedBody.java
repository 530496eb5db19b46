package io.terrace.tier.heap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * The bytes of one version of an entry, as a list of chunks that is written once, from the front,
 * and read by any number of threads meanwhile and afterwards. Counts its owners (the write, the
 * entry, each reader); the chunks go back to the pool with the last of them.
 */
final class ChunkedBody {
  /*
   * One thread writes: it fills chunks, then publishes them by the volatile write of `length`, below
   * which nothing changes any more. A reader first reads `length`, then the tables; a table that
   * was replaced since holds the same chunks at the same places. So reading takes no lock.
   *
   * `this` guards waiting: `length` and `state` change under it, which wakes the followers that
   * wait for more. Nothing else is done under it.
   *
   * Chunks are reused, so nobody may look at them without being an owner: retain fails once the
   * last owner is gone, and a reader that closes takes care that no read of its own is under way.
   */

  /** How far the writing has come. */
  enum State {
    GROWING,
    /** The write was committed. */
    COMPLETE,
    /** The write was aborted: what is there is not the beginning of anything. */
    BROKEN,
    /** The tier was closed before the write ended, which is as bad. */
    CUT_OFF
  }

  private static final byte[][] NO_CHUNKS = {};
  private static final long[] NO_ENDS = {};

  private final ChunkPool pool;
  private final AtomicInteger owners = new AtomicInteger(1);
  private volatile byte[][] chunks = NO_CHUNKS;
  private volatile long[] ends = NO_ENDS;
  private volatile long length;
  private volatile State state = State.GROWING;

  /** Of the writer alone, until the body is complete. */
  private int count;

  private long written;
  private long costBytes;

  /** An empty body with one owner. */
  ChunkedBody(ChunkPool pool) {
    this.pool = pool;
  }

  /** Makes the caller an owner, if there is one left. */
  boolean retain() {
    int held = owners.get();
    while (held != 0) {
      if (owners.compareAndSet(held, held + 1)) {
        return true;
      }
      held = owners.get();
    }
    return false;
  }

  /** Ends one ownership; exactly once each. */
  void release() {
    if (owners.decrementAndGet() == 0) {
      byte[][] unused = chunks;
      chunks = NO_CHUNKS;
      for (int i = 0; i < count; i++) {
        pool.giveBack(unused[i]);
      }
    }
  }

  /** Bytes that are there to be read. */
  long length() {
    return length;
  }

  /** What its chunks count in the pool; for the writer, and for all once it is complete. */
  long costBytes() {
    return costBytes;
  }

  /** How much may be put before the next chunk is needed. */
  int room() {
    return count == 0 ? 0 : (int) (ends[count - 1] - written);
  }

  /** Appends a chunk that the pool gave. */
  void add(byte[] chunk) {
    if (count == chunks.length) {
      int places = Math.max(1, count * 2);
      ends = Arrays.copyOf(ends, places);
      chunks = Arrays.copyOf(chunks, places);
    }
    chunks[count] = chunk;
    ends[count] = (count == 0 ? 0 : ends[count - 1]) + chunk.length;
    count++;
    costBytes += ChunkPool.cost(chunk.length);
  }

  /** Copies what fits into the last chunk, and adds it to the checksum. */
  void put(ByteBuffer source, CRC32C crc) {
    byte[] last = chunks[count - 1];
    int room = room();
    int bytes = Math.min(room, source.remaining());
    int offset = last.length - room;
    source.get(last, offset, bytes);
    crc.update(last, offset, bytes);
    written += bytes;
  }

  /** Lets readers see what was put. */
  synchronized void publish() {
    length = written;
    notifyAll();
  }

  /** Ends the writing; the first end is the one that counts. */
  synchronized void end(State how) {
    if (state == State.GROWING) {
      state = how;
      notifyAll();
    }
  }

  /** Wakes all that wait, so that they look whether they were closed. */
  synchronized void wake() {
    notifyAll();
  }

  /** Says whether somebody still wants to wait. */
  interface Waiter {
    boolean isClosed();
  }

  /** Waits until there is a byte at {@code offset}, the writing has ended, or nobody waits. */
  synchronized void await(long offset, Waiter waiter) throws IOException {
    while (length <= offset && state == State.GROWING && !waiter.isClosed()) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while following a write into the heap tier", e);
      }
    }
  }

  State state() {
    return state;
  }

  /**
   * Copies what is there from {@code offset} on, as much as the target takes.
   *
   * @param offset not negative
   * @return the number of bytes; 0 also where nothing is yet, or any more
   */
  int copy(long offset, ByteBuffer target) {
    long available = length - offset;
    if (available <= 0) {
      return 0;
    }
    byte[][] table = chunks;
    int left = (int) Math.min(target.remaining(), available);
    int copied = left;
    long at = offset;
    for (int i = chunkAt(offset); left > 0; i++) {
      byte[] chunk = table[i];
      int from = (int) (at - (ends[i] - chunk.length));
      int bytes = Math.min(left, chunk.length - from);
      target.put(chunk, from, bytes);
      at += bytes;
      left -= bytes;
    }
    return copied;
  }

  /** Some bytes of a complete body, not copied if they are in one chunk. */
  ByteBuffer view(long offset, int bytes) {
    if (bytes > 0) {
      int i = chunkAt(offset);
      byte[] chunk = chunks[i];
      int from = (int) (offset - (ends[i] - chunk.length));
      if (bytes <= chunk.length - from) {
        return ByteBuffer.wrap(chunk, from, bytes).slice().asReadOnlyBuffer();
      }
    }
    ByteBuffer copy = ByteBuffer.allocate(bytes);
    copy(offset, copy);
    return copy.flip();
  }

  /** The chunk that holds a byte that is there. */
  private int chunkAt(long offset) {
    long[] table = ends;
    int low = 0;
    int high = table.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      // the places behind the last chunk are empty
      if (table[middle] > offset || table[middle] == 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
