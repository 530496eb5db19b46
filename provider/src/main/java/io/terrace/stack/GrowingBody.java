package io.terrace.stack;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;

/**
 * What others know of a write in progress: they may follow it, and undo it before it is committed.
 * Apart from the {@link StagedStream} of the writer, so that one who forgets it is found out.
 * Thread safe.
 */
final class GrowingBody {
  private final WriteHandle out;
  private final StagedStream.UndoneBy undoneBy;
  private final boolean canFollow;
  private volatile EntryHeader header;
  private volatile boolean purged;
  private volatile boolean committed;
  private volatile boolean over;

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
    return out.follow();
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

  /** Nobody can follow it any more. */
  void end() {
    over = true;
  }
}
