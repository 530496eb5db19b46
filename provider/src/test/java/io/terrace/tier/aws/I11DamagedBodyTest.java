package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.readAll;
import static io.terrace.tier.aws.BucketSetup.checksum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.PurgeReason;
import io.terrace.tier.ReadHandle;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** I11: no byte of an object is served that is not what was written, and the tier hears of it. */
class I11DamagedBodyTest {
  private static final int CHUNK = BodyChunks.CHUNK_BYTES;
  private static final int FRAME = BodyChunks.FRAME_BYTES;
  private static final int LENGTH = 3 * CHUNK + 1000;

  private final byte[] body = bytes(1, LENGTH);
  private final List<PurgeReason> lost = new ArrayList<>();
  private final BucketSetup setup = BucketSetup.here();
  private final Bodies bodies = setup.open();
  private String name;

  @BeforeEach
  void store() throws IOException {
    name = BucketSetup.store(bodies, bodies.newName(key("k")), body);
  }

  @AfterEach
  void close() {
    bodies.deleteNow(name);
    bodies.close();
    setup.close();
    setup.assertNothingLeft();
  }

  private ReadHandle read() {
    return bodies.read(name, LENGTH, checksum(body), lost::add);
  }

  private void change(Consumer<byte[]> change) {
    byte[] object = BucketSetup.objectOf(name);
    change.accept(object);
    BucketSetup.putObject(name, object);
  }

  /** Exactly so many bytes are served before the reading fails, and then none. */
  private void assertServes(int served, PurgeReason reason) throws IOException {
    try (ReadHandle read = read()) {
      ByteBuffer target = ByteBuffer.allocate(LENGTH + 1);
      assertThatIOException()
          .isThrownBy(
              () -> {
                while (read.read(target) >= 0) {
                  // to the end
                }
              })
          .withMessageContaining(key("k").digest());
      assertThat(target.position()).isEqualTo(served);
      assertThat(Arrays.copyOf(target.array(), served)).isEqualTo(Arrays.copyOf(body, served));
      assertThatIOException().isThrownBy(() -> read.read(target));
      assertThatIOException().isThrownBy(() -> read.read(0, target));
      assertThat(target.position()).isEqualTo(served);
    }
    assertThat(lost).containsExactly(reason);
    lost.clear();
  }

  @Test
  void i11_aChangedByteIsFoundInAnyChunk() throws IOException {
    for (int number = 0; number < 4; number++) {
      int at = number * FRAME + 999;
      change(object -> object[at] ^= 1);
      assertServes(number * CHUNK, PurgeReason.CORRUPTION);
      change(object -> object[at] ^= 1);
    }
  }

  @Test
  void i11_aChangedChecksumIsFound() throws IOException {
    change(object -> object[object.length - 1] ^= (byte) 0x80);
    assertServes(3 * CHUNK, PurgeReason.CORRUPTION);
  }

  @Test
  void i11_aDamagedChunkDoesNotSpoilASeekElsewhere() throws IOException {
    change(object -> object[FRAME] ^= 1);
    try (ReadHandle read = read()) {
      ByteBuffer target = ByteBuffer.allocate(10);
      assertThat(read.read(2L * CHUNK, target)).isEqualTo(10);
      assertThat(target.array()).isEqualTo(Arrays.copyOfRange(body, 2 * CHUNK, 2 * CHUNK + 10));
      assertThatIOException().isThrownBy(() -> read.read(CHUNK, target.clear()));
      assertThat(target.position()).isZero();
    }
    assertThat(lost).containsExactly(PurgeReason.CORRUPTION);
  }

  @Test
  void i11_aChunkInAnotherPlaceIsFound() throws IOException {
    change(
        object -> {
          byte[] first = Arrays.copyOf(object, FRAME);
          System.arraycopy(object, FRAME, object, 0, FRAME);
          System.arraycopy(first, 0, object, FRAME, FRAME);
        });
    assertServes(0, PurgeReason.CORRUPTION);
  }

  /** More than there is room for, which would be found out if it were made room for first. */
  @Test
  void i11_anotherLengthIsFoundBeforeThereIsRoomForIt() throws IOException {
    int announced = Integer.MAX_VALUE - 8;
    try (ReadHandle read = bodies.read(name, announced, checksum(body), lost::add)) {
      assertThatIOException().isThrownBy(() -> read.readRemaining(announced));
    }
    assertThat(lost).containsExactly(PurgeReason.CORRUPTION);
  }

  @Test
  void i11_anotherLengthIsFoundAtOnce() throws IOException {
    byte[] object = BucketSetup.objectOf(name);
    for (int length : new int[] {object.length - 1, object.length + 1, 3 * FRAME, 1}) {
      BucketSetup.putObject(name, Arrays.copyOf(object, length));
      assertServes(0, PurgeReason.CORRUPTION);
    }
  }

  @Test
  void i11_anObjectThatEndsBeforeTheWantedChunkIsFound() {
    BucketSetup.putObject(name, Arrays.copyOf(BucketSetup.objectOf(name), FRAME));
    try (ReadHandle read = read()) {
      assertThatIOException().isThrownBy(() -> read.read(2L * CHUNK, ByteBuffer.allocate(1)));
    }
    assertThat(lost).containsExactly(PurgeReason.CORRUPTION);
  }

  @Test
  void i11_anotherBodyOfThatLengthIsFoundBeforeItsEnd() throws IOException {
    try (ReadHandle read = bodies.read(name, LENGTH, checksum(body) + 1, lost::add)) {
      ByteBuffer target = ByteBuffer.allocate(LENGTH);
      assertThatIOException()
          .isThrownBy(
              () -> {
                while (target.hasRemaining()) {
                  read.read(target);
                }
              });
      assertThat(target.position()).isEqualTo(3 * CHUNK);
      assertThatIOException().isThrownBy(() -> read.read(target));
    }
    assertThat(lost).containsExactly(PurgeReason.CORRUPTION);
  }

  @Test
  void aBodyThatIsNotThereIsNoDamage() throws IOException {
    BucketSetup.deleteObject(name);
    assertServes(0, PurgeReason.EVICTION);
  }

  @Test
  void aByteThatChangedOnTheWayIsFetchedOnceMore() throws IOException {
    setup.faults().forget();
    setup.faults().content(GetObjectRequest.class, 1, in -> flipping(in, FRAME + 5));
    try (ReadHandle read = read()) {
      assertThat(readAll(read)).isEqualTo(body);
    }
    assertThat(setup.faults().count(GetObjectRequest.class)).isEqualTo(2);
    assertThat(lost).isEmpty();
  }

  private static InputStream flipping(InputStream in, long at) {
    return new FilterInputStream(in) {
      private long position;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        if (position <= at && at < position + count) {
          target[offset + (int) (at - position)] ^= 1;
        }
        position += Math.max(0, count);
        return count;
      }
    };
  }
}
