package io.terrace.jcache;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** The checksum of what is written to it, which is not kept. */
final class Checksum implements WritableByteChannel {
  private final CRC32C crc = new CRC32C();

  @Override
  public int write(ByteBuffer source) {
    int count = source.remaining();
    crc.update(source);
    return count;
  }

  int value() {
    return (int) crc.getValue();
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
