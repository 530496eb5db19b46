package io.terrace.benchmarks.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.CRC32C;

/**
 * The least that a read and a write of checked bytes can be: one positioned read of a body and its
 * CRC32C, one append of both. The position of each body is an array element. The file is a ring: it
 * starts over at its bound, as a cache that is full does. Bodies all have one length.
 */
final class BareFile implements DiskSubject {
  private final FileChannel channel;
  private final AtomicLongArray positions;
  private final AtomicLong appended = new AtomicLong();
  private final int bodyBytes;
  private final int recordBytes;
  private final long slots;
  private final ThreadLocal<ByteBuffer> buffers;

  BareFile(Path directory, int entries, int bodyBytes, long maxBytes) throws IOException {
    this.bodyBytes = bodyBytes;
    recordBytes = bodyBytes + Integer.BYTES;
    slots = maxBytes / recordBytes;
    positions = new AtomicLongArray(entries);
    buffers = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(recordBytes));
    channel =
        FileChannel.open(
            directory.resolve("bodies"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
  }

  @Override
  public byte[] get(int number) throws IOException {
    ByteBuffer buffer = buffers.get().clear();
    long position = positions.get(number);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("Body " + number + " ends early");
      }
    }
    byte[] body = new byte[bodyBytes];
    buffer.flip().get(body);
    if (buffer.getInt() != checksum(body)) {
      throw new IOException("Body " + number + " is damaged");
    }
    return body;
  }

  @Override
  public void put(int number, byte[] body) throws IOException {
    long position = appended.getAndIncrement() % slots * recordBytes;
    ByteBuffer buffer = buffers.get().clear().put(body).putInt(checksum(body)).flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer, position + buffer.position());
    }
    positions.set(number, position);
  }

  private static int checksum(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body, 0, body.length);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
