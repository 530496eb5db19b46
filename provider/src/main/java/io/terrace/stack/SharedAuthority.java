package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.CoherenceStatistics;
import io.terrace.coherence.Coherence;
import io.terrace.coherence.Coherence.ChangeListener;
import io.terrace.coherence.LocalCopies;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.SharedTier;
import java.io.IOException;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;

/**
 * A shared tier as the authority of a stack: what is trusted of the copies above it, and who of all
 * processes loads what it does not have. Thread safe.
 */
final class SharedAuthority {
  private static final System.Logger LOGGER = System.getLogger(SharedAuthority.class.getName());
  private static final long FIRST_PAUSE_NANOS = 1_000_000;
  private static final long LONGEST_PAUSE_NANOS = 50_000_000;

  private final SharedTier tier;
  private final CoherenceSettings settings;
  private final Coherence coherence;
  private final LocalTiers locals;
  private final CoherenceThread thread;

  SharedAuthority(
      SharedTier tier,
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
      local.verifyBy(
          new UnverifiedCopies(
              local.tier(),
              tier,
              coherence,
              clock,
              thread.walker(),
              () -> thread.worker().execute(() -> copies.distrust(new BitSet()))));
    }
  }

  /**
   * Begins to follow what other processes change. Asks the shared tier once, for its time-outs at
   * most, so that copies are served from the beginning if it answers.
   */
  void start() {
    beat(); // nothing runs in the worker yet
    coherence.start();
    thread.repeat(this::beat, settings.heartbeat());
  }

  private void beat() {
    coherence.beat();
    for (OptionalTier local : locals.all()) {
      local.goOnVerifying();
    }
  }

  SharedTier tier() {
    return tier;
  }

  CoherenceStatistics statistics() {
    return coherence.statistics();
  }

  /** Whether a copy that this process holds may be served now. Never blocks. */
  boolean trusts(EntryKey key) {
    return coherence.isSettled() || coherence.trusts(tier.partitionOf(key));
  }

  /** Whether all copies that this process holds may be served now. Never blocks. */
  boolean isSettled() {
    return coherence.isSettled();
  }

  /**
   * Looks a key up for somebody who loads what is not there. While another process has the lease
   * this waits for what it stores, for two leases at most, and not if the thread is interrupted.
   *
   * @param waiting told that it waits, perhaps more than once
   * @return a hit, a lease, {@link LeaseAnswer.Taken} for who is to load without one, or that the
   *     tier cannot answer
   */
  LeaseAnswer lookupOrLease(EntryKey key, Runnable waiting) {
    long started = System.nanoTime();
    long patienceNanos = 2 * settings.loadLease().toNanos();
    long pause = FIRST_PAUSE_NANOS;
    while (true) {
      LeaseAnswer answer = tier.lookupOrLease(key, settings.loadLease());
      boolean waits = answer instanceof LeaseAnswer.Taken;
      if (!waits || System.nanoTime() - started > patienceNanos || isInterrupted()) {
        return answer;
      }
      waiting.run();
      LockSupport.parkNanos(this, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    }
  }

  private static boolean isInterrupted() {
    return Thread.currentThread().isInterrupted();
  }

  void close() {
    try {
      coherence.close();
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "a subscription was not closed in good order", e);
    }
    thread.close();
  }
}
