package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.coherence.Coherence.ChangeListener;
import io.terrace.coherence.LocalCopies;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.SharedTier;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How a stack follows what other processes change, if its authority is one that they share. */
interface Sharing {

  /** Of a stack that shares nothing. */
  Sharing NONE = (tiers, locals, copies, clock) -> null;

  /** The authority, shared; null if it is not. */
  @Nullable SharedAuthority of(
      ByteTiers tiers, LocalTiers locals, LocalCopies copies, InstantSource clock);

  /**
   * By these settings.
   *
   * @param threads made only if there is something to share, more than one if need be
   * @param changes hears what other processes change
   */
  static Sharing by(
      CoherenceSettings settings, Supplier<CoherenceThread> threads, ChangeListener changes) {
    return (tiers, locals, copies, clock) -> {
      if (!(tiers.authority() instanceof SharedTier tier)) {
        return null;
      }
      CopyTrust trust;
      if (tier instanceof ToldAuthority told) {
        trust =
            new ToldCopies(
                told, locals, copies, changes, settings, threads.get(), threads.get(), clock);
      } else if (tier instanceof CoherentTier coherent) {
        trust =
            new FollowedCopies(
                coherent, coherent, locals, copies, changes, settings, threads.get(), clock);
      } else {
        trust = new AgedCopies(tier, locals, settings, clock);
      }
      return new SharedAuthority(tier, trust, settings);
    };
  }
}
