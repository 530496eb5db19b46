package io.terrace.jcache;

import io.terrace.StreamValue;
import io.terrace.tier.EntryHeader;
import java.time.InstantSource;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The expiry of one cache: what its policy says, or the stream that is stored, as deadlines in UTC
 * milliseconds. Thread safe if the policy is.
 *
 * <p>The standard's own policies say the same for ever, so they are asked only once; any other is
 * asked for every operation. A policy that fails is taken to say what costs no data: no deadline
 * for a new entry, no change for another.
 */
final class Deadlines {
  /** The deadline of an entry that is over as it begins, and must not be stored. */
  static final long OVER = 0;

  private static final long UNCHANGED = -1;

  private final InstantSource clock;
  private final @Nullable ExpiryPolicy asked;
  private final long creationMillis;
  private final long accessMillis;
  private final long updateMillis;

  Deadlines(ExpiryPolicy policy, InstantSource clock) {
    this.clock = clock;
    if (isConstant(policy)) {
      asked = null;
      creationMillis = orEternal(millis(policy.getExpiryForCreation()));
      accessMillis = millis(policy.getExpiryForAccess());
      updateMillis = millis(policy.getExpiryForUpdate());
    } else {
      asked = policy;
      creationMillis = UNCHANGED;
      accessMillis = UNCHANGED;
      updateMillis = UNCHANGED;
    }
  }

  private static boolean isConstant(ExpiryPolicy policy) {
    Class<?> type = policy.getClass();
    return type == EternalExpiryPolicy.class
        || type == CreatedExpiryPolicy.class
        || type == ModifiedExpiryPolicy.class
        || type == AccessedExpiryPolicy.class
        || type == TouchedExpiryPolicy.class;
  }

  /** Whether a read has to ask {@link #onAccess}. */
  boolean moveOnAccess() {
    return asked != null || accessMillis != UNCHANGED;
  }

  /** Whether new and replaced entries get the same deadline, and one that lies ahead. */
  boolean ignorePrevious() {
    if (asked != null || creationMillis == 0) {
      return false;
    }
    return creationMillis == updateMillis || (creationMillis == EntryHeader.NEVER && isNeutral());
  }

  /** Whether a new entry with this value is over as it begins, whenever that is. */
  boolean storeNothing(Object value) {
    return said(value) == null && asked == null && creationMillis == 0;
  }

  /** Whether neither reads nor updates put an end to an eternal entry. */
  private boolean isNeutral() {
    return (updateMillis == UNCHANGED || updateMillis == EntryHeader.NEVER)
        && (accessMillis == UNCHANGED || accessMillis == EntryHeader.NEVER);
  }

  /**
   * The deadline of a new entry, which its value may say itself; {@link #OVER} if there is nothing
   * to store.
   */
  long onCreation(Object value) {
    Long said = said(value);
    return said == null ? onCreation() : notPast(said);
  }

  /** The deadline that a stream was given by its user, or null. */
  private static @Nullable Long said(Object value) {
    return value instanceof StreamValue stream ? stream.deadlineMillis() : null;
  }

  private long notPast(long deadlineMillis) {
    return deadlineMillis <= clock.millis() ? OVER : deadlineMillis;
  }

  /**
   * The deadline of a new entry whose value says none; {@link #OVER} if nothing is to be stored.
   */
  long onCreation() {
    long lifeMillis = asked == null ? creationMillis : orEternal(ask(asked, Moment.CREATION));
    return deadline(lifeMillis, EntryHeader.NEVER);
  }

  /**
   * The deadline of an entry whose value is replaced; {@link #OVER} if it ends with that.
   *
   * @param value the new one, which may say its deadline itself
   * @param currentMillis its deadline so far
   */
  long onUpdate(Object value, long currentMillis) {
    Long said = said(value);
    if (said != null) {
      return notPast(said);
    }
    return deadline(asked == null ? updateMillis : ask(asked, Moment.UPDATE), currentMillis);
  }

  /**
   * The deadline of an entry that is read; {@link #OVER} if it ends with that.
   *
   * @param currentMillis its deadline so far
   */
  long onAccess(long currentMillis) {
    return deadline(asked == null ? accessMillis : ask(asked, Moment.ACCESS), currentMillis);
  }

  private long deadline(long lifeMillis, long currentMillis) {
    if (lifeMillis == UNCHANGED) {
      return currentMillis;
    }
    if (lifeMillis == EntryHeader.NEVER) {
      return EntryHeader.NEVER;
    }
    if (lifeMillis == 0) {
      return OVER;
    }
    long deadline = clock.millis() + lifeMillis;
    return deadline < 0 ? EntryHeader.NEVER : deadline;
  }

  private enum Moment {
    CREATION,
    ACCESS,
    UPDATE
  }

  private static long ask(ExpiryPolicy policy, Moment moment) {
    try {
      return millis(
          switch (moment) {
            case CREATION -> policy.getExpiryForCreation();
            case ACCESS -> policy.getExpiryForAccess();
            case UPDATE -> policy.getExpiryForUpdate();
          });
    } catch (RuntimeException e) {
      return UNCHANGED; // the standard leaves the default to the provider
    }
  }

  private static long millis(@Nullable Duration duration) {
    if (duration == null) {
      return UNCHANGED;
    }
    return duration.isEternal()
        ? EntryHeader.NEVER
        : duration.getTimeUnit().toMillis(duration.getDurationAmount());
  }

  private static long orEternal(long millis) {
    return millis == UNCHANGED ? EntryHeader.NEVER : millis;
  }
}
