package io.terrace.stack;

import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/** A user's handle read as if it were a tier's, so that reading it promotes. Single owner. */
final class HandleReading implements ReadHandle {
  private final StreamHandle handle;
  private @Nullable ReadableByteChannel forward;

  HandleReading(StreamHandle handle) {
    this.handle = handle;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (forward == null) {
      forward = handle.channel();
    }
    return forward.read(target);
  }

  @Override
  public boolean canSeek() {
    return true;
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    return handle.read(offset, target);
  }

  @Override
  public ByteBuffer readRemaining(int maxBytes) {
    throw new UnsupportedOperationException("a stream is read chunk by chunk");
  }

  @Override
  public void close() {
    handle.close();
  }
}
