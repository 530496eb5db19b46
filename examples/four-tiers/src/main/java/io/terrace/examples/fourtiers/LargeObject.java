package io.terrace.examples.fourtiers;

import io.terrace.EntryInfo;
import io.terrace.StreamValue;
import io.terrace.TieredCache;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import javax.cache.Cache;
import javax.cache.CacheException;

/** An object too large to be held in memory, made up as it is written. Not thread safe. */
final class LargeObject {
  private static final String KEY = "large-object";
  private static final int BLOCK_BYTES = 1 << 16;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final long length;
  private long checksum;

  /**
   * @param length in bytes
   */
  LargeObject(long length) {
    this.length = length;
  }

  long length() {
    return length;
  }

  /**
   * One reading of all of it.
   *
   * @param tier that served it, "-" if none did
   * @param tookNanos how long it took
   * @param isRight whether it is what was written
   */
  record Reading(String tier, long tookNanos, boolean isRight) {}

  /**
   * Writes it.
   *
   * @return how long it took, in nanoseconds
   */
  long write(Cache<String, StreamValue> cache) {
    MadeUp source = new MadeUp(length);
    long start = System.nanoTime();
    cache.put(KEY, StreamValue.of(source, length));
    checksum = source.sum.getValue();
    return System.nanoTime() - start;
  }

  /** Reads it to its end, which is what copies it into the tiers above. */
  Reading read(Cache<String, StreamValue> cache) {
    long start = System.nanoTime();
    try (StreamValue value = cache.get(KEY)) {
      Checking target = new Checking();
      boolean whole = value != null && value.transferTo(target) == length;
      EntryInfo info = value == null ? null : value.info();
      return new Reading(
          info == null ? "-" : info.tier(),
          System.nanoTime() - start,
          whole && target.sum.getValue() == checksum);
    } catch (CacheException | IOException e) {
      return new Reading("-", System.nanoTime() - start, false);
    }
  }

  /** Waits until these tiers have it, top first; copies come up behind the reader. */
  void awaitCopies(Cache<String, StreamValue> cache, List<String> tiers) {
    long start = System.nanoTime();
    while (!tiers(cache).equals(tiers) && System.nanoTime() - start < PATIENCE.toNanos()) {
      LockSupport.parkNanos(this, PAUSE.toNanos());
    }
  }

  @SuppressWarnings("unchecked") // a class literal has no type arguments
  private static List<String> tiers(Cache<String, StreamValue> cache) {
    TieredCache<String, ?> tiered = cache.unwrap(TieredCache.class);
    return tiered.residency(KEY).stream().map(copy -> copy.info().tier()).toList();
  }

  /** As many bytes as one likes, no block like another. */
  private static final class MadeUp extends InputStream {
    private final CRC32C sum = new CRC32C();
    private final byte[] block = new byte[BLOCK_BYTES];
    private final long length;
    private long at;

    MadeUp(long length) {
      this.length = length;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int most) {
      if (at == length) {
        return -1;
      }
      int from = (int) (at % BLOCK_BYTES);
      if (from == 0) {
        new SplittableRandom(at).nextBytes(block);
      }
      int count = (int) Math.min(Math.min(most, BLOCK_BYTES - from), length - at);
      System.arraycopy(block, from, target, offset, count);
      sum.update(block, from, count);
      at += count;
      return count;
    }
  }

  /** Takes everything, and keeps its checksum alone. */
  private static final class Checking implements WritableByteChannel {
    private final CRC32C sum = new CRC32C();

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      sum.update(source);
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
