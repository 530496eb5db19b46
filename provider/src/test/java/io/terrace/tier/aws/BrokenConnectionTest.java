package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.Waiting;
import io.terrace.servers.S3Server;
import io.terrace.tier.ReadHandle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** Servers that go away, come back, end too early, or hang in the middle of a body. */
class BrokenConnectionTest {
  /** More than what the buffers of a connection hold. */
  private static final int LENGTH = 32 << 20;

  private static final Duration TIMEOUT = Duration.ofMillis(500);
  private static S3Server server;

  private final byte[] body = bytes(1, LENGTH);
  private final ByteBuffer target = ByteBuffer.allocate(LENGTH);
  private BucketSetup setup;
  private Bodies bodies;
  private String name;

  @BeforeAll
  static void startServer() {
    server = S3Server.start();
    BucketSetup.createBucket(server);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void store() throws IOException {
    setup = BucketSetup.at(server.endpoint());
    bodies = setup.open();
    name = BucketSetup.store(bodies, bodies.newName(key("k")), body);
    setup.faults().forget();
  }

  @AfterEach
  void close() {
    bodies.close();
    setup.close();
    BucketSetup.assertNoThreads();
  }

  private ReadHandle read() {
    return read(bodies);
  }

  private ReadHandle read(Bodies from) {
    return from.read(
        name,
        LENGTH,
        BucketSetup.checksum(body),
        reason -> {
          throw new AssertionError(reason);
        });
  }

  private void readUpTo(ReadHandle read, int end) throws IOException {
    target.limit(end);
    while (target.hasRemaining()) {
      assertThat(read.read(target)).isPositive();
    }
    assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(body, 0, end));
    target.clear().position(end);
  }

  @Test
  void aServerThatWasKilledAndIsBackIsAskedForTheRest() throws IOException {
    try (ReadHandle read = read()) {
      readUpTo(read, LENGTH / 2);
      server.kill();
      server.restart();
      readUpTo(read, LENGTH);
      assertThat(read.read(target)).isEqualTo(-1);
    }
    assertThat(setup.faults().count(GetObjectRequest.class)).isEqualTo(2);
  }

  @Test
  void aServerThatStaysAwayIsAnErrorUntilItIsBack() throws IOException {
    try (ReadHandle read = read()) {
      readUpTo(read, LENGTH / 2);
      server.kill();
      assertThatIOException()
          .isThrownBy(() -> readUpTo(read, LENGTH))
          .withMessageContaining("could not be asked");
      server.restart();
      target.limit(LENGTH);
      readUpTo(read, LENGTH);
    } finally {
      server.restart();
    }
  }

  @Test
  void aServerThatHangsIsWaitedForAsLongAsTheTimeOutSays() throws IOException {
    try (BucketSetup quick = BucketSetup.at(server.endpoint()).requestTimeout(TIMEOUT);
        Bodies others = quick.open();
        ReadHandle read = read(others)) {
      readUpTo(read, 1000);
      server.pause();
      long begun = System.nanoTime();
      assertThatIOException()
          .isThrownBy(() -> readUpTo(read, LENGTH))
          .withMessageContaining("aws.request-timeout");
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("once for the stream, and some attempts of the SDK to ask for the rest")
          .isLessThan(TIMEOUT.multipliedBy(40));
    } finally {
      server.resume();
    }
  }

  @Test
  void anUploadToAServerThatHangsFails() {
    server.pause();
    try (BucketSetup quick = BucketSetup.at(server.endpoint()).requestTimeout(TIMEOUT);
        Bodies others = quick.open()) {
      for (int length : new int[] {300_000, LENGTH}) {
        assertThatIOException()
            .isThrownBy(() -> BucketSetup.store(others, name, Arrays.copyOf(body, length)))
            .withMessageContaining("aws.request-timeout");
      }
    } finally {
      server.resume();
    }
  }

  @Test
  void closingEndsAReadThatWaitsForBytes() throws Exception {
    Duration patience = Duration.ofMinutes(5);
    try (BucketSetup patient = BucketSetup.at(server.endpoint()).requestTimeout(patience);
        Bodies others = patient.open()) {
      ReadHandle read = others.read(name, LENGTH, BucketSetup.checksum(body), reason -> {});
      readUpTo(read, 1000);
      server.pause();
      Waiting<Integer> reading =
          Waiting.on(
              () -> {
                readUpTo(read, LENGTH);
                return target.position();
              });
      read.close();
      assertThatIOException().isThrownBy(() -> result(reading)).withMessageContaining("is closed");
      assertThat(patient.faults().kinds()).as("not asked for again").hasSize(1);
    } finally {
      server.resume();
    }
  }

  private static int result(Waiting<Integer> reading) throws Exception {
    try {
      return reading.result();
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  @Test
  void aStreamThatEndsTooEarlyGoesOnWhereItEnded() throws IOException {
    setup.faults().content(GetObjectRequest.class, 1, in -> first(in, 10_000_000));
    setup.faults().content(GetObjectRequest.class, 2, in -> first(in, BodyChunks.FRAME_BYTES + 1));
    setup.faults().content(GetObjectRequest.class, 3, in -> broken(first(in, 0)));
    try (ReadHandle read = read()) {
      readUpTo(read, LENGTH);
    }
    assertThat(setup.faults().count(GetObjectRequest.class)).isEqualTo(4);
  }

  @Test
  void aStreamThatBreaksFourTimesAtOneChunkIsAnError() throws IOException {
    for (int request = 1; request <= 4; request++) {
      setup.faults().content(GetObjectRequest.class, request, in -> first(in, 1000));
    }
    try (ReadHandle read = read()) {
      assertThatIOException()
          .isThrownBy(() -> read.read(target))
          .withMessageContaining("again and again");
      assertThat(setup.faults().count(GetObjectRequest.class)).isEqualTo(4);
      readUpTo(read, LENGTH);
    }
  }

  private static InputStream first(InputStream in, int bytes) {
    try {
      return new ByteArrayInputStream(in.readNBytes(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream broken(InputStream in) {
    return new SequenceInputStream(
        in,
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new SocketException("broken by the test");
          }
        });
  }
}
