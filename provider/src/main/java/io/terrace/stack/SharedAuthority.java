package io.terrace.stack;

import io.terrace.CoherenceSettings;
import io.terrace.CoherenceSettings.LostContact;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.SharedTier;
import java.util.concurrent.locks.LockSupport;

/**
 * A shared tier as the authority of a stack: what is trusted of the copies above it, and who of all
 * processes loads what it does not have. Thread safe.
 */
final class SharedAuthority {
  private static final long FIRST_PAUSE_NANOS = 1_000_000;
  private static final long LONGEST_PAUSE_NANOS = 50_000_000;

  private final SharedTier tier;
  private final CoherenceSettings settings;
  private final CopyTrust trust;

  SharedAuthority(SharedTier tier, CopyTrust trust, CoherenceSettings settings) {
    this.tier = tier;
    this.trust = trust;
    this.settings = settings;
  }

  SharedTier tier() {
    return tier;
  }

  /** Why copies above it may be served. */
  CopyTrust trust() {
    return trust;
  }

  /**
   * Whether a copy may be served that cannot be compared, as there is no answer.
   *
   * @param comparedAtMillis when it was compared last, in UTC milliseconds
   */
  boolean servesUncompared(long comparedAtMillis, long nowMillis) {
    long age = nowMillis - comparedAtMillis;
    return settings.onLostContact() == LostContact.SERVE_STALE
        || (age >= 0 && age < settings.lease().toMillis());
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
    LeaseAnswer answer = tier.lookupOrLease(key, settings.loadLease());
    if (tier instanceof ToldAuthority told) {
      answer = told.orFound(key, answer);
    }
    while (true) {
      boolean waits =
          answer instanceof LeaseAnswer.Taken || answer instanceof LeaseAnswer.Announced;
      if (!waits || System.nanoTime() - started > patienceNanos || isInterrupted()) {
        return answer;
      }
      waiting.run();
      LockSupport.parkNanos(this, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
      answer = tier.lookupOrLease(key, settings.loadLease());
    }
  }

  private static boolean isInterrupted() {
    return Thread.currentThread().isInterrupted();
  }
}
