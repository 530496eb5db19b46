package io.terrace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A value on its way into a cache, written by its user; got from {@link TieredCache#openWrite}.
 * Ends in {@link #commit} or {@link #abort}; closing it without a commit aborts. Until the commit
 * the key holds what it held. Single owner, not thread safe.
 */
public interface StreamWriter extends WritableByteChannel {

  /** How a commit ended. */
  enum Outcome {
    /** The entry is there, or its deadline had passed as it began. */
    COMMITTED,
    /** The key was purged or removed since the write began, which undid it: nothing was stored. */
    PURGED
  }

  /**
   * Writes all remaining bytes; blocks for the lowest tier.
   *
   * @throws EntryTooLargeException once the value is over the limit of the lowest tier
   * @throws TierUnavailableException if the lowest tier fails; the write is aborted
   */
  @Override
  int write(ByteBuffer source) throws IOException;

  /** This writer as a stream, whose {@code close} closes the writer: commit before it. */
  OutputStream outputStream();

  /**
   * The value while it is written, as for a reader that joins the write, whatever {@code
   * stream.join-writes} says. Reads block where nothing is written yet; they end once the value is
   * committed and fail if it is not. May be called any number of times; each handle has an owner of
   * its own, in any thread, who closes it.
   *
   * @throws IllegalStateException if the write is over: committed, aborted or failed
   * @throws UnsupportedOperationException if the lowest tier cannot be read while it is written
   */
  StreamValue follow();

  /**
   * Says until when the value lives, instead of the expiry policy: see {@link
   * StreamValue#withDeadline}. The last word before the commit counts.
   *
   * @param millis UTC milliseconds, {@link Long#MAX_VALUE} for an entry that never expires
   * @throws IllegalStateException if the write is over: committed, aborted or failed
   */
  void setDeadline(long millis);

  /**
   * Makes the value the entry of its key. It lives as the expiry policy says from now on, unless
   * {@link #setDeadline} said something else.
   *
   * @throws TierUnavailableException if the lowest tier fails; nothing was stored
   */
  Outcome commit();

  /**
   * Drops what was written; who follows it gets an {@link IOException} that says so. Idempotent.
   */
  void abort();

  /** Aborts unless it was committed. */
  @Override
  void close();
}
