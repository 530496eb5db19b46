package io.terrace.examples.edge;

import static io.terrace.examples.edge.EdgeUnderTest.xCache;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One cold object, far larger than the heap of this process, for several clients at a time: whole
 * and in parts, with one fetch. Origin, proxy and clients share a heap of 64 MiB. The object has 64
 * MiB; {@code -Dedge.large-mib=1024} is the long form.
 */
class LargeObjectIT {
  private static final int CHUNK = 64 << 10;
  private static final long LENGTH = Long.getLong("edge.large-mib", 64) << 20;
  private static final int WHOLE = 4;
  private static final int PARTS = 16;
  private static final int PART_BYTES = 1 << 20;

  /** What every chunk is filled with behind its number. */
  private static final byte[] FILLING = Bodies.of(CHUNK);

  @TempDir Path directory;

  @Test
  void aColdObjectIsFetchedOnceForWholeAndRangeRequestsInASmallHeap() throws Exception {
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(100L << 20);
    ExecutorService clients = Executors.newCachedThreadPool();
    try (EdgeUnderTest edge =
        new EdgeUnderTest(directory, 4 * (LENGTH >> 20) + "MiB", Duration.ofSeconds(30))) {
      edge.testOrigin.on("/large", (request, sending) -> generate(sending));

      long start = System.nanoTime();
      List<Future<Long>> reads = new ArrayList<>();
      for (int i = 0; i < WHOLE; i++) {
        reads.add(clients.submit(() -> whole(edge)));
      }
      for (int i = 0; i < PARTS; i++) {
        long offset = (LENGTH - PART_BYTES) / PARTS * i;
        reads.add(clients.submit(() -> part(edge, offset)));
      }
      long bytes = sum(reads);
      tell("cold", bytes, System.nanoTime() - start);
      assertThat(edge.testOrigin.fetches("/large")).isEqualTo(1);

      edge.awaitStored("/large");
      long warmStart = System.nanoTime();
      assertThat(whole(edge)).isEqualTo(LENGTH);
      tell("warm", LENGTH, System.nanoTime() - warmStart);
      assertThat(xCache(edge.send("HEAD", "/large"))).isEqualTo("hit; tier=disk");
      assertThat(edge.testOrigin.fetches("/large")).isEqualTo(1);
    } finally {
      clients.shutdownNow();
    }
  }

  private static void generate(TestOrigin.Sending sending) throws IOException {
    sending.header("Cache-Control", "max-age=60");
    sending.header("Content-Length", Long.toString(LENGTH));
    OutputStream body = sending.body();
    byte[] chunk = FILLING.clone();
    for (long i = 0; i < LENGTH / CHUNK; i++) {
      ByteBuffer.wrap(chunk).putLong(i);
      body.write(chunk);
    }
  }

  private static long sum(List<Future<Long>> reads) throws Exception {
    long bytes = 0;
    for (Future<Long> read : reads) {
      bytes += read.get();
    }
    return bytes;
  }

  private static long whole(EdgeUnderTest edge) throws IOException {
    HttpResponse<InputStream> response = edge.open("/large");
    assertThat(response.statusCode()).isEqualTo(200);
    return check(response.body(), 0, LENGTH);
  }

  private static long part(EdgeUnderTest edge, long offset) throws IOException {
    long last = offset + PART_BYTES - 1;
    HttpResponse<InputStream> response =
        edge.open("/large", "Range", "bytes=" + offset + "-" + last);
    assertThat(response.statusCode()).isEqualTo(206);
    return check(response.body(), offset, PART_BYTES);
  }

  /** Compares every byte; returns their number. */
  private static long check(InputStream body, long offset, long length) throws IOException {
    byte[] expected = FILLING.clone();
    byte[] actual = new byte[CHUNK];
    long at = offset;
    try (body) {
      while (at < offset + length) {
        int from = (int) (at % CHUNK);
        int size = (int) Math.min(CHUNK - from, offset + length - at);
        assertThat(body.readNBytes(actual, 0, size)).isEqualTo(size);
        ByteBuffer.wrap(expected).putLong(at / CHUNK);
        assertThat(Arrays.equals(actual, 0, size, expected, from, from + size)).isTrue();
        at += size;
      }
      assertThat(body.read()).isEqualTo(-1);
    }
    return at - offset;
  }

  private static void tell(String what, long bytes, long nanos) {
    System.out.printf(
        Locale.ROOT,
        "%s: %,d MiB to clients in %.2f s, %,.0f MiB/s%n",
        what,
        bytes >> 20,
        nanos / 1e9,
        (bytes >> 20) / (nanos / 1e9));
  }
}
