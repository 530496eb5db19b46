package io.terrace.tier.aws;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.TagEpochs;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What this process knows of clears and purges by tag: which entries are hidden though their items
 * are there. It only ever learns. Thread safe, without locks.
 */
final class Epochs {
  private final AtomicLong cleared = new AtomicLong(EntryHeader.UNASSIGNED);
  private final AtomicLong floor = new AtomicLong(EntryHeader.UNASSIGNED);
  private final TagEpochs tags = new TagEpochs();

  /** Entries up to this version are gone. */
  void cleared(long throughVersion) {
    cleared.accumulateAndGet(throughVersion, Math::max);
    floor.accumulateAndGet(throughVersion, Math::max);
  }

  /** Entries with this tag up to a version are gone, or stale. */
  void purged(String tag, PurgeMode mode, long throughVersion) {
    tags.purge(tag, mode, throughVersion);
    if (mode == PurgeMode.HARD) {
      floor.accumulateAndGet(throughVersion, Math::max);
    }
  }

  /** The version through which everything was cleared. */
  long clearedThrough() {
    return cleared.get();
  }

  /** A version above which nothing is hidden. */
  long floor() {
    return floor.get();
  }

  /** Whether there was a clear, or a purge of one of these tags, since this version was given. */
  boolean changedSince(long version, Metadata metadata) {
    return version <= cleared.get()
        || tags.seen(metadata, version, Freshness.FRESH) != Freshness.FRESH;
  }

  /** The header as it is to be seen: itself, stale, or null if the entry is hidden. */
  @Nullable EntryHeader seen(EntryHeader header) {
    return header.version() <= cleared.get() ? null : tags.seen(header);
  }
}
