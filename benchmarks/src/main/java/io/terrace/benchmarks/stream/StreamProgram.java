package io.terrace.benchmarks.stream;

import com.google.gson.Gson;
import io.terrace.Purge;
import io.terrace.PurgeReason;
import io.terrace.StreamValue;
import io.terrace.benchmarks.measure.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.cache.Cache;

/**
 * Moves one value through the tiers, round after round, and prints how long each way took as one
 * line of JSON. A process of its own; the ways take turns, so that a slow moment slows all of them.
 */
final class StreamProgram {
  static final String TERRACE = "Terrace";
  static final String NOT_PROMOTED = "not promoted";
  static final String BARE = "bare";
  static final String DISK = "read from disk";
  static final String PROMOTED = "read from disk into the heap";
  static final String HEAP = "read from heap";
  static final String WRITE = "write to disk";
  static final String WRITE_BOTH = "write to heap and disk";
  static final String FIRST = "first byte, 1 reader, median";
  static final String FIRST_TAIL = "first byte, 4 readers, 99th percentile";

  private static final String KEY = "value";

  /** So many values have room on the heap, as with the default limit of a value. */
  private static final int HEAP_VALUES = 9;

  private static final int WARMUP_ROUNDS = 3;
  private static final int FIRST_BYTES_PER_ROUND = 40;
  private static final int READERS = 4;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final long GIB = 1L << 30;

  private final Map<String, List<Double>> samples = new LinkedHashMap<>();
  private final Sink sink = new Sink();
  private final Path directory;
  private final byte[] body;
  private final int rounds;

  private StreamProgram(Path directory, int bytes, int rounds) {
    this.directory = directory;
    this.rounds = rounds;
    body = new byte[bytes];
    new Random(1).nextBytes(body);
  }

  /**
   * What a row and subject took.
   *
   * @param row one of the constants
   * @param subject likewise
   * @param values milliseconds for the whole value, microseconds for the first byte
   */
  record Series(String row, String subject, List<Double> values) {}

  /** All that was measured. */
  record Result(List<Series> series) {}

  /** Arguments: the directory, the length of the value in bytes, the number of rounds. */
  public static void main(String[] args) throws Exception {
    Result result =
        new StreamProgram(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]))
            .run();
    System.out.println(new Gson().toJson(result));
  }

  private Result run() throws Exception {
    long heapBytes = (long) HEAP_VALUES * body.length;
    try (Bare bare = new Bare(directory.resolve("bare"));
        StreamCaches caches =
            new StreamCaches(directory, 6L * body.length + GIB, heapBytes, body.length)) {
      Cache<String, StreamValue> promoting = caches.promoting("promoting");
      Cache<String, StreamValue> notPromoting = caches.notPromoting("not-promoting");
      Cache<String, StreamValue> disk = caches.disk("disk");
      Cache<String, StreamValue> heap = caches.heap("heap");
      bare.write(body);
      for (Cache<String, StreamValue> cache : List.of(promoting, notPromoting, disk, heap)) {
        cache.put(KEY, StreamValue.of(body));
        evict(cache, cache == heap ? "disk" : "heap");
      }
      for (int round = 0; round < WARMUP_ROUNDS + rounds; round++) {
        if (round == WARMUP_ROUNDS) {
          samples.clear();
        }
        round(bare, promoting, notPromoting, disk, heap);
        firstBytes(bare, promoting, notPromoting);
      }
    }
    List<Series> series = new ArrayList<>();
    samples.forEach(
        (name, values) -> {
          String[] parts = name.split("\n", 2);
          series.add(new Series(parts[0], parts[1], values));
        });
    return new Result(series);
  }

  private void round(
      Bare bare,
      Cache<String, StreamValue> promoting,
      Cache<String, StreamValue> notPromoting,
      Cache<String, StreamValue> disk,
      Cache<String, StreamValue> heap)
      throws Exception {
    whole(DISK, BARE, () -> bare.read(sink));
    whole(DISK, TERRACE, () -> read(disk));
    whole(PROMOTED, NOT_PROMOTED, () -> read(notPromoting));
    whole(PROMOTED, TERRACE, () -> read(promoting));
    evict(promoting, "heap");
    whole(HEAP, BARE, () -> bare.copy(body, sink));
    whole(HEAP, TERRACE, () -> read(heap));
    bare.prepareWrite();
    whole(WRITE, BARE, () -> bare.write(body));
    whole(WRITE, TERRACE, () -> write(disk));
    whole(WRITE_BOTH, TERRACE, () -> write(promoting));
    evict(promoting, "heap");
  }

  private void whole(String row, String subject, Callable<?> way) throws Exception {
    long startedNanos = System.nanoTime();
    way.call();
    add(row, subject, (System.nanoTime() - startedNanos) / NANOS_PER_MILLI);
  }

  private synchronized void add(String row, String subject, double value) {
    samples.computeIfAbsent(row + "\n" + subject, name -> new ArrayList<>()).add(value);
  }

  private long read(Cache<String, StreamValue> cache) throws IOException {
    try (StreamValue value = cache.get(KEY)) {
      long bytes = value.transferTo(sink);
      if (bytes != body.length) {
        throw new IOException("read " + bytes + " bytes of " + body.length);
      }
      return bytes;
    }
  }

  private Object write(Cache<String, StreamValue> cache) {
    cache.put(KEY, StreamValue.of(body));
    return cache;
  }

  private static void evict(Cache<String, StreamValue> cache, String tier) {
    if (!cache.getName().equals("disk") && !cache.getName().equals("heap")) {
      cache.invoke(KEY, new Purge<>(PurgeReason.EVICTION, tier));
    }
  }

  private void firstBytes(
      Bare bare, Cache<String, StreamValue> promoting, Cache<String, StreamValue> notPromoting)
      throws Exception {
    ByteBuffer target = ByteBuffer.allocateDirect(1 << 10);
    for (int i = 0; i < FIRST_BYTES_PER_ROUND; i++) {
      long startedNanos = System.nanoTime();
      bare.readFirst();
      add(FIRST, BARE, (System.nanoTime() - startedNanos) / NANOS_PER_MICRO);
      add(FIRST, NOT_PROMOTED, firstByte(notPromoting, target));
      add(FIRST, TERRACE, firstByte(promoting, target));
    }
    concurrently(NOT_PROMOTED, notPromoting);
    concurrently(TERRACE, promoting);
  }

  /** From the call of get to the first byte; the value is closed then, which is not counted. */
  private static double firstByte(Cache<String, StreamValue> cache, ByteBuffer target)
      throws IOException {
    long startedNanos = System.nanoTime();
    try (StreamValue value = cache.get(KEY)) {
      value.channel().read(target.clear());
      return (System.nanoTime() - startedNanos) / NANOS_PER_MICRO;
    }
  }

  private void concurrently(String subject, Cache<String, StreamValue> cache)
      throws InterruptedException, ExecutionException {
    Callable<List<Double>> reader =
        () -> {
          ByteBuffer target = ByteBuffer.allocateDirect(1 << 10);
          List<Double> micros = new ArrayList<>();
          for (int i = 0; i < FIRST_BYTES_PER_ROUND; i++) {
            micros.add(firstByte(cache, target));
          }
          return micros;
        };
    ExecutorService executor = Executors.newFixedThreadPool(READERS);
    try {
      List<Callable<List<Double>>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        readers.add(reader);
      }
      for (Future<List<Double>> micros : executor.invokeAll(readers)) {
        micros.get().forEach(value -> add(FIRST_TAIL, subject, value));
      }
    } finally {
      executor.shutdown();
    }
  }
}
