package io.terrace.jcache;

import io.terrace.StreamValue;
import io.terrace.StreamWriter;
import io.terrace.stack.StagedWriter;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A stream that its user pushes: staged from the first byte on, and put when he says so. */
final class PushedStream<V> implements StreamWriter {
  private final StagedWriter<V> staged;
  private final Put<V> put;
  private State state = State.OPEN;

  private enum State {
    OPEN,
    COMMITTED,
    ABORTED
  }

  /** What makes the finished value the entry of its key, and discards what is left of it. */
  interface Put<V> {
    Outcome put(V value);
  }

  PushedStream(StagedWriter<V> staged, Put<V> put) {
    this.staged = staged;
    this.put = put;
  }

  @Override
  public int write(ByteBuffer source) throws ClosedChannelException {
    Objects.requireNonNull(source, "source");
    if (state != State.OPEN) {
      throw new ClosedChannelException();
    }
    int length = source.remaining();
    try {
      staged.write(source);
      return length;
    } catch (RuntimeException | Error e) {
      abort();
      throw e;
    }
  }

  @Override
  public void setDeadline(long millis) {
    requireOpen();
    staged.setDeadline(millis);
  }

  @Override
  public StreamValue follow() {
    requireOpen();
    return staged.follow();
  }

  @Override
  public OutputStream outputStream() {
    return new Output();
  }

  /**
   * @throws IllegalStateException if it was committed or aborted before, or the cache is closed
   */
  @Override
  public Outcome commit() {
    requireOpen();
    V value;
    try {
      value = staged.finish();
    } catch (RuntimeException | Error e) {
      abort();
      throw e;
    }
    state = State.ABORTED; // unless it is put, which discards it in any case
    Outcome outcome = put.put(value);
    state = State.COMMITTED;
    return outcome == Outcome.PURGED ? StreamWriter.Outcome.PURGED : StreamWriter.Outcome.COMMITTED;
  }

  private void requireOpen() {
    if (state != State.OPEN) {
      throw new IllegalStateException(
          state == State.COMMITTED
              ? "this write is committed already"
              : "this write was aborted, by its user or since a write failed");
    }
  }

  @Override
  public void abort() {
    if (state == State.OPEN) {
      state = State.ABORTED;
      staged.abort();
    }
  }

  @Override
  public boolean isOpen() {
    return state == State.OPEN;
  }

  @Override
  public void close() {
    abort();
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int value) throws ClosedChannelException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte @Nullable [] bytes, int offset, int length)
        throws ClosedChannelException {
      int unused = PushedStream.this.write(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() {
      PushedStream.this.close();
    }
  }
}
