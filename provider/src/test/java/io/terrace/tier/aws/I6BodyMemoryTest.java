package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** I6: all arrays that an upload or a read ever makes are few, however long the body is. */
class I6BodyMemoryTest {
  private static final int PIECE = 1 << 20;
  private static final int LONG = 256 << 20;
  private static final long PART =
      (long) BucketSetup.PART_BYTES / BodyChunks.CHUNK_BYTES * BodyChunks.FRAME_BYTES;

  private final AtomicLong allocated = new AtomicLong();
  private final BucketSetup setup = BucketSetup.here().partsInFlight(3);
  private final Bodies bodies = setup.open(InstantSource.system(), this::allocate);
  private final String name = bodies.newName(key("k"));
  private final ByteBuffer piece = ByteBuffer.wrap(bytes(1, PIECE));
  private final CRC32C checksum = new CRC32C();

  private byte[] allocate(int bytes) {
    allocated.addAndGet(bytes);
    return new byte[bytes];
  }

  @AfterEach
  void close() {
    bodies.deleteNow(name);
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  private void write(long length, long declared) throws IOException {
    try (BodyUpload upload = bodies.open(name, declared)) {
      for (long written = 0; written < length; written += piece.limit()) {
        piece.clear().limit((int) Math.min(PIECE, length - written));
        checksum.update(piece.duplicate());
        upload.write(piece);
      }
      upload.complete();
    }
  }

  private void read(long length) throws IOException {
    int bodyChecksum = (int) checksum.getValue();
    long left = length;
    try (ReadHandle read = bodies.read(name, length, bodyChecksum, reason -> {})) {
      for (int count = 0; count >= 0; count = read.read(piece.clear())) {
        left -= count;
      }
    }
    assertThat(left).as("the body came back, by its checksum").isZero();
  }

  @Test
  void i6_aLongBodyTakesOnePartMoreThanAreInFlightAndOneChunk() throws IOException {
    write(LONG, LONG);
    assertThat(allocated.getAndSet(0)).isBetween(PART, 4 * PART);
    read(LONG);
    assertThat(allocated.get()).isEqualTo(BodyChunks.FRAME_BYTES);
  }

  @Test
  void i6_aLongBodyOfUnknownLengthAlsoTakesWhatItsFirstPartOutgrew() throws IOException {
    write(8L * BucketSetup.PART_BYTES, EntryHeader.UNKNOWN_LENGTH);
    assertThat(allocated.get()).isBetween(PART, 6 * PART);
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 1_000_000, BucketSetup.PART_BYTES})
  void i6_aShortBodyOfKnownLengthTakesItsLength(int length) throws IOException {
    write(length, length);
    assertThat(allocated.getAndSet(0)).isEqualTo(new BodyChunks(length).objectBytes());
    read(length);
    assertThat(allocated.get())
        .isEqualTo(Math.min(length, BodyChunks.CHUNK_BYTES) + BodyChunks.CHECK_BYTES);
  }
}
