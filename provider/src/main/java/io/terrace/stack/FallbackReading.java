package io.terrace.stack;

import io.terrace.tier.ReadHandle;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body out of a tier above the authority. When that fails in the midst of it, the reading goes on
 * in a tier below that has the same version, and its user does not hear of it (I2). Single owner;
 * {@link #close} may come from any thread.
 */
final class FallbackReading implements ReadHandle {
  /*
   * The monitor guards `source`, `tier` and `closed`; no tier is called under it but to close a
   * handle.
   */
  private final long length;
  private final Below below;
  private ReadHandle source;
  private int tier;
  private boolean closed;

  /** Where the forward reading is; only the owner's. */
  private long position;

  /** Whether the forward reading is no longer that of the first tier; only the owner's. */
  private boolean fellBack;

  /** The same version out of one of the tiers below. */
  interface Below {
    /** Opens it, or returns null if no tier below has it. */
    @Nullable Copy open(int tier);
  }

  /**
   * @param tier the index of the tier that has it
   */
  record Copy(ReadHandle body, int tier) {}

  FallbackReading(Copy first, long length, Below below) {
    this.source = first.body();
    this.tier = first.tier();
    this.length = length;
    this.below = below;
  }

  private interface Reading {
    int from(ReadHandle source) throws IOException;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count =
        reading(target, position, s -> fellBack ? s.read(position, target) : s.read(target));
    position += Math.max(count, 0);
    return count;
  }

  @Override
  public int read(long offset, ByteBuffer target) throws IOException {
    return reading(target, offset, s -> s.read(offset, target));
  }

  private int reading(ByteBuffer target, long offset, Reading reading) throws IOException {
    int start = target.position();
    while (true) {
      ReadHandle used = source();
      try {
        int count = reading.from(used);
        if (count < 0 && offset < length) {
          throw new EOFException("the body ends too early");
        }
        return count;
      } catch (IOException e) {
        target.position(start);
        fallBack(used, e);
      }
    }
  }

  private synchronized ReadHandle source() {
    return source;
  }

  private void fallBack(ReadHandle failed, IOException failure) throws IOException {
    Copy copy = isClosed() ? null : below.open(tier());
    if (copy == null) {
      throw failure;
    }
    synchronized (this) {
      if (closed || !copy.body().canSeek()) {
        copy.body().close();
        throw failure;
      }
      source = copy.body();
      tier = copy.tier();
    }
    fellBack = true;
    failed.close();
  }

  private synchronized int tier() {
    return tier;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public boolean canSeek() {
    return source().canSeek();
  }

  @Override
  public ByteBuffer readRemaining(int maxBytes) {
    throw new UnsupportedOperationException("a stream is read chunk by chunk");
  }

  @Override
  public void close() {
    ReadHandle last;
    synchronized (this) {
      closed = true;
      last = source;
    }
    last.close();
  }
}
