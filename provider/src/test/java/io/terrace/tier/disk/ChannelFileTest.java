package io.terrace.tier.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an interrupt does to a channel, done here by closing it, which looks the same from inside.
 */
class ChannelFileTest {
  @TempDir Path directory;

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(directory);
  }

  private FileChannel channel() throws IOException {
    return FileChannel.open(
        directory.resolve("file"),
        StandardOpenOption.CREATE,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  private static String read(DiskFile file) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(10);
    int count = file.read(target, 2);
    return count < 0 ? "" : new String(target.array(), 0, count, StandardCharsets.US_ASCII);
  }

  @Test
  void opensAChannelAgainThatSomebodyClosed() throws IOException {
    FileChannel channel = channel();
    try (ChannelFile file = new ChannelFile(directory.resolve("file"), channel)) {
      file.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)), 0);
      channel.close();
      assertThat(read(file)).isEqualTo("llo");
      file.write(ByteBuffer.wrap("!".getBytes(StandardCharsets.US_ASCII)), 5);
      assertThat(read(file)).isEqualTo("llo!");
      assertThat(file.size()).isEqualTo(6);
    }
  }

  @Test
  void aDeletedFileIsReadWithoutItsChannel() throws IOException {
    FileChannel channel = channel();
    try (ChannelFile file = new ChannelFile(directory.resolve("file"), channel)) {
      file.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)), 0);
      file.delete();
      assertThat(directory.resolve("file")).doesNotExist();
      assertThat(read(file)).isEqualTo("llo");
      channel.close();
      assertThat(read(file)).isEqualTo("llo");
      assertThat(file.read(ByteBuffer.allocate(1), 5)).isEqualTo(-1);
      assertThatIOException().isThrownBy(() -> file.write(ByteBuffer.allocate(1), 0));
    }
  }

  @Test
  void aClosedFileIsNotOpenedAgain() throws IOException {
    ChannelFile file = new ChannelFile(directory.resolve("file"), channel());
    file.close();
    file.close();
    assertThatIOException().isThrownBy(() -> read(file)).withMessageContaining("closed");
    assertThatIOException().isThrownBy(file::force).withMessageContaining("closed");
  }

  @Test
  void theInterruptOfTheCallerStaysPending() throws IOException {
    try (ChannelFile file = new ChannelFile(directory.resolve("file"), channel())) {
      Thread.currentThread().interrupt();
      file.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)), 0);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      file.force();
      assertThat(read(file)).isEqualTo("llo");
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
