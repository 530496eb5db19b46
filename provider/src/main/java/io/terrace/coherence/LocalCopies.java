package io.terrace.coherence;

import io.terrace.PurgeMode;
import io.terrace.tier.EntryKey;
import java.time.Duration;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What the local tiers of a cache hold of its shared tier. When a method returns, no copy that it
 * speaks of is served any more or is still on its way up. None fails: a tier that cannot follow
 * answers nothing until it can. Called by one thread at a time.
 */
public interface LocalCopies {

  /** Drops copies of a key that another process changed, if they are older than this version. */
  void invalidate(EntryKey key, long version);

  /**
   * As {@link #invalidate} for a change of this process, whose copies of that very version stay. It
   * may have ended before its copies followed, or have lost the answer to the change.
   */
  void confirm(EntryKey key, long version);

  /** Drops all copies. */
  void clear();

  /** Drops copies with this tag, or makes them stale, up to a version. */
  void purgeTag(String tag, PurgeMode mode, long throughVersion);

  /**
   * Nobody knows what changed in these partitions: drops copies, or serves them only after they
   * were compared with the shared tier.
   */
  void distrust(BitSet partitions);

  /**
   * Serves decoded copies no longer than that without comparing them with the shared tier; null for
   * no limit. No effect where there are none.
   */
  default void limitAge(@Nullable Duration limit) {}

  /** Partitions of which copies are left that still have to be compared. */
  BitSet distrusted();

  /** Keeps a mark beside the copies that outlive the process, as durable as they are. */
  void mark(byte[] mark);

  /** The last mark, or null if there is none. */
  byte @Nullable [] mark();
}
