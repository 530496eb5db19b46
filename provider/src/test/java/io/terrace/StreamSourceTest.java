package io.terrace;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSourceTest {
  private static final byte[] BYTES = bytes(200_001);

  @TempDir Path directory;

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("file"), bytes);
  }

  private static byte[] all(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    while (channel.read(buffer.clear()) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        read.write(buffer.get());
      }
    }
    return read.toByteArray();
  }

  private static byte[] all(StreamValue value) throws IOException {
    return all(value.channel(), ByteBuffer.allocate(1000));
  }

  /** How one of the sources is made of bytes. */
  private record Maker(String name, boolean isRepeatable, boolean knowsLength, Making making) {
    StreamValue of(byte[] bytes, Path directory) throws IOException {
      return making.of(bytes, directory);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private interface Making {
    StreamValue of(byte[] bytes, Path directory) throws IOException;
  }

  static List<Maker> makers() {
    return List.of(
        new Maker("array", true, true, (bytes, at) -> StreamValue.of(bytes)),
        new Maker(
            "file", true, true, (bytes, at) -> StreamValue.of(Files.write(at.resolve("f"), bytes))),
        new Maker("stream", false, false, (bytes, at) -> StreamValue.of(stream(bytes))),
        new Maker(
            "stream of known length",
            false,
            true,
            (bytes, at) -> StreamValue.of(stream(bytes), bytes.length)),
        new Maker(
            "file stream",
            false,
            true,
            (bytes, at) ->
                StreamValue.of(
                    new FileInputStream(Files.write(at.resolve("f"), bytes).toFile()),
                    bytes.length)),
        new Maker(
            "channel",
            false,
            false,
            (bytes, at) -> StreamValue.of(Channels.newChannel(stream(bytes)))),
        new Maker(
            "channel of known length",
            false,
            true,
            (bytes, at) -> StreamValue.of(Channels.newChannel(stream(bytes)), bytes.length)),
        new Maker(
            "publisher",
            false,
            false,
            (bytes, at) -> StreamValue.of(StreamValue.of(bytes).publisher())),
        new Maker(
            "publisher of known length",
            false,
            true,
            (bytes, at) -> StreamValue.of(StreamValue.of(bytes).publisher(), bytes.length)));
  }

  private static InputStream stream(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  @ParameterizedTest
  @MethodSource("makers")
  void givesItsBytesIntoAnyBuffer(Maker maker) throws IOException {
    for (int length : new int[] {0, 1, 999, 1000, 1001, BYTES.length}) {
      byte[] bytes = bytes(length);
      for (ByteBuffer buffer :
          List.of(
              ByteBuffer.allocate(1000),
              ByteBuffer.allocateDirect(1000),
              ByteBuffer.allocate(1010).position(5).slice().limit(1000))) {
        try (StreamValue value = maker.of(bytes, directory)) {
          assertThat(all(value.channel(), buffer)).isEqualTo(bytes);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("makers")
  void readsOnAsAStreamToATargetAndToASubscriber(Maker maker) throws IOException {
    try (StreamValue value = maker.of(BYTES, directory)) {
      assertThat(value.inputStream().readAllBytes()).isEqualTo(BYTES);
    }
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    try (StreamValue value = maker.of(BYTES, directory)) {
      assertThat(value.transferTo(Channels.newChannel(target))).isEqualTo(BYTES.length);
    }
    assertThat(target.toByteArray()).isEqualTo(BYTES);
    assertThat(all(StreamValue.of(maker.of(BYTES, directory).publisher()))).isEqualTo(BYTES);
  }

  @ParameterizedTest
  @MethodSource("makers")
  void endsMoreThanOnceAndLeavesTheLimitOfTheBufferAlone(Maker maker) throws IOException {
    try (StreamValue value = maker.of(new byte[] {1, 2, 3}, directory)) {
      ReadableByteChannel channel = value.channel();
      ByteBuffer buffer = ByteBuffer.allocate(10).limit(8);
      assertThat(channel.read(buffer)).isEqualTo(3);
      assertThat(buffer.limit()).isEqualTo(8);
      assertThat(buffer.position()).isEqualTo(3);
      assertThat(channel.read(buffer)).isEqualTo(-1);
      assertThat(channel.read(buffer)).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @MethodSource("makers")
  void saysWhatItIs(Maker maker) throws IOException {
    try (StreamValue value = maker.of(BYTES, directory)) {
      assertThat(value.length())
          .isEqualTo(maker.knowsLength ? BYTES.length : StreamValue.UNKNOWN_LENGTH);
      assertThat(value.isRepeatable()).isEqualTo(maker.isRepeatable);
      assertThat(value.info()).isNull();
      assertThat(value.metadata()).isEqualTo(Metadata.NONE);
    }
  }

  @ParameterizedTest
  @MethodSource("makers")
  void isReadAgainAfterItWasClosedOnlyIfItIsRepeatable(Maker maker) throws IOException {
    StreamValue value = maker.of(BYTES, directory);
    assertThat(all(value)).isEqualTo(BYTES);
    if (maker.isRepeatable) {
      assertThat(all(value)).isEqualTo(BYTES);
      value.close();
      assertThat(all(value)).isEqualTo(BYTES);
    } else {
      assertThatIllegalStateException().isThrownBy(value::channel).withMessageContaining("read");
      value.close();
      assertThatIllegalStateException().isThrownBy(value::channel).withMessageContaining("closed");
    }
    value.close();
    value.close();
  }

  @ParameterizedTest
  @MethodSource("makers")
  void readsAtPositionsOnlyIfItIsRepeatable(Maker maker) throws IOException {
    try (StreamValue value = maker.of(BYTES, directory)) {
      ByteBuffer buffer = ByteBuffer.allocate(100);
      if (!maker.isRepeatable) {
        assertThatThrownBy(() -> value.read(0, buffer))
            .isInstanceOf(UnsupportedOperationException.class);
        return;
      }
      ReadableByteChannel forward = value.channel();
      assertThat(forward.read(ByteBuffer.allocate(10))).isEqualTo(10);
      assertThat(value.read(BYTES.length - 30, buffer)).isEqualTo(30);
      assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(BYTES, BYTES.length - 30, 30));
      assertThat(value.read(BYTES.length, buffer.clear())).isEqualTo(-1);
      assertThat(value.read(Long.MAX_VALUE, buffer)).isEqualTo(-1);
      assertThat(value.read(5, ByteBuffer.allocate(0))).isZero();
      assertThatIllegalArgumentException().isThrownBy(() -> value.read(-1, buffer));
      assertThat(forward.read(buffer)).isEqualTo(100);
      assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(BYTES, 10, 100));
    }
  }

  @ParameterizedTest
  @MethodSource("makers")
  void failsToBeReadOnceItIsClosed(Maker maker) throws IOException {
    StreamValue value = maker.of(BYTES, directory);
    ReadableByteChannel channel = value.channel();
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(1);
    value.close();
    assertThat(channel.isOpen()).isFalse();
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    if (maker.isRepeatable) {
      ReadableByteChannel second = value.channel();
      channel.close();
      assertThat(second.isOpen()).as("not closed by an older reading").isTrue();
      value.close();
    }
  }

  @ParameterizedTest
  @MethodSource("makers")
  void closingAReadingClosesTheValue(Maker maker) throws IOException {
    StreamValue value = maker.of(BYTES, directory);
    ReadableByteChannel channel = value.channel();
    channel.close();
    assertThat(channel.isOpen()).isFalse();
    if (!maker.isRepeatable) {
      assertThatIllegalStateException().isThrownBy(value::channel);
    }
  }

  @ParameterizedTest
  @MethodSource("makers")
  void sharesTheReadingWithItsCopiesOfOtherMetadata(Maker maker) throws IOException {
    Metadata metadata = new Metadata("text/plain", Set.of("a"), Map.of("b", "c"));
    StreamValue value = maker.of(BYTES, directory);
    StreamValue other = value.withMetadata(metadata);
    assertThat(value.metadata()).isEqualTo(Metadata.NONE);
    assertThat(other.metadata()).isEqualTo(metadata);
    assertThat(other.withMetadata(Metadata.NONE).metadata()).isEqualTo(Metadata.NONE);
    assertThat(other.length()).isEqualTo(value.length());
    ReadableByteChannel channel = other.channel();
    value.close();
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void saysNothingOfItsBytes() {
    assertThat(StreamValue.of("secret".getBytes(US_ASCII)))
        .hasToString("StreamValue[array of 6 bytes]");
    assertThat(StreamValue.of(stream(BYTES))).hasToString("StreamValue[channel of unknown length]");
    assertThat(StreamValue.of(stream(BYTES), 7)).hasToString("StreamValue[channel of 7 bytes]");
    assertThat(StreamValue.of(Path.of("f"))).hasToString("StreamValue[file f]");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64, 199_999})
  void refusesASourceThatEndsEarlyEachTimeItIsRead(int missing) throws IOException {
    byte[] shorter = bytes(BYTES.length - missing);
    StreamValue value = StreamValue.of(stream(shorter), BYTES.length);
    ReadableByteChannel channel = value.channel();
    assertThatThrownBy(() -> all(channel, ByteBuffer.allocate(1000)))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining(shorter.length + " of the " + BYTES.length + " bytes");
    assertThatIOException().isThrownBy(() -> channel.read(ByteBuffer.allocate(1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 999, 1000, 200_000})
  void refusesASourceThatEndsLateEachTimeItIsRead(int length) throws IOException {
    StreamValue value = StreamValue.of(stream(bytes(length + 1)), length);
    ReadableByteChannel channel = value.channel();
    assertThatIOException()
        .isThrownBy(() -> all(channel, ByteBuffer.allocate(1000)))
        .withMessageContaining("longer than the " + length + " bytes");
    // The stream is at its end by now, which must not count.
    assertThatIOException().isThrownBy(() -> channel.read(ByteBuffer.allocate(1)));
  }

  @Test
  void givesNoByteBeyondTheAnnouncedLength() throws IOException {
    StreamValue value = StreamValue.of(stream(BYTES), 10);
    ByteBuffer buffer = ByteBuffer.allocate(100);
    assertThat(value.channel().read(buffer)).isEqualTo(10);
    assertThat(buffer.position()).isEqualTo(10);
  }

  @Test
  void goesOnFailingAfterTheSourceFailed() throws IOException {
    IOException broken = new IOException("broken");
    InputStream in =
        new InputStream() {
          private int reads;

          @Override
          public int read() throws IOException {
            if (reads++ == 0) {
              throw broken;
            }
            return -1;
          }
        };
    ReadableByteChannel channel = StreamValue.of(in).channel();
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isSameAs(broken);
    assertThatIOException()
        .isThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .withCause(broken);
  }

  @Test
  void refusesASourceThatDoesNotBlock() throws IOException {
    Pipe pipe = Pipe.open();
    try (Pipe.SourceChannel source = pipe.source();
        Pipe.SinkChannel sink = pipe.sink()) {
      assertThat(sink.isOpen()).isTrue();
      source.configureBlocking(false);
      StreamValue value = StreamValue.of(source);
      assertThatThrownBy(value::channel).isInstanceOf(IllegalBlockingModeException.class);
    }
    FakeChannel lazy = new FakeChannel(target -> 0);
    assertThatIOException()
        .isThrownBy(() -> StreamValue.of(lazy).channel().read(ByteBuffer.allocate(1)))
        .withMessageContaining("neither waited");
  }

  @Test
  void closesTheSourceThatWasNeverRead() throws IOException {
    FakeChannel channel = new FakeChannel(target -> -1);
    StreamValue value = StreamValue.of(channel, 10);
    value.withMetadata(Metadata.NONE).close();
    value.close();
    assertThat(channel.closes).isEqualTo(1);
    CountingStream in = new CountingStream();
    StreamValue.of(in).close();
    assertThat(in.closes).isEqualTo(1);
  }

  @Test
  void closingFailsInSilence() {
    FakeChannel channel = new FakeChannel(target -> -1);
    channel.closing = new IOException("cannot");
    StreamValue.of(channel).close();
    assertThat(channel.closes).isEqualTo(1);
  }

  @Test
  void aReadThatACloseMadeEndIsNoEnd() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    FakeChannel channel =
        new FakeChannel(
            target -> {
              awaitUninterruptibly(closed);
              return -1; // as many streams do when they are closed
            });
    StreamValue value = StreamValue.of(channel);
    ReadableByteChannel forward = value.channel();
    Waiting<Integer> read = Waiting.on(() -> forward.read(ByteBuffer.allocate(1))).untilBlocked();
    value.close();
    closed.countDown();
    assertThatThrownBy(read::result).hasCauseInstanceOf(AsynchronousCloseException.class);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-2, Long.MIN_VALUE})
  void refusesAnImpossibleLength(long length) {
    assertThatIllegalArgumentException().isThrownBy(() -> StreamValue.of(stream(BYTES), length));
  }

  @Test
  void aFileIsLookedAtWhenItIsRead() throws IOException {
    Path file = directory.resolve("file");
    StreamValue value = StreamValue.of(file);
    assertThat(value.length()).isEqualTo(StreamValue.UNKNOWN_LENGTH);
    assertThatThrownBy(value::channel).isInstanceOf(NoSuchFileException.class);
    Files.write(file, BYTES);
    assertThat(value.length()).isEqualTo(BYTES.length);
    assertThat(all(value)).isEqualTo(BYTES);
    value.close();
    Files.write(file, new byte[3]);
    assertThat(value.length()).isEqualTo(3);
    assertThat(all(value)).isEqualTo(new byte[3]);
    value.close();
  }

  @Test
  void aFileThatChangesItsLengthOnceItWasToldIsAnError() throws IOException {
    Path file = file(BYTES);
    StreamValue value = StreamValue.of(file);
    assertThat(value.length()).isEqualTo(BYTES.length);
    Files.write(file, bytes(BYTES.length - 1));
    assertThatThrownBy(() -> all(value)).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> value.read(BYTES.length - 1, ByteBuffer.allocate(1)))
        .isInstanceOf(EOFException.class);
    Files.write(file, bytes(BYTES.length + 1));
    assertThatIOException().isThrownBy(() -> all(value)).withMessageContaining("longer");
    assertThat(value.read(BYTES.length, ByteBuffer.allocate(1))).isEqualTo(-1);
    value.close();
  }

  @Test
  void readsOnlyRegularFiles() {
    StreamValue value = StreamValue.of(directory);
    assertThat(value.length()).isEqualTo(StreamValue.UNKNOWN_LENGTH);
    assertThatIOException()
        .isThrownBy(value::channel)
        .withMessageContaining("no regular file: open it and pass the channel");
  }

  @Test
  void anInterruptEndsOneReadingOfAFileAndNotTheNext() throws IOException {
    StreamValue value = StreamValue.of(file(BYTES));
    ReadableByteChannel channel = value.channel();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
          .isInstanceOf(ClosedChannelException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(all(value)).isEqualTo(BYTES);
    value.close();
  }

  private static final class CountingStream extends InputStream {
    int closes;

    @Override
    public int read() {
      return -1;
    }

    @Override
    public void close() {
      closes++;
    }
  }
}
