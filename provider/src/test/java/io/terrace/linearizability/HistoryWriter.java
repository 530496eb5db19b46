package io.terrace.linearizability;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the threads of a process do to a file, one line for a call and one for what came of
 * it; {@link History#read} reads it. A line has reached the operating system when its method
 * returns, so a process that is killed leaves all of them. Thread safe.
 *
 * <pre>
 * C id process thread key kind value expected nanos   before the call
 * K id result nanos                                   it returned
 * F id exception nanos                                it failed and changed nothing
 * U id exception nanos                                it failed and may have changed something
 * </pre>
 */
final class HistoryWriter implements Closeable {
  private static final int IDS_PER_WRITER = 10_000_000;

  private final OutputStream out;
  private final AtomicInteger ids;

  /**
   * @param number tells the ids of several files of one history apart
   */
  HistoryWriter(Path file, int number) throws IOException {
    out = new FileOutputStream(file.toFile());
    ids = new AtomicInteger(number * IDS_PER_WRITER);
  }

  /** Notes that an operation is about to be called; its id. */
  int calling(int process, int thread, String key, Kind kind, long value, long expected)
      throws IOException {
    int id = ids.getAndIncrement();
    String call = id + " " + process + " " + thread + " " + key + " " + kind;
    line("C " + call + " " + value + " " + expected + " ", null);
    return id;
  }

  void returned(int id, long result, long nanos) throws IOException {
    line("K " + id + " " + result + " ", nanos);
  }

  void failed(int id, Throwable failure, boolean changedNothing, long nanos) throws IOException {
    line((changedNothing ? "F " : "U ") + id + " " + failure.getClass().getName() + " ", nanos);
  }

  /**
   * @param nanos the time, or null for that just before it is written
   */
  private synchronized void line(String text, @Nullable Long nanos) throws IOException {
    long time = nanos == null ? System.nanoTime() : nanos;
    out.write((text + time + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
