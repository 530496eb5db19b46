package io.terrace.stack;

import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of many keys of a {@link ToldAuthority}, each announced for itself. Single owner, not
 * thread safe.
 */
final class ToldBatch {

  /**
   * A change that began.
   *
   * @param announcement null for one that needs none, or that failed before it was made
   */
  private record Begun(
      EntryKey key,
      Condition condition,
      @Nullable Long announcement,
      @Nullable IOException failure) {}

  /** How an announcement ends whose change was made, or refused. */
  interface Ending {
    void end(EntryKey key, CommitResult result, long announcement) throws IOException;
  }

  private final ToldAuthority authority;
  private final List<Begun> all = new ArrayList<>();

  ToldBatch(ToldAuthority authority) {
    this.authority = authority;
  }

  /** Whether the change may be made. */
  boolean begin(EntryKey key, Condition condition) {
    Long announcement = null;
    IOException failure = null;
    try {
      if (ToldAuthority.isAnnounced(condition)) {
        announcement = authority.copies().announce(key);
      }
    } catch (IOException e) {
      failure = e;
    }
    all.add(new Begun(key, condition, announcement, failure));
    return failure == null;
  }

  /**
   * The results of all.
   *
   * @param made those of the changes that were made, in their order
   */
  List<WriteResult> end(List<WriteResult> made, Ending ending) {
    List<WriteResult> results = new ArrayList<>(all.size());
    int next = 0;
    for (Begun one : all) {
      IOException failure = one.failure();
      results.add(
          failure == null ? end(one, made.get(next++), ending) : new WriteResult.Failed(failure));
    }
    return results;
  }

  private WriteResult end(Begun one, WriteResult result, Ending ending) {
    Long announcement = one.announcement();
    try {
      if (announcement == null) {
        if (result instanceof WriteResult.Done done
            && done.result() instanceof CommitResult.Committed committed) {
          authority.filledIn(one.key(), one.condition(), committed.version());
        }
      } else if (result instanceof WriteResult.Done done) {
        ending.end(one.key(), done.result(), announcement);
      } else if (result instanceof WriteResult.Failed failed
          && failed.cause() instanceof EntryTooLargeForTierException) {
        authority.copies().settle(one.key(), announcement);
      }
      return result;
    } catch (IOException e) {
      return new WriteResult.Failed(e);
    }
  }
}
