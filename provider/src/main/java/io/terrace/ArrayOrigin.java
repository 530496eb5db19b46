package io.terrace;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;

/** The bytes of an array. */
final class ArrayOrigin implements StreamOrigin {
  private final byte[] bytes;

  /** Replaced by closing, which is how readings learn of it. */
  private volatile Object session = new Object();

  ArrayOrigin(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public long length() {
    return bytes.length;
  }

  @Override
  public boolean isRepeatable() {
    return true;
  }

  @Override
  public ReadableByteChannel channel() {
    return new Forward(session);
  }

  @Override
  public int read(long offset, ByteBuffer target) {
    if (offset >= bytes.length) {
      return -1;
    }
    int count = (int) Math.min(target.remaining(), bytes.length - offset);
    target.put(bytes, (int) offset, count);
    return count;
  }

  @Override
  public void close() {
    session = new Object();
  }

  @Override
  public String toString() {
    return "array of " + bytes.length + " bytes";
  }

  private final class Forward implements ReadableByteChannel {
    private final Object openedIn;
    private int position;

    Forward(Object openedIn) {
      this.openedIn = openedIn;
    }

    @Override
    public int read(ByteBuffer target) throws ClosedChannelException {
      if (!isOpen()) {
        throw new ClosedChannelException();
      }
      int count = ArrayOrigin.this.read(position, target);
      position += Math.max(0, count);
      return count;
    }

    @Override
    public boolean isOpen() {
      return session == openedIn;
    }

    @Override
    public void close() {
      if (isOpen()) {
        ArrayOrigin.this.close();
      }
    }
  }
}
