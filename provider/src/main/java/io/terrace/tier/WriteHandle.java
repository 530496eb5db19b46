package io.terrace.tier;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A body on its way into a tier. Ends in one commit or in {@link #abort}; {@link #close} without a
 * commit aborts and leaves no bytes behind. Nothing is visible before the commit, and the commit is
 * atomic. Single owner, not thread safe.
 */
public interface WriteHandle extends Closeable {

  /**
   * Appends all remaining bytes of {@code chunk}, which the caller may reuse afterwards.
   *
   * @throws EntryTooLargeForTierException once the entry cannot be admitted; the handle is aborted
   */
  void write(ByteBuffer chunk) throws IOException;

  /** Commits under a version that this tier assigns: larger than every one it ever gave the key. */
  CommitResult commit() throws IOException;

  /** Commits under the version the authority assigned. */
  CommitResult commitAs(long version) throws IOException;

  /** Drops what was written. No effect after a commit. */
  void abort();

  @Override
  default void close() {
    abort();
  }
}
