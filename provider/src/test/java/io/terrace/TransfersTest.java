package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransfersTest {
  @TempDir Path directory;

  /** Takes at most so many bytes a write, and fails when it has so many. */
  private static final class Slow implements WritableByteChannel {
    private final int most;
    private final int failsAt;
    private boolean closed;
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

    Slow(int most, int failsAt) {
      this.most = most;
      this.failsAt = failsAt;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (taken.size() >= failsAt) {
        throw new IOException("full");
      }
      byte[] bytes = new byte[Math.min(most, source.remaining())];
      source.get(bytes);
      taken.writeBytes(bytes);
      return bytes.length;
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32_767, 32_768, 262_143, 262_144, 262_145, 1 << 20, (1 << 20) + 1})
  void copiesAllToAFileAndToASlowTarget(int length) throws IOException {
    byte[] bytes = bytes(length);
    Path file = directory.resolve("target");
    for (long announced : new long[] {length, StreamValue.UNKNOWN_LENGTH}) {
      try (FileChannel target =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        long count = Transfers.all(announced, StreamValue.of(bytes).channel(), target);
        assertThat(count).isEqualTo(length);
        assertThat(target.isOpen()).isTrue();
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
      Slow slow = new Slow(1_000, Integer.MAX_VALUE);
      assertThat(Transfers.all(announced, StreamValue.of(bytes).channel(), slow)).isEqualTo(length);
      assertThat(slow.taken.toByteArray()).isEqualTo(bytes);
      assertThat(slow.isOpen()).isTrue();
    }
  }

  /** Has a transfer of its own in the midst of its first write, down to a depth. */
  private static final class Nesting implements WritableByteChannel {
    private final int depth;
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

    Nesting(int depth) {
      this.depth = depth;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      assertThat(source.isDirect()).isTrue();
      if (depth > 0 && taken.size() == 0) {
        transferTo(new Nesting(depth - 1));
      }
      if (taken.size() == 0) {
        assertThat(source.order()).isEqualTo(ByteOrder.BIG_ENDIAN); // whatever others made of it
        source.order(ByteOrder.LITTLE_ENDIAN);
      }
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      taken.writeBytes(bytes);
      return bytes.length;
    }

    static void transferTo(Nesting target) throws IOException {
      byte[] bytes = bytes(2 * Transfers.BUFFER_BYTES + target.depth);
      assertThat(StreamValue.of(bytes).transferTo(target)).isEqualTo(bytes.length);
      assertThat(target.taken.toByteArray()).isEqualTo(bytes);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  void transfersAtTheSameTimeHaveBuffersOfTheirOwn() throws IOException {
    for (int i = 0; i < 3; i++) {
      Nesting.transferTo(new Nesting(20)); // more than are kept for the next time
    }
  }

  @Test
  void aLengthThatIsWrongOnlySizesTheBuffer() throws IOException {
    byte[] bytes = bytes(5_000);
    Slow target = new Slow(1_000, Integer.MAX_VALUE);
    assertThat(Transfers.all(0, StreamValue.of(bytes).channel(), target)).isEqualTo(5_000);
    assertThat(target.taken.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void passesOnWhatFails() {
    byte[] bytes = bytes(5_000);
    assertThatIOException()
        .isThrownBy(() -> StreamValue.of(bytes).transferTo(new Slow(1_000, 3_000)))
        .withMessage("full");
    assertThatIOException()
        .isThrownBy(() -> StreamValue.of(bytes).transferTo(new Slow(0, 3_000)))
        .withMessageContaining("took no bytes");
    FakeChannel broken =
        new FakeChannel(
            target -> {
              throw new IOException("broken");
            });
    assertThatIOException()
        .isThrownBy(() -> Transfers.all(5, broken, new Slow(10, 10)))
        .withMessage("broken");
  }

  @Test
  void refusesATargetThatDoesNotBlock() throws IOException {
    Pipe pipe = Pipe.open();
    try (Pipe.SourceChannel source = pipe.source();
        Pipe.SinkChannel sink = pipe.sink()) {
      sink.configureBlocking(false);
      assertThatThrownBy(() -> StreamValue.of(bytes(10)).transferTo(sink))
          .isInstanceOf(IllegalBlockingModeException.class);
      sink.configureBlocking(true);
      assertThat(StreamValue.of(bytes(10)).transferTo(sink)).isEqualTo(10);
      ByteBuffer read = ByteBuffer.allocate(10);
      assertThat(source.read(read)).isEqualTo(10);
      assertThat(read.array()).isEqualTo(bytes(10));
    }
  }
}
