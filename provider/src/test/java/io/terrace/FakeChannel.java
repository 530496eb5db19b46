package io.terrace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** A channel that reads as the test says, and counts how often it was closed. */
final class FakeChannel implements ReadableByteChannel {

  interface Reading {
    int read(ByteBuffer target) throws IOException;
  }

  private final Reading reading;
  volatile int closes;
  @Nullable IOException closing;

  FakeChannel(Reading reading) {
    this.reading = reading;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return reading.read(target);
  }

  @Override
  public boolean isOpen() {
    return closes == 0;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // no test closes one from two threads
  public void close() throws IOException {
    closes++;
    if (closing != null) {
      throw closing;
    }
  }
}
