package io.terrace.benchmarks.measure;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Takes every buffer at once, and looks at none. Thread safe; never blocks, never fails. */
public final class Sink implements WritableByteChannel {
  @Override
  public int write(ByteBuffer source) {
    int bytes = source.remaining();
    source.position(source.limit());
    return bytes;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
