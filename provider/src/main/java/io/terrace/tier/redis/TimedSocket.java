package io.terrace.tier.redis;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;

/**
 * A socket all of whose reads end by one time: with a time-out for each read, who sends a byte now
 * and then could hold up a reader for ever. Under TLS it is the socket below, so that handshakes
 * and records are bounded, too. Used by one thread at a time, but for {@link #close}.
 */
final class TimedSocket extends Socket {
  private boolean ends;
  private long endNanos;

  /**
   * Reads fail with a {@link SocketTimeoutException} once it is that time of {@link
   * System#nanoTime}.
   */
  void endReadsAt(long nanoTime) {
    ends = true;
    endNanos = nanoTime;
  }

  /** Each read may take as long as this by itself. */
  void limitEachRead(int millis) throws SocketException {
    ends = false;
    setSoTimeout(millis);
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new Input(super.getInputStream());
  }

  /** Closes it; what fails then is of no interest. */
  void closeQuietly() {
    try {
      close();
    } catch (IOException e) {
      // it is of no more use either way
    }
  }

  private void beforeRead() throws IOException {
    if (ends) {
      long nanos = endNanos - System.nanoTime();
      if (nanos <= 0) {
        throw new SocketTimeoutException("not read in time");
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(nanos) + 1; // as 0 stands for no end
      setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
    }
  }

  private final class Input extends FilterInputStream {
    Input(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      beforeRead();
      return super.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      beforeRead();
      return super.read(target, offset, length);
    }
  }
}
