package io.terrace.jcache;

import io.terrace.StreamValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Bytes that can be read once, with a test that looks on. Not thread safe, but for looking. */
final class Source implements ReadableByteChannel {
  private final ByteBuffer rest;
  private final int failAt;
  volatile Runnable beforeRead = () -> {};
  volatile int reads;
  volatile boolean closed;

  private Source(byte[] bytes, int failAt) {
    this.rest = ByteBuffer.wrap(bytes);
    this.failAt = failAt;
  }

  static Source of(byte[] bytes) {
    return new Source(bytes, Integer.MAX_VALUE);
  }

  /** Fails instead of reading the byte at this place. */
  static Source failing(byte[] bytes, int failAt) {
    return new Source(bytes, failAt);
  }

  /** Does this before the first byte is read. */
  Source meanwhile(Runnable run) {
    beforeRead = run;
    return this;
  }

  StreamValue value() {
    return StreamValue.of(this);
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (reads++ == 0) {
      beforeRead.run();
    }
    if (rest.position() >= failAt) {
      throw new IOException("the source failed");
    }
    if (!rest.hasRemaining()) {
      return -1;
    }
    int length = Math.min(rest.remaining(), target.remaining());
    length = Math.min(length, Math.max(0, failAt - rest.position()));
    target.put(rest.slice(rest.position(), length));
    rest.position(rest.position() + length);
    return length;
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
