package io.terrace.tier;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The body of an entry that was looked up for its header: it cannot be read. Thread safe. */
public final class UnreadBody implements ReadHandle {
  @Override
  public int read(ByteBuffer target) throws IOException {
    throw unread();
  }

  @Override
  public boolean canSeek() {
    return false;
  }

  @Override
  public int read(long offset, ByteBuffer target) {
    throw new UnsupportedOperationException("only the header was looked up");
  }

  @Override
  public ByteBuffer readRemaining(int maxBytes) throws IOException {
    throw unread();
  }

  private static IOException unread() {
    return new IOException("only the header of the entry was looked up, not its body");
  }

  @Override
  public void close() {}
}
