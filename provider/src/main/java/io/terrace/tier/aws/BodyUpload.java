package io.terrace.tier.aws;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A body on its way into S3, under a name that nobody refers to yet. Ends in one {@link #complete}
 * or in {@link #close}, which then aborts. All methods block while S3 is asked, within its
 * time-outs. Single owner, not thread safe.
 */
interface BodyUpload extends Closeable {

  /**
   * Appends all remaining bytes of {@code chunk}, which the caller may reuse afterwards.
   *
   * @throws IOException if this or an earlier part of the body could not be stored; the upload is
   *     aborted
   * @throws IllegalStateException after {@link #complete} or {@link #close}
   */
  void write(ByteBuffer chunk) throws IOException;

  /**
   * Makes the object of all that was written; once this returns it can be read.
   *
   * @throws IOException if S3 did not confirm it; the upload is aborted
   * @throws IllegalStateException after {@link #complete} or {@link #close}
   */
  void complete() throws IOException;

  /** Drops what was written: no object and no part of one is left. No effect once it has ended. */
  @Override
  void close();
}
