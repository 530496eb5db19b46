package io.terrace.stack;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What others know of a write in progress: they may follow it, and undo it before it is committed.
 * Apart from the {@link StagedStream} of the writer, so that one who forgets it is found out.
 * Thread safe.
 */
final class GrowingBody {
  /** How long a follower waits to hear why a tier gave the write up, which its writer says next. */
  private static final long EXPLANATION_MILLIS = 1_000;

  private static final Failure ABORTED = new Failure("it was aborted", null);

  private final WriteHandle out;
  private final StagedStream.UndoneBy undoneBy;
  private final boolean canFollow;
  private volatile EntryHeader header;
  private volatile boolean purged;
  private volatile boolean committed;
  private volatile boolean over;

  /** Why nothing became of the write. */
  private final CompletableFuture<Failure> failure = new CompletableFuture<>();

  /**
   * Why nothing became of a write.
   *
   * @param cause null if nothing failed
   */
  private record Failure(String why, @Nullable Throwable cause) {}

  /**
   * @param canFollow whether the authority's writes can be read while they are in progress
   */
  GrowingBody(
      EntryHeader header, WriteHandle out, StagedStream.UndoneBy undoneBy, boolean canFollow) {
    this.header = header;
    this.out = out;
    this.undoneBy = undoneBy;
    this.canFollow = canFollow;
  }

  /** The header as far as it is known. */
  EntryHeader header() {
    return header;
  }

  void setHeader(EntryHeader newHeader) {
    header = newHeader;
  }

  /** Whether a reader may follow the write. */
  boolean canBeFollowed() {
    return canFollow && !over && !purged;
  }

  ReadHandle follow() throws IOException {
    return new FollowedWrite(out.follow(), this);
  }

  /** What a follower is told whose reading failed: why the write came to nothing, if it did. */
  IOException explain(IOException ofTier) {
    Failure known = failure.getNow(null);
    if (known == null && isAborted()) {
      known = failure.completeOnTimeout(ABORTED, EXPLANATION_MILLIS, TimeUnit.MILLISECONDS).join();
    }
    if (known == null) {
      return ofTier;
    }
    return new IOException(
        "the write of entry " + header.key().digest() + " came to nothing: " + known.why(),
        known.cause() == null ? ofTier : known.cause());
  }

  /** Whether the tier gave the write up, of which its writer may not have heard yet. */
  private boolean isAborted() {
    try {
      out.follow().close();
      return false;
    } catch (IOException e) {
      return !committed;
    }
  }

  /** A purge undoes the write, unless it is committed. */
  void markPurged() {
    purged = true;
  }

  /** A removal undoes the write, if removals do. */
  void markRemoved() {
    if (undoneBy != StagedStream.UndoneBy.PURGES) {
      purged = true;
    }
  }

  /** Another write of the key undoes this one, if writes do. */
  void markReplaced() {
    if (isUndoneByWrites()) {
      purged = true;
    }
  }

  boolean isUndoneByWrites() {
    return undoneBy == StagedStream.UndoneBy.ALL_CHANGES;
  }

  /** Whether the write was undone; no purge undoes what is committed. */
  boolean isPurged() {
    return purged && !committed;
  }

  void markCommitted() {
    committed = true;
    over = true;
  }

  /**
   * Says why nothing becomes of the write, before it is aborted; no effect if it is committed, or
   * somebody said why.
   *
   * @param cause null if nothing failed
   */
  void fail(String why, @Nullable Throwable cause) {
    if (!committed) {
      boolean unused = failure.complete(new Failure(why, cause));
    }
  }

  /** Nobody can follow it any more. */
  void end() {
    fail(purged ? "its key was written, removed or purged meanwhile" : "it was given up", null);
    over = true;
  }
}
