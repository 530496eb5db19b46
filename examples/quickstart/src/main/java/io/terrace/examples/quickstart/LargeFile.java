package io.terrace.examples.quickstart;

import io.terrace.StreamValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Random;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;

/**
 * A file too large to be held in memory, made up on the way: it goes into a cache of streams and
 * comes back, and neither ever has all of it.
 *
 * @param tier the tier that served it
 * @param bytes how large it is
 * @param writeNanos how long it took into the cache
 * @param readNanos how long it took out of it
 */
record LargeFile(String tier, long bytes, long writeNanos, long readNanos) {
  /** The cache in {@code terrace.conf}. */
  static final String CACHE = "large";

  private static final String KEY = "large-file";
  private static final long BYTES = 64 << 20;

  /**
   * Does it, and deletes the cache then.
   *
   * @throws javax.cache.CacheException if the cache cannot be written
   * @throws IOException if it cannot be read
   */
  static LargeFile stream(CacheManager manager) throws IOException {
    Cache<String, StreamValue> cache =
        manager.createCache(
            CACHE,
            new MutableConfiguration<String, StreamValue>()
                .setTypes(String.class, StreamValue.class));
    try {
      long writeStart = System.nanoTime();
      cache.put(KEY, StreamValue.of(new MadeUp(BYTES), BYTES));
      long readStart = System.nanoTime();
      try (StreamValue value = cache.get(KEY)) {
        if (value == null || value.transferTo(new Nowhere()) != BYTES) {
          throw new IOException("the large file is not in the cache");
        }
        long end = System.nanoTime();
        String tier = value.info() == null ? "" : value.info().tier();
        return new LargeFile(tier, BYTES, readStart - writeStart, end - readStart);
      }
    } finally {
      manager.destroyCache(CACHE);
    }
  }

  /** As many bytes as one likes, the same ones over and over. */
  private static final class MadeUp extends InputStream {
    private static final byte[] BLOCK = new byte[1 << 20];

    static {
      new Random(1).nextBytes(BLOCK);
    }

    private final long length;
    private long at;

    MadeUp(long length) {
      this.length = length;
    }

    @Override
    public int read() {
      return at == length ? -1 : BLOCK[(int) (at++ % BLOCK.length)] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int most) {
      if (at == length) {
        return -1;
      }
      int from = (int) (at % BLOCK.length);
      int count = (int) Math.min(Math.min(most, BLOCK.length - from), length - at);
      System.arraycopy(BLOCK, from, target, offset, count);
      at += count;
      return count;
    }
  }

  /** Takes everything. */
  private static final class Nowhere implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) {
      int length = source.remaining();
      source.position(source.limit());
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
