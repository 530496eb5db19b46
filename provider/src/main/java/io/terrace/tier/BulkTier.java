package io.terrace.tier;

import io.terrace.PurgeReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tier that answers for many keys in less time than one after the other takes. Each key is read
 * or changed for itself: what fails stops no other. Thread safe; blocks for the tier's time-outs,
 * once for each round trip.
 */
public interface BulkTier extends Tier {

  /**
   * Looks many keys up in few round trips.
   *
   * @return an answer for each key, in their order
   */
  List<Lookup> lookupAll(List<EntryKey> keys);

  /**
   * Writes many entries in few round trips, or several at a time. Each is a change of its own, as
   * {@link #openWrite} with one chunk would make it; those of one key are made in their order.
   *
   * @return a result for each write, in their order; an {@link IOException} for what failed
   */
  List<WriteResult> writeAll(List<WholeWrite> writes);

  /**
   * Purges many keys in few round trips, or several at a time.
   *
   * @return a result for each key, in their order, which is {@link CommitResult.Committed} with the
   *     version that was removed, or {@link CommitResult.Refused} if the key was not there
   */
  List<WriteResult> purgeAll(List<EntryKey> keys, PurgeReason reason);

  /**
   * One entry of {@link #writeAll}.
   *
   * @param body the whole body; read without moving its position
   */
  record WholeWrite(EntryHeader header, ByteBuffer body, Condition condition) {}

  /** What became of one entry. */
  sealed interface WriteResult {
    /** It was done, or refused. */
    record Done(CommitResult result) implements WriteResult {}

    /** It failed; what the tier holds is not known if the failure came at the commit. */
    record Failed(IOException cause) implements WriteResult {}
  }
}
