package io.terrace.stack;

import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The body of a write in progress as somebody follows it. If the write comes to nothing, its reader
 * hears why. Single owner; {@link #close} may come from any thread.
 */
final class FollowedWrite implements ReadHandle {
  private final ReadHandle source;
  private final GrowingBody write;
  private volatile boolean closed;

  FollowedWrite(ReadHandle source, GrowingBody write) {
    this.source = source;
    this.write = write;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    try {
      return source.read(target);
    } catch (IOException e) {
      throw explained(e);
    }
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    try {
      return source.read(offset, target);
    } catch (IOException e) {
      throw explained(e);
    }
  }

  private IOException explained(IOException failure) {
    return closed ? failure : write.explain(failure);
  }

  @Override
  public boolean canSeek() {
    return source.canSeek();
  }

  @Override
  public ByteBuffer readRemaining(int maxBytes) {
    throw new UnsupportedOperationException("a stream is read chunk by chunk");
  }

  @Override
  public void close() {
    closed = true;
    source.close();
  }
}
