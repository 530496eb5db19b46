package io.terrace.benchmarks.stream;

import com.google.gson.Gson;
import io.terrace.StreamValue;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import javax.cache.Cache;

/**
 * Writes many values at once and reads them at once, under the little heap that its process was
 * given, and prints what that took at most as one line of JSON. Checksums are verified.
 */
final class StreamMemoryProgram {
  private static final long HEAP_TIER_BYTES = 24L << 20;
  private static final long HEAP_ENTRY_BYTES = 16L << 20;
  private static final long GIB = 1L << 30;
  private static final int SAMPLE_MILLIS = 2;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Cache<String, StreamValue> cache;
  private final int values;
  private final long bytes;
  private long peakHeapBytes;
  private long peakDirectBytes;
  private volatile boolean ended;

  private StreamMemoryProgram(Cache<String, StreamValue> cache, int values, long bytes) {
    this.cache = cache;
    this.values = values;
    this.bytes = bytes;
  }

  /**
   * What it took.
   *
   * @param peakHeapBytes used at most, garbage included
   * @param peakDirectBytes of direct buffers at most
   * @param writeSeconds until all values were written
   * @param readSeconds until all were read
   */
  record Result(
      long peakHeapBytes, long peakDirectBytes, double writeSeconds, double readSeconds) {}

  /** Arguments: the directory, how many values, the length of each in bytes. */
  public static void main(String[] args) throws Exception {
    int values = Integer.parseInt(args[1]);
    long bytes = Long.parseLong(args[2]);
    Result result;
    try (StreamCaches caches =
        new StreamCaches(
            Path.of(args[0]), 2L * values * bytes + GIB, HEAP_TIER_BYTES, HEAP_ENTRY_BYTES)) {
      result = new StreamMemoryProgram(caches.promoting("values"), values, bytes).run();
    }
    System.out.println(new Gson().toJson(result));
  }

  private Result run() throws Exception {
    Thread sampler = new Thread(this::sample, "sampler");
    sampler.start();
    try {
      long startedNanos = System.nanoTime();
      List<Integer> written = atOnce(this::write);
      long writtenNanos = System.nanoTime();
      List<Integer> read = atOnce(this::read);
      long readNanos = System.nanoTime();
      if (!read.equals(written)) {
        throw new IOException("what was read is not what was written");
      }
      ended = true;
      sampler.join();
      return new Result(
          peakHeapBytes,
          peakDirectBytes,
          (writtenNanos - startedNanos) / NANOS_PER_SECOND,
          (readNanos - writtenNanos) / NANOS_PER_SECOND);
    } finally {
      ended = true;
    }
  }

  private void sample() {
    List<BufferPoolMXBean> pools = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
    Runtime runtime = Runtime.getRuntime();
    while (!ended) {
      peakHeapBytes = Math.max(peakHeapBytes, runtime.totalMemory() - runtime.freeMemory());
      for (BufferPoolMXBean pool : pools) {
        if (pool.getName().equals("direct")) {
          peakDirectBytes = Math.max(peakDirectBytes, pool.getMemoryUsed());
        }
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(SAMPLE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Work {
    int run(int number) throws IOException;
  }

  private List<Integer> atOnce(Work work) throws InterruptedException, ExecutionException {
    ExecutorService executor = Executors.newFixedThreadPool(values);
    try {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < values; i++) {
        int number = i;
        tasks.add(() -> work.run(number));
      }
      List<Integer> results = new ArrayList<>();
      for (Future<Integer> result : executor.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    } finally {
      executor.shutdown();
    }
  }

  private int write(int number) {
    Noise noise = new Noise(number, bytes);
    cache.put("value-" + number, StreamValue.of(noise, bytes));
    return noise.checksum();
  }

  private int read(int number) throws IOException {
    Checksum checksum = new Checksum();
    try (StreamValue value = cache.get("value-" + number)) {
      value.transferTo(checksum);
    }
    return checksum.value();
  }

  /** So many bytes that depend on a seed, and their checksum. */
  private static final class Noise extends InputStream {
    private static final int PATTERN_BYTES = 8 << 10;

    private final byte[] pattern = new byte[PATTERN_BYTES];
    private final CRC32C crc = new CRC32C();
    private long left;

    Noise(int seed, long bytes) {
      new SplittableRandom(seed).nextBytes(pattern);
      left = bytes;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (left == 0) {
        return -1;
      }
      int count = (int) Math.min(left, Math.min(length, PATTERN_BYTES));
      System.arraycopy(pattern, 0, target, offset, count);
      crc.update(target, offset, count);
      left -= count;
      return count;
    }

    int checksum() {
      return (int) crc.getValue();
    }
  }

  private static final class Checksum implements WritableByteChannel {
    private final CRC32C crc = new CRC32C();

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      crc.update(source);
      return count;
    }

    int value() {
      return (int) crc.getValue();
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
