package io.terrace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/** The bytes a channel has from where it stands, which can be read once. */
final class ChannelOrigin implements StreamOrigin {
  private final ReadableByteChannel source;
  private final CheckedChannel checked;
  private final long length;
  private final AtomicBoolean taken = new AtomicBoolean();

  ChannelOrigin(ReadableByteChannel source, long length) {
    this.source = source;
    this.checked = new CheckedChannel(source, length);
    this.length = length;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public ReadableByteChannel channel() {
    if (!checked.isOpen()) {
      throw new IllegalStateException("the value is closed, and can be read only once");
    }
    if (source instanceof SelectableChannel selectable && !selectable.isBlocking()) {
      throw new IllegalBlockingModeException();
    }
    if (!taken.compareAndSet(false, true)) {
      throw new IllegalStateException("the value is being read, and can be read only once");
    }
    return checked;
  }

  @Override
  public int read(long offset, ByteBuffer target) {
    throw new UnsupportedOperationException("the value can only be read forward");
  }

  @Override
  public void close() throws IOException {
    checked.close();
  }

  @Override
  public String toString() {
    return length == StreamValue.UNKNOWN_LENGTH
        ? "channel of unknown length"
        : "channel of " + length + " bytes";
  }
}
