package io.terrace.benchmarks.stream;

import io.terrace.benchmarks.measure.Sink;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * The least that moving checked bytes can be: a file read or written in chunks with the CRC32C of
 * each, and an array copied in chunks. One thread.
 */
final class Bare implements Closeable {
  /** The size of Terrace's chunks, if nothing is said. */
  static final int CHUNK_BYTES = 256 << 10;

  private final Path file;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final ByteBuffer copy = ByteBuffer.allocate(CHUNK_BYTES);

  /**
   * @param file written by {@link #write}, before anything is read
   */
  Bare(Path file) {
    this.file = file;
  }

  /** Writes a new file in the place of the last, which was deleted by {@link #prepareWrite}. */
  int write(byte[] body) throws IOException {
    CRC32C crc = new CRC32C();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int offset = 0; offset < body.length; offset += CHUNK_BYTES) {
        buffer.clear().put(body, offset, Math.min(CHUNK_BYTES, body.length - offset)).flip();
        crc.update(buffer.duplicate());
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    }
    return (int) crc.getValue();
  }

  void prepareWrite() throws IOException {
    Files.deleteIfExists(file);
  }

  /** Reads the first bytes of the file. */
  int readFirst() throws IOException {
    CRC32C crc = new CRC32C();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(buffer.clear());
      crc.update(buffer.flip());
    }
    return (int) crc.getValue();
  }

  /** Reads the whole file, hands each chunk to a sink, and returns the checksum. */
  int read(Sink sink) throws IOException {
    CRC32C crc = new CRC32C();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(buffer.clear()) >= 0) {
        crc.update(buffer.flip());
        sink.write(buffer.rewind());
      }
    }
    return (int) crc.getValue();
  }

  /** Copies the array, a chunk at a time. */
  long copy(byte[] body, Sink sink) {
    long bytes = 0;
    for (int offset = 0; offset < body.length; offset += CHUNK_BYTES) {
      copy.clear().put(body, offset, Math.min(CHUNK_BYTES, body.length - offset)).flip();
      bytes += sink.write(copy);
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
  }
}
