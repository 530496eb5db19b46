package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.CoherenceSettings.LostContact;
import io.terrace.CoherenceStatistics;
import io.terrace.tier.EntryKey;
import io.terrace.tier.SharedTier;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Copies above a shared authority that tells of no changes: they are served for a while, and then
 * compared before they are served again. A copy may be made of a copy in the tier below it; so that
 * the bound holds all the same, each local tier gets an equal part of it.
 */
final class AgedCopies implements CopyTrust {
  private final Duration limit;

  AgedCopies(SharedTier tier, LocalTiers locals, CoherenceSettings settings, InstantSource clock) {
    this.limit = limit(settings, locals);
    boolean servesStale = settings.onLostContact() == LostContact.SERVE_STALE;
    for (OptionalTier local : locals.all()) {
      CopyComparison comparison = new CopyComparison(local.tier(), tier);
      local.verifyBy(new AgingCopies(comparison, limit, settings.lease(), servesStale, clock));
    }
  }

  /** How long a copy is served without a comparison. */
  static Duration limit(CoherenceSettings settings, LocalTiers locals) {
    return settings.verifyAfter().dividedBy(Math.max(1, locals.count()));
  }

  @Override
  public void start() {}

  /** A copy that is too old is no hit of the heap. */
  @Override
  public boolean trusts(EntryKey key) {
    return true;
  }

  @Override
  public boolean isSettled() {
    return true;
  }

  @Override
  public Duration ageLimit() {
    return limit;
  }

  @Override
  public @Nullable CoherenceStatistics statistics() {
    return null;
  }

  @Override
  public void close() {}
}
