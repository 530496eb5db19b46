package io.terrace.tier;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A body on its way into a tier. Ends in one commit or in {@link #abort}; {@link #close} without a
 * commit aborts and leaves no bytes behind. Nothing is visible before the commit, and the commit is
 * atomic. A refused commit changes nothing: the handle may be amended and committed again. Single
 * owner, not thread safe.
 */
public interface WriteHandle extends Closeable {

  /**
   * Appends all remaining bytes of {@code chunk}, which the caller may reuse afterwards.
   *
   * @throws EntryTooLargeForTierException once the entry cannot be admitted; the handle is aborted
   */
  void write(ByteBuffer chunk) throws IOException;

  /**
   * Replaces what was said when the write was opened by what is known now that the body is there:
   * times, metadata, digest and condition. Key, codec and, where it was given, the length stay.
   *
   * @throws EntryTooLargeForTierException if the metadata are over a limit; the handle is aborted
   */
  void amend(EntryHeader header, Condition condition) throws IOException;

  /**
   * A reading of the body while it is written, from its beginning. It blocks where nothing is
   * written yet and ends when the write was committed; if the write is aborted, it fails. It stays
   * readable to its end whatever becomes of the entry. May be called, and used, from any thread.
   *
   * @throws UnsupportedOperationException unless {@link TierCapabilities#canFollow}
   * @throws IOException if the write was aborted
   */
  ReadHandle follow() throws IOException;

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
