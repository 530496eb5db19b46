package io.terrace.benchmarks.aws;

import com.google.gson.Gson;
import io.terrace.AwsSettings;
import io.terrace.StreamValue;
import io.terrace.benchmarks.measure.Sink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import javax.cache.Cache;

/**
 * Moves one long value to S3 and back, round after round, and prints how long each way took as one
 * line of JSON. A process of its own; the ways take turns, the other way round in every other
 * round, so that a slow moment, and what one leaves for the next to do, slows all of them.
 */
final class AwsStreamProgram {
  static final String WRITE = "write";
  static final String READ = "read";

  private static final String KEY = "value";
  private static final int WARMUP_ROUNDS = 3;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Sink sink = new Sink();
  private final byte[] body;
  private final BareS3 bare;
  private final Cache<String, StreamValue> cache;

  private AwsStreamProgram(byte[] body, BareS3 bare, Cache<String, StreamValue> cache) {
    this.body = body;
    this.bare = bare;
    this.cache = cache;
  }

  /**
   * What a row and peer took.
   *
   * @param row one of the constants
   * @param millis for the whole value
   */
  record Series(String row, AwsPeer peer, List<Double> millis) {}

  /** All that was measured. */
  record Result(List<Series> series) {}

  /** Something that is measured. */
  private record Way(String row, AwsPeer peer, Callable<?> call, List<Double> millis) {
    Way(String row, AwsPeer peer, Callable<?> call) {
      this(row, peer, call, new ArrayList<>());
    }

    void take() throws Exception {
      long startedNanos = System.nanoTime();
      call.call();
      millis.add((System.nanoTime() - startedNanos) / NANOS_PER_MILLI);
    }

    Series series() {
      return new Series(row, peer, millis.subList(WARMUP_ROUNDS, millis.size()));
    }
  }

  /** Arguments: {@link AwsServices#line}, the length of the value in bytes, and how many rounds. */
  public static void main(String[] args) throws Exception {
    AwsServices services = AwsServices.parse(args[0]);
    byte[] body = new byte[Integer.parseInt(args[1])];
    new Random(1).nextBytes(body);
    AwsSettings settings = services.settings().build();
    Result result;
    try (BareS3 bare = new BareS3(services, settings.partBytes(), settings.partsInFlight());
        AwsCaches caches = new AwsCaches(services)) {
      result =
          new AwsStreamProgram(body, bare, caches.streams()).measure(Integer.parseInt(args[2]));
    }
    System.out.println(new Gson().toJson(result));
  }

  private Result measure(int rounds) throws Exception {
    List<Way> ways =
        List.of(
            new Way(WRITE, AwsPeer.SDK, () -> bare.write(body)),
            new Way(WRITE, AwsPeer.TERRACE, this::write),
            new Way(READ, AwsPeer.SDK, () -> whole(bare.read(sink))),
            new Way(READ, AwsPeer.TERRACE, this::read));
    bare.write(body);
    write();
    for (int round = 0; round < WARMUP_ROUNDS + rounds; round++) {
      for (int i = 0; i < ways.size(); i++) {
        ways.get(round % 2 == 0 ? i : ways.size() - 1 - i).take();
      }
    }
    return new Result(ways.stream().map(Way::series).toList());
  }

  private Object write() {
    cache.put(KEY, StreamValue.of(body));
    return cache;
  }

  private long read() throws IOException {
    try (StreamValue value = cache.get(KEY)) {
      return whole(value.transferTo(sink));
    }
  }

  private long whole(long bytes) throws IOException {
    if (bytes != body.length) {
      throw new IOException("read " + bytes + " bytes of " + body.length);
    }
    return bytes;
  }
}
