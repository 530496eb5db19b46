package io.terrace.stack;

import io.terrace.AbortReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way into one tier above the authority, written in line. Whatever goes wrong ends
 * the lane and nothing else (I2): the tier then is left without the key, never with a part of the
 * body or an older one. Single owner, not thread safe.
 */
class Lane {
  private final OptionalTier tier;
  private final EntryHeader header;
  private @Nullable WriteHandle out;
  private @Nullable AbortReason aborted;
  private boolean committed;

  Lane(OptionalTier tier, EntryHeader header) {
    this.tier = tier;
    this.header = header;
    try {
      if (header.bodyLength() > tier.maxEntryBytes()) {
        aborted = AbortReason.OVERSIZE;
      } else {
        out = tier.openWrite(header);
      }
    } catch (IOException | RuntimeException e) {
      aborted = reason(e);
    }
  }

  OptionalTier tier() {
    return tier;
  }

  /** Takes the bytes, or ends the lane; the caller may reuse the buffer afterwards. */
  void write(ByteBuffer bytes) {
    if (out == null) {
      return;
    }
    try {
      out.write(bytes.duplicate());
    } catch (IOException | RuntimeException e) {
      abort(reason(e));
    }
  }

  private static AbortReason reason(Exception e) {
    return e instanceof EntryTooLargeForTierException ? AbortReason.OVERSIZE : AbortReason.FAILED;
  }

  /** Ends the lane without a commit, if it had not ended before. */
  void abort(AbortReason reason) {
    if (out != null) {
      aborted = reason;
      out.abort();
      out = null;
    }
  }

  /**
   * Makes the entry visible in the tier if every byte went through and the tier holds nothing
   * newer; otherwise takes an older copy of the key out of it.
   *
   * @param current the header under the version of the authority
   */
  void commit(EntryHeader current) {
    if (out != null) {
      try {
        out.amend(current, Condition.olderThan(current.version()));
        CommitResult result = out.commitAs(current.version());
        out.abort();
        out = null;
        if (result instanceof CommitResult.Committed) {
          tier.counters.promotions.increment();
          committed = true;
          return;
        }
        aborted = AbortReason.SUPERSEDED;
      } catch (IOException | RuntimeException e) {
        abort(reason(e));
      }
    }
    count();
    if (aborted != AbortReason.SUPERSEDED) {
      tier.purgeThrough(header.key(), current.version());
    }
  }

  boolean isCommitted() {
    return committed;
  }

  /** Counts the reason why nothing was committed. */
  void count() {
    if (aborted != null) {
      tier.counters.aborted(aborted);
    }
  }
}
