package io.terrace.benchmarks.large;

import com.google.gson.Gson;
import io.terrace.benchmarks.Directories;
import io.terrace.benchmarks.TerraceManagers;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;

/**
 * Fills a directory, or opens one that is filled, and prints what that took as one line of JSON. A
 * process of its own, so that the heap holds nothing else and a reopening starts cold.
 */
final class LargeProgram {
  static final int BODY_BYTES = 1 << 10;
  private static final int SAMPLED_ENTRIES = 1_000;
  private static final int COLLECTIONS = 5;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Path directory;
  private final int entries;

  private LargeProgram(Path directory, int entries) {
    this.directory = directory;
    this.entries = entries;
  }

  /**
   * What filling took.
   *
   * @param putMicros of one put, on average, the making of its body included
   * @param heapBytes by which the heap grew since before the cache was opened
   * @param directBytes by which direct buffers grew
   * @param directoryBytes in files after closing
   * @param closeMillis to close in good order
   */
  record Filled(
      double putMicros,
      long heapBytes,
      long directBytes,
      long directoryBytes,
      double closeMillis) {}

  /**
   * What reopening took.
   *
   * @param openMillis to open provider, manager and cache, the classes they need included
   * @param firstGetMillis to read one entry then
   */
  record Reopened(double openMillis, double firstGetMillis) {}

  /** Arguments: {@code fill} or {@code reopen}, the directory, the number of entries. */
  public static void main(String[] args) throws IOException {
    LargeProgram program = new LargeProgram(Path.of(args[1]), Integer.parseInt(args[2]));
    Object result = args[0].equals("fill") ? program.fill() : program.reopen();
    System.out.println(new Gson().toJson(result));
  }

  private Filled fill() throws IOException {
    long heapBytes = heapBytes();
    long directBytes = directBytes();
    Cache<String, byte[]> cache = open();
    long startedNanos = System.nanoTime();
    for (int i = 0; i < entries; i++) {
      cache.put(key(i), body(i));
    }
    double putMicros = (System.nanoTime() - startedNanos) / NANOS_PER_MICRO / entries;
    heapBytes = heapBytes() - heapBytes;
    directBytes = directBytes() - directBytes;
    requireSample(cache);
    startedNanos = System.nanoTime();
    close(cache);
    double closeMillis = (System.nanoTime() - startedNanos) / NANOS_PER_MILLI;
    return new Filled(putMicros, heapBytes, directBytes, Directories.bytes(directory), closeMillis);
  }

  private Reopened reopen() {
    long startedNanos = System.nanoTime();
    Cache<String, byte[]> cache = open();
    long openedNanos = System.nanoTime();
    requirePresent(cache, entries / 2);
    long gotNanos = System.nanoTime();
    requireSample(cache);
    close(cache);
    return new Reopened(
        (openedNanos - startedNanos) / NANOS_PER_MILLI, (gotNanos - openedNanos) / NANOS_PER_MILLI);
  }

  private Cache<String, byte[]> open() {
    long maxBytes = 2L * entries * BODY_BYTES + (1L << 30);
    return TerraceManagers.heapOfOneOverDisk(directory, maxBytes)
        .createCache(
            "large",
            new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class));
  }

  private static void close(Cache<String, byte[]> cache) {
    cache.getCacheManager().getCachingProvider().close();
  }

  private void requireSample(Cache<String, byte[]> cache) {
    Random random = new Random(1);
    for (int i = 0; i < SAMPLED_ENTRIES; i++) {
      requirePresent(cache, random.nextInt(entries));
    }
  }

  private static void requirePresent(Cache<String, byte[]> cache, int number) {
    if (!Arrays.equals(body(number), cache.get(key(number)))) {
      throw new IllegalStateException("Entry " + number + " is not what was put");
    }
  }

  private static String key(int number) {
    return "key-" + number;
  }

  private static byte[] body(int number) {
    byte[] body = new byte[BODY_BYTES];
    new SplittableRandom(number).nextBytes(body);
    return body;
  }

  private static long heapBytes() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}
