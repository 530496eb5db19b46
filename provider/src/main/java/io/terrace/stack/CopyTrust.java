package io.terrace.stack;

import io.terrace.CoherenceStatistics;
import io.terrace.tier.EntryKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Why copies above a shared authority may be served. Thread safe. */
interface CopyTrust extends AutoCloseable {

  /** Before the first question; blocks for the time-outs of the authority at most. */
  void start();

  /** Whether a copy in the heap may be served now. Never blocks. */
  boolean trusts(EntryKey key);

  /** Whether all copies in the heap may be served now. Never blocks. */
  boolean isSettled();

  /**
   * How long a copy in the heap is served without being compared; null if it is told of changes.
   */
  @Nullable Duration ageLimit();

  /** How the copies follow changes; null if nobody tells of any. */
  @Nullable CoherenceStatistics statistics();

  @Override
  void close();
}
