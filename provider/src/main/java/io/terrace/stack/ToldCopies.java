package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.CoherenceSettings.LostContact;
import io.terrace.CoherenceStatistics;
import io.terrace.coherence.Coherence.ChangeListener;
import io.terrace.coherence.LocalCopies;
import io.terrace.tier.EntryKey;
import io.terrace.tier.Lookup;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Copies above an authority whose changes another shared tier tells. They follow what it tells as
 * long as there is contact and everybody can tell; otherwise they are compared by age, as over an
 * authority that tells nothing. Whatever was copied then is compared before it is followed. Thread
 * safe.
 */
final class ToldCopies implements CopyTrust {
  private static final System.Logger LOGGER = System.getLogger(ToldCopies.class.getName());

  private final SharedCopies shared;
  private final LocalCopies copies;
  private final FollowedCopies followed;
  private final CoherenceSettings settings;
  private final CoherenceThread notices;
  private final Duration limit;
  private final BitSet all = new BitSet();

  /** Whether copies are served for their age, and not for what is told. */
  private volatile boolean aged = true;

  /**
   * @param changes where changes are told
   * @param notices where the notices of others are looked for
   */
  ToldCopies(
      ToldAuthority authority,
      LocalTiers locals,
      LocalCopies copies,
      ChangeListener listener,
      CoherenceSettings settings,
      CoherenceThread changes,
      CoherenceThread notices,
      InstantSource clock) {
    this.shared = authority.copies();
    this.copies = copies;
    this.settings = settings;
    this.notices = notices;
    this.limit = AgedCopies.limit(settings, locals);
    all.set(0, shared.tier().partitions());
    followed =
        new FollowedCopies(
            shared.tier(), authority, locals, copies, listener, settings, changes, clock);
    boolean servesStale = settings.onLostContact() == LostContact.SERVE_STALE;
    for (OptionalTier local : locals.all()) {
      CopyComparison comparison = new CopyComparison(local.tier(), authority);
      CopyVerifier aging = new AgingCopies(comparison, limit, settings.lease(), servesStale, clock);
      local.alsoVerifyBy(told -> new Verifier(told, aging));
    }
  }

  /** While copies are not followed, their age decides. */
  private final class Verifier implements CopyVerifier {
    private final CopyVerifier told;
    private final CopyVerifier aging;

    Verifier(CopyVerifier told, CopyVerifier aging) {
      this.told = told;
      this.aging = aging;
    }

    @Override
    public boolean isTrusted(EntryKey key) {
      return !aged && shared.isFollowed() && told.isTrusted(key);
    }

    @Override
    public Lookup check(Lookup.Hit hit, boolean trusted) {
      return (trusted || !aged ? told : aging).check(hit, trusted);
    }
  }

  @Override
  public void start() {
    boolean started = false;
    try {
      shared.untold().beat(); // nothing runs yet
      followed.start(this::beat);
      notices.repeat(shared.untold()::beat, settings.heartbeat());
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  /**
   * What was told until somebody took the last notice down has to be applied before copies are
   * followed: so the notices are looked at first.
   */
  private void beat() {
    boolean mayFollow = !shared.untold().areAround() && clearAfterLoss();
    followed.beat();
    boolean follows = mayFollow && !shared.untold().areAround() && followed.isSettled();
    if (follows == aged) {
      if (follows) {
        follow();
      } else {
        compareByAge();
      }
    }
  }

  private boolean clearAfterLoss() {
    try {
      shared.tier().clearAfterLoss();
      return true;
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "the shared copies cannot be trusted", e);
      return false;
    }
  }

  /** What was copied before, and what is on its way up now, is not to be followed. */
  private void follow() {
    copies.limitAge(null);
    copies.distrust(all);
    shared.followWhile(followed::isSettled);
    aged = false;
    copies.distrust(all);
  }

  private void compareByAge() {
    shared.followWhile(() -> false);
    copies.limitAge(limit);
    aged = true;
  }

  @Override
  public boolean trusts(EntryKey key) {
    return isSettled(); // copies are followed only while those of all keys are
  }

  @Override
  public boolean isSettled() {
    return aged || shared.isFollowed();
  }

  /** From the beginning until they are followed. */
  @Override
  public Duration ageLimit() {
    return limit;
  }

  @Override
  public @Nullable CoherenceStatistics statistics() {
    return followed.statistics();
  }

  @Override
  public void close() {
    notices.close();
    followed.close();
    shared.untold().end(); // no beat takes the notice down any more
  }
}
