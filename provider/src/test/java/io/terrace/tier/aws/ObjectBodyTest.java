package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.servers.FaultyProxy;
import io.terrace.servers.S3Server;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** Reading forward, anywhere and not to the end, with as few requests as that takes. */
class ObjectBodyTest {
  private static final int CHUNK = BodyChunks.CHUNK_BYTES;
  private static final int LENGTH = 40 * CHUNK + 12_345;

  private final byte[] body = bytes(1, LENGTH);
  private final BucketSetup setup = BucketSetup.here().connections(1);
  private final Bodies bodies = setup.open();
  private String name;

  @BeforeEach
  void store() throws IOException {
    name = BucketSetup.store(bodies, bodies.newName(key("k")), body);
    setup.faults().forget();
  }

  @AfterEach
  void close() {
    bodies.deleteNow(name); // needs the one connection, which every test has to give back
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  private ReadHandle read() {
    return bodies.read(
        name,
        LENGTH,
        BucketSetup.checksum(body),
        reason -> {
          throw new AssertionError(reason);
        });
  }

  private long gets() {
    return setup.faults().count(GetObjectRequest.class);
  }

  private void assertRead(ReadHandle read, long offset, int length) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(length);
    while (target.hasRemaining()) {
      assertThat(read.read(offset + target.position(), target)).isPositive();
    }
    int from = (int) offset;
    assertThat(target.array()).isEqualTo(Arrays.copyOfRange(body, from, from + length));
  }

  @Test
  void asksForNothingBeforeAByteIsWanted() {
    read().close();
    assertThat(gets()).isZero();
  }

  @Test
  void readsForwardWithOneRequest() throws IOException {
    try (ReadHandle read = read()) {
      assertThat(readAll(read)).isEqualTo(body);
      assertThat(read.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
    assertThat(gets()).isEqualTo(1);
  }

  @Test
  void readsWhetherOrNotTheThreadIsInterrupted() throws IOException {
    Thread.currentThread().interrupt();
    try (ReadHandle read = read()) {
      assertThat(read.read(ByteBuffer.allocate(10))).isEqualTo(10);
      assertThat(Thread.interrupted()).as("the mark stays").isTrue();
      setup.faults().before(GetObjectRequest.class, 1, Thread.currentThread()::interrupt);
      assertRead(read, 20 * CHUNK, CHUNK);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      assertThat(readAll(read)).isEqualTo(Arrays.copyOfRange(body, 10, LENGTH));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void readsRangesAcrossTheBordersOfChunks() throws IOException {
    try (ReadHandle read = read()) {
      for (int border = CHUNK; border < LENGTH; border += 9 * CHUNK) {
        assertRead(read, border - 10, 20);
        assertRead(read, border - 1, 1);
        assertRead(read, border, 1);
        assertRead(read, border - 3, CHUNK + 6);
      }
      assertRead(read, LENGTH - 5, 5);
      assertThat(read.read(LENGTH, ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThat(read.read(LENGTH + 5L * CHUNK, ByteBuffer.allocate(1))).isEqualTo(-1);
      assertThatThrownBy(() -> read.read(-1, ByteBuffer.allocate(1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void seekingDoesNotMoveTheForwardPosition() throws IOException {
    Random random = new Random(3);
    try (ReadHandle read = read()) {
      ByteBuffer forward = ByteBuffer.allocate(LENGTH);
      while (forward.position() < LENGTH / 2) {
        int limit = Math.min(LENGTH, forward.position() + 1 + random.nextInt(2 * CHUNK));
        read.read(forward.limit(limit));
        assertRead(read, random.nextInt(LENGTH - 5_000), 1 + random.nextInt(5_000));
      }
      forward.limit(LENGTH).put(read.readRemaining(LENGTH));
      assertThat(forward.array()).isEqualTo(body);
    }
  }

  @Test
  void aRangeIsReadWithFewRequests() throws IOException {
    try (ReadHandle read = read()) {
      assertRead(read, 5 * CHUNK + 17, 100);
      assertRead(read, 5 * CHUNK + 200, 100);
      assertThat(gets()).as("a range within a chunk").isEqualTo(1);
      assertRead(read, 20 * CHUNK, 100);
      assertThat(gets()).as("another one").isEqualTo(2);
      assertRead(read, 20 * CHUNK + 100, 20 * CHUNK);
      assertThat(gets()).as("1, 4 and 16 chunks of a long one").isEqualTo(4);
    }
  }

  @Test
  void aReaderThatStopsEarlyGivesItsConnectionBack() throws IOException {
    for (int i = 0; i < 5; i++) {
      try (ReadHandle read = read()) {
        assertThat(read.read(ByteBuffer.allocate(100))).isEqualTo(100);
      }
    }
    assertThat(gets()).isEqualTo(5);
  }

  @Test
  void aConnectionThatIsReadToTheEndIsUsedAgain() throws IOException {
    S3Server server = BucketSetup.shared();
    try (FaultyProxy proxy = FaultyProxy.to("127.0.0.1", server.port());
        BucketSetup far = BucketSetup.at(URI.create("http://127.0.0.1:" + proxy.port()));
        Bodies others = far.open()) {
      for (int i = 0; i < 3; i++) {
        try (ReadHandle read = others.read(name, LENGTH, BucketSetup.checksum(body), lost -> {})) {
          assertRead(read, 10 * CHUNK, 5 * CHUNK);
          assertThat(readAll(read)).isEqualTo(body);
        }
      }
      assertThat(far.faults().count(GetObjectRequest.class)).isEqualTo(9);
      assertThat(proxy.acceptedConnections()).isEqualTo(1);
      for (int i = 0; i < 2; i++) {
        try (ReadHandle read = others.read(name, LENGTH, 0, lost -> {})) {
          read.read(ByteBuffer.allocate(1));
        }
      }
      assertThat(proxy.acceptedConnections()).as("what was left was not drained").isEqualTo(2);
    }
  }

  @Test
  void aClosedHandleFails() throws IOException {
    ReadHandle read = read();
    read.read(ByteBuffer.allocate(100));
    read.close();
    read.close();
    assertThatIOException().isThrownBy(() -> read.read(ByteBuffer.allocate(1)));
    assertThatIOException().isThrownBy(() -> read.read(0, ByteBuffer.allocate(1)));
    assertThatIOException().isThrownBy(() -> read.readRemaining(LENGTH));
  }

  @Test
  void readRemainingKeepsItsBound() throws IOException {
    try (ReadHandle read = read()) {
      assertThatIOException().isThrownBy(() -> read.readRemaining(LENGTH - 1));
      assertThat(gets()).isZero();
      assertThat(read.readRemaining(LENGTH).remaining()).isEqualTo(LENGTH);
      assertThat(read.readRemaining(0).remaining()).isZero();
    }
  }

  @Test
  void closingTheTierEndsItsReadsAndGivesTheirConnectionsBack() throws IOException {
    Bodies closed = setup.open();
    ReadHandle read = closed.read(name, LENGTH, 0, reason -> {});
    assertThat(read.read(ByteBuffer.allocate(1))).isEqualTo(1);
    closed.close();
    assertThatIOException()
        .isThrownBy(() -> read.read(ByteBuffer.allocate(1)))
        .withMessageContaining("the aws tier is closed");
    try (ReadHandle late = closed.read(name, LENGTH, 0, reason -> {})) {
      assertThatIOException().isThrownBy(() -> late.read(ByteBuffer.allocate(1)));
    }
    assertThat(gets()).isEqualTo(1);
    try (ReadHandle other = read()) {
      assertRead(other, 0, 10); // with the one connection
    }
    read.close();
  }
}
