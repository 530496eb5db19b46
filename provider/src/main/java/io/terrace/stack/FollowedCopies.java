package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.CoherenceStatistics;
import io.terrace.coherence.Coherence;
import io.terrace.coherence.Coherence.ChangeListener;
import io.terrace.coherence.LocalCopies;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.EntryKey;
import io.terrace.tier.SharedTier;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Copies above a shared authority that follow what is told of its changes. */
final class FollowedCopies implements CopyTrust {
  private static final System.Logger LOGGER = System.getLogger(FollowedCopies.class.getName());

  private final CoherentTier tier;
  private final CoherenceSettings settings;
  private final Coherence coherence;
  private final LocalTiers locals;
  private final CoherenceThread thread;

  /**
   * @param tier tells of the changes
   * @param authority what copies are compared with, which is the same or below
   */
  FollowedCopies(
      CoherentTier tier,
      SharedTier authority,
      LocalTiers locals,
      LocalCopies copies,
      ChangeListener changes,
      CoherenceSettings settings,
      CoherenceThread thread,
      InstantSource clock) {
    this.tier = tier;
    this.settings = settings;
    this.locals = locals;
    this.thread = thread;
    this.coherence =
        new Coherence(tier, copies, changes, settings, thread.nanoClock(), thread.worker());
    for (OptionalTier local : locals.all()) {
      local.followBy(
          new UnverifiedCopies(
              new CopyComparison(local.tier(), authority),
              tier,
              coherence,
              clock,
              thread.walker(),
              () -> thread.worker().execute(() -> copies.distrust(new BitSet()))));
    }
  }

  /**
   * Asks the shared tier once, so that copies are served from the beginning if it answers. If this
   * fails, it is closed.
   */
  @Override
  public void start() {
    start(this::beat);
  }

  /** As {@link #start}, with another beat, which has to call {@link #beat}. */
  void start(Runnable beat) {
    boolean started = false;
    try {
      beat.run(); // nothing runs in the worker yet
      coherence.start();
      thread.repeat(beat, settings.heartbeat());
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  /** In the worker only. */
  void beat() {
    coherence.beat();
    for (OptionalTier local : locals.all()) {
      local.goOnVerifying();
    }
  }

  @Override
  public boolean trusts(EntryKey key) {
    return coherence.isSettled() || coherence.trusts(tier.partitionOf(key));
  }

  @Override
  public boolean isSettled() {
    return coherence.isSettled();
  }

  @Override
  public @Nullable Duration ageLimit() {
    return null;
  }

  @Override
  public CoherenceStatistics statistics() {
    return coherence.statistics();
  }

  @Override
  public void close() {
    try {
      coherence.close();
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "a subscription was not closed in good order", e);
    }
    thread.close();
  }
}
