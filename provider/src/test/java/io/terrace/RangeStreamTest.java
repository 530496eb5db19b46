package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeStreamTest {
  private static final int LENGTH = 300_000;
  private static final byte[] BYTES = new byte[LENGTH];

  static {
    new Random(3).nextBytes(BYTES);
  }

  /** Gives at most so many bytes a read, and counts reads; may not know its length. */
  private static final class Positioned implements StreamValue {
    private final int most;
    private final boolean knowsLength;
    int reads;
    boolean closed;
    @Nullable IOException failure;

    Positioned(int most, boolean knowsLength) {
      this.most = most;
      this.knowsLength = knowsLength;
    }

    @Override
    public int read(long offset, ByteBuffer target) throws IOException {
      reads++;
      if (failure != null) {
        target.put((byte) 0);
        throw failure;
      }
      if (offset >= LENGTH) {
        return -1;
      }
      int count = Math.min(most, Math.min(target.remaining(), (int) (LENGTH - offset)));
      target.put(BYTES, (int) offset, count);
      return count;
    }

    @Override
    public StreamValue withDeadline(long millis) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Long deadlineMillis() {
      return null;
    }

    @Override
    public long length() {
      return knowsLength ? LENGTH : UNKNOWN_LENGTH;
    }

    @Override
    public StreamValue withMetadata(Metadata metadata) {
      return this;
    }

    @Override
    public Metadata metadata() {
      return Metadata.NONE;
    }

    @Override
    public @Nullable EntryInfo info() {
      return null;
    }

    @Override
    public boolean isRepeatable() {
      return true;
    }

    @Override
    public ReadableByteChannel channel() {
      throw new IllegalStateException("a range does not take the forward reading");
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static byte[] part(long from, long to) {
    return Arrays.copyOfRange(BYTES, (int) from, (int) to);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0, 1",
    "0, 300000",
    "1, 299999",
    "7, 8192",
    "7, 8191",
    "7, 8193",
    "100, 131072",
    "299999, 1",
    "299999, 2",
    "300000, 5",
    "400000, 5",
    "0, 9223372036854775807",
    "5, 9223372036854775807",
    "9223372036854775807, 9223372036854775807"
  })
  void readsItsPartAndEndsWithTheValue(long offset, long length) throws IOException {
    long to = length > LENGTH ? LENGTH : Math.min(LENGTH, offset + length);
    byte[] expected = offset >= LENGTH ? new byte[0] : part(offset, to);
    for (int most : new int[] {1 << 20, 5_000}) {
      for (boolean knowsLength : new boolean[] {true, false}) {
        StreamValue value = new Positioned(most, knowsLength);
        assertThat(value.range(offset, length).readAllBytes()).isEqualTo(expected);
        assertThat(value.range(offset, length).readNBytes(10_000))
            .isEqualTo(Arrays.copyOf(expected, Math.min(10_000, expected.length)));
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        assertThat(value.range(offset, length).transferTo(target)).isEqualTo(expected.length);
        assertThat(target.toByteArray()).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void refusesANegativeOffsetOrLength(long wrong) {
    StreamValue value = StreamValue.of(BYTES);
    assertThatIllegalArgumentException().isThrownBy(() -> value.range(wrong, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> value.range(1, wrong));
  }

  @Test
  void mixesAllWaysOfReadingAndSkipping() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      boolean knowsLength = random.nextBoolean();
      StreamValue value = new Positioned(1 + random.nextInt(20_000), knowsLength);
      int at = random.nextInt(1_000);
      int end = at + random.nextInt(LENGTH);
      int last = Math.min(end, LENGTH);
      try (InputStream range = value.range(at, end - at)) {
        while (at < last) {
          int size = 1 + random.nextInt(random.nextBoolean() ? 20 : 20_000);
          switch (random.nextInt(3)) {
            case 0 -> assertThat(range.read()).as("seed %d", seed).isEqualTo(BYTES[at++] & 0xff);
            case 1 -> {
              byte[] target = new byte[size + 7];
              int count = range.read(target, 3, size);
              assertThat(count).as("seed %d", seed).isBetween(1, Math.min(size, last - at));
              byte[] expected = new byte[size + 7];
              System.arraycopy(BYTES, at, expected, 3, count);
              assertThat(target).as("seed %d", seed).isEqualTo(expected);
              at += count;
            }
            default -> {
              long skipped = range.skip(size);
              assertThat(skipped)
                  .as("seed %d", seed)
                  .isBetween(0L, (long) Math.min(size, last - at));
              if (knowsLength) {
                assertThat(skipped).isEqualTo(Math.min(size, last - at));
              }
              at += (int) skipped;
            }
          }
          if (knowsLength) {
            assertThat(range.available()).as("seed %d", seed).isEqualTo(last - at);
          }
        }
        assertThat(range.read()).isEqualTo(-1);
        assertThat(range.read(new byte[20_000])).isEqualTo(-1);
        assertThat(range.skip(5)).isZero();
        assertThat(range.available()).isZero();
      }
    }
  }

  @Test
  void readsSmallPiecesThroughOneRead() throws IOException {
    Positioned value = new Positioned(1 << 20, true);
    DataInputStream data = new DataInputStream(value.range(16, 8_000));
    for (int i = 16; i < 16 + 8_000; i += 8) {
      assertThat(data.readLong()).isEqualTo(ByteBuffer.wrap(BYTES).getLong(i));
    }
    assertThat(value.reads).isOne();
    Positioned large = new Positioned(1 << 20, true);
    assertThat(large.range(0, LENGTH).read(new byte[LENGTH])).isEqualTo(LENGTH);
    assertThat(large.reads).isOne();
  }

  @Test
  void skippingReadsNothingWhereTheLengthIsKnown() throws IOException {
    Positioned value = new Positioned(1 << 20, true);
    InputStream range = value.range(0, LENGTH);
    assertThat(range.skip(250_000)).isEqualTo(250_000);
    assertThat(range.skip(0)).isZero();
    assertThat(range.skip(-1)).isZero();
    assertThat(value.reads).isZero();
    assertThat(range.read()).isEqualTo(BYTES[250_000] & 0xff);
    // Past what is in the buffer, and then on.
    assertThat(range.skip(20_000)).isEqualTo(20_000);
    assertThat(range.read()).isEqualTo(BYTES[270_001] & 0xff);
  }

  @Test
  void readingNothingReadsNothing() throws IOException {
    Positioned value = new Positioned(1 << 20, true);
    assertThat(value.range(0, 5).read(new byte[0])).isZero();
    assertThat(value.range(0, 0).read()).isEqualTo(-1);
    assertThat(value.reads).isZero();
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> value.range(0, 5).read(new byte[4], 2, 3));
  }

  @Test
  void severalRangesOfOneValueDoNotDisturbEachOther() throws IOException {
    StreamValue value = StreamValue.of(BYTES);
    InputStream first = value.range(0, 10);
    InputStream second = value.range(5, 10);
    for (int i = 0; i < 5; i++) {
      assertThat(first.read()).isEqualTo(BYTES[i] & 0xff);
      assertThat(second.read()).isEqualTo(BYTES[i + 5] & 0xff);
    }
  }

  @Test
  void aFailureIsPassedOnAndLeavesNoBytes() throws IOException {
    Positioned value = new Positioned(1 << 20, true);
    InputStream range = value.range(10, 100);
    IOException failure = new IOException("broken");
    value.failure = failure;
    assertThatIOException().isThrownBy(range::read).isSameAs(failure);
    assertThatIOException().isThrownBy(range::read).isSameAs(failure);
    value.failure = null;
    assertThat(range.readAllBytes()).isEqualTo(part(10, 110));
  }

  @Test
  void closingClosesTheRangeAlone() throws IOException {
    Positioned value = new Positioned(1 << 20, true);
    InputStream range = value.range(0, 10);
    range.close();
    range.close();
    assertThat(value.closed).isFalse();
    assertThatIOException().isThrownBy(range::read).withMessageContaining("closed");
    assertThatIOException().isThrownBy(() -> range.read(new byte[1]));
    assertThatIOException().isThrownBy(() -> range.skip(1));
    assertThatIOException().isThrownBy(range::available);
    assertThatIOException().isThrownBy(() -> range.transferTo(new ByteArrayOutputStream()));
    assertThat(range.markSupported()).isFalse();
  }
}
