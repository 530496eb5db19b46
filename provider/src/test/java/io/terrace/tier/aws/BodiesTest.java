package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.readAll;
import static io.terrace.tier.aws.BucketSetup.checksum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of every length come back as they were written, and lie in S3 as documented. */
class BodiesTest {
  private static final int CHUNK = BodyChunks.CHUNK_BYTES;
  private static final int PART = BucketSetup.PART_BYTES;

  private final BucketSetup setup = BucketSetup.here();
  private final Bodies bodies = setup.open();

  @AfterEach
  void close() {
    setup.deleteObjects();
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        65_537,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        3 * CHUNK,
        PART - 1,
        PART,
        PART + 1,
        3 * PART,
        3 * PART + CHUNK + 7
      })
  void keepsABodyOfAnyLength(int length) throws IOException {
    byte[] body = bytes(length, length);
    assertKept(body, length);
    assertKept(body, EntryHeader.UNKNOWN_LENGTH);
  }

  @Test
  void keepsABodyThatIsLongerOrShorterThanItWasSaidToBe() throws IOException {
    assertKept(bytes(1, PART + 1), 1);
    assertKept(bytes(1, PART + 1), 0);
    assertKept(bytes(1, 1), 2L * PART);
    assertKept(bytes(1, 1), Long.MAX_VALUE);
  }

  private void assertKept(byte[] body, long declared) throws IOException {
    String name = bodies.newName(key("k"));
    writeInPieces(name, declared, body);
    try (ReadHandle read = read(name, body)) {
      assertThat(readAll(read)).isEqualTo(body);
      assertThat(read.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  private void writeInPieces(String name, long declared, byte[] body) throws IOException {
    Random random = new Random(body.length);
    try (BodyUpload upload = bodies.open(name, declared)) {
      ByteBuffer piece = ByteBuffer.allocateDirect(300_000);
      for (int offset = 0; offset < body.length; ) {
        int count = Math.min(random.nextInt(piece.capacity()), body.length - offset);
        upload.write(piece.clear().put(body, offset, count).flip());
        assertThat(piece.hasRemaining()).isFalse();
        offset += count;
      }
      upload.complete();
    }
  }

  private ReadHandle read(String name, byte[] body) {
    return bodies.read(
        name,
        body.length,
        checksum(body),
        reason -> {
          throw new AssertionError(reason);
        });
  }

  @Test
  void aBodyWithinAPartIsOneRequest() throws IOException {
    for (int length : new int[] {100_000, PART}) {
      setup.faults().forget();
      BucketSetup.store(bodies, bodies.newName(key("k")), bytes(1, length));
      assertThat(setup.faults().kinds()).containsExactly("PutObject");
    }
  }

  @Test
  void aLongerBodyIsOneRequestForEachPartAndTwoMore() throws IOException {
    BucketSetup.store(bodies, bodies.newName(key("k")), bytes(1, 2 * PART + 1));
    assertThat(setup.faults().kinds())
        .startsWith("CreateMultipartUpload")
        .endsWith("CompleteMultipartUpload")
        .hasSize(5);
    assertThat(setup.faults().kinds()).filteredOn("UploadPart"::equals).hasSize(3);
  }

  @Test
  void eachChunkIsFollowedByItsChecksum() throws IOException {
    String name = BucketSetup.store(bodies, bodies.newName(key("k")), "hello".getBytes());
    String object = HexFormat.of().formatHex(BucketSetup.objectOf(name));
    assertThat(object).isEqualTo("68656c6c6f" + "6358689d");
  }

  @Test
  void anUploadEndsOnce() throws IOException {
    BodyUpload completed = bodies.open(bodies.newName(key("k")), 1);
    completed.write(ByteBuffer.allocate(1));
    completed.complete();
    assertThatThrownBy(completed::complete).isInstanceOf(IllegalStateException.class);
    completed.close();
    assertThat(setup.objects()).hasSize(1);
    BodyUpload aborted = bodies.open(bodies.newName(key("k")), 1);
    aborted.close();
    aborted.close();
    assertThatThrownBy(() -> aborted.write(ByteBuffer.allocate(1)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(setup.objects()).hasSize(1);
  }
}
