package io.terrace.stack;

import io.terrace.StreamValue;
import java.nio.ByteBuffer;

/**
 * A stream that its user pushes, on its way to becoming a staged value. Ends in {@link #finish} or
 * {@link #abort}; one that is forgotten is reclaimed like any handle. Single owner, not thread
 * safe, but for {@link #abort}.
 *
 * @param <V> what {@link #finish} makes of it
 */
public interface StagedWriter<V> {

  /**
   * Appends all remaining bytes of {@code source}, which the caller may reuse afterwards; blocks
   * for the authority. If it fails, the writer is aborted.
   *
   * @throws io.terrace.EntryTooLargeException once the value is over the limit of the authority
   * @throws io.terrace.TierUnavailableException if the authority fails
   */
  void write(ByteBuffer source);

  /** Says the value's deadline in UTC milliseconds; until it is put, the last one counts. */
  void setDeadline(long millis);

  /**
   * A handle on what is written, which follows the write and belongs to the caller; only before
   * {@link #finish}.
   *
   * @throws IllegalStateException if the write is over
   * @throws UnsupportedOperationException if the authority cannot be read while it is written
   */
  StreamValue follow();

  /**
   * The end of the bytes. What it returns is what {@link Stack#stage} would have: for {@link
   * Stack#put} or {@link Stack#compareAndSet}, and then for {@link Stack#discard}.
   *
   * @throws io.terrace.TierUnavailableException if the authority fails; the writer is aborted
   */
  V finish();

  /** Drops what was written; no effect after {@link #finish}. Idempotent, from any thread. */
  void abort();
}
