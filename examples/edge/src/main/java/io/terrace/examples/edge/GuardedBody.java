package io.terrace.examples.edge;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A body from the origin that fails when nothing comes for too long. One thread reads it, another
 * one watches.
 */
final class GuardedBody extends FilterInputStream {
  private final long patienceNanos;
  private final Future<?> guard;
  private volatile long waitingSinceNanos;
  private volatile boolean waiting;
  private volatile boolean stalled;

  GuardedBody(InputStream in, Duration patience, ScheduledExecutorService timer) {
    super(in);
    this.patienceNanos = patience.toNanos();
    long period = Math.max(1, patience.toMillis() / 4);
    this.guard = timer.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (waiting && System.nanoTime() - waitingSinceNanos > patienceNanos) {
      stalled = true;
      try {
        in.close();
      } catch (IOException e) {
        // the reader hears of it
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    waitingSinceNanos = System.nanoTime();
    waiting = true;
    int read = super.read(bytes, offset, length);
    waiting = false;
    if (stalled) { // the stream of a cancelled exchange may just end
      throw new IOException("nothing came from the origin for too long");
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    boolean unused = guard.cancel(false);
    super.close();
  }
}
