package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.Lookup;
import io.terrace.tier.SharedTier;
import io.terrace.tier.SkipReason;
import io.terrace.tier.Tier;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Compares copies of a local tier with a shared one, and drops what differs. Thread safe. */
final class CopyComparison {
  private final Tier local;
  private final SharedTier shared;

  CopyComparison(Tier local, SharedTier shared) {
    this.local = local;
    this.shared = shared;
  }

  Tier local() {
    return local;
  }

  /** Null if the copy is as the shared tier has it; skipped if nobody can say; or else a miss. */
  @Nullable Lookup compare(EntryHeader copy) {
    Lookup there = shared.lookupHeader(copy.key());
    if (there instanceof Lookup.Skipped) {
      return there;
    }
    if (there instanceof Lookup.Hit hit) {
      hit.body().close();
      if (isSame(copy, hit.header())) {
        return null;
      }
    }
    return drop(copy);
  }

  /** A miss, once the copy is gone; skipped if it could not be dropped. */
  Lookup drop(EntryHeader copy) {
    try {
      Condition same = Condition.versionIs(copy.version());
      boolean unused = local.purge(copy.key(), PurgeReason.INVALIDATION, same);
      return Lookup.MISS;
    } catch (IOException e) {
      return new Lookup.Skipped(SkipReason.FAILED, "an outdated copy could not be purged");
    }
  }

  private static boolean isSame(EntryHeader copy, EntryHeader there) {
    return copy.version() == there.version()
        && copy.expiresAtMillis() <= there.expiresAtMillis()
        && copy.freshness() == there.freshness()
        && copy.metadata().equals(there.metadata());
  }
}
