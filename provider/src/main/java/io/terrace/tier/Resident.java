package io.terrace.tier;

import io.terrace.Freshness;
import io.terrace.Metadata;

/**
 * A decoded value on the heap with what its header says. Immutable but for the deadline, which an
 * access may move; instances are compared by identity, so that one stands for one committed write,
 * or for one change of what is said of it.
 *
 * <p>Few entries have metadata or are stale. Those are of a subclass, so that the others neither
 * have room for it nor look at it: an entry with such a label is never {@link #isTimeless
 * timeless}, which sends whoever meets it to the place where labels are looked at.
 */
public sealed class Resident<V> permits LabelledResident {
  /**
   * The creation time of an entry of a heap alone that nothing ends: to look at the clock would
   * cost a good part of the write.
   */
  public static final long NOT_RECORDED = 0;

  private final V value;
  private final long version;
  private final long createdAtMillis;
  private final long leavesAtMillis;
  private final boolean shareable;
  private volatile long expiresAtMillis;

  /**
   * @param value owned by the cache: nobody outside changes it
   * @param version as the authority assigned it
   * @param createdAtMillis UTC milliseconds, or {@link #NOT_RECORDED}
   * @param expiresAtMillis UTC milliseconds, {@link EntryHeader#NEVER} for an eternal entry
   * @param leavesAtMillis when this copy has to leave the heap at the latest, though the entry
   *     lives on below; {@link EntryHeader#NEVER} if it may stay
   * @param shareable whether the value may be handed to users without a copy
   */
  public Resident(
      V value,
      long version,
      long createdAtMillis,
      long expiresAtMillis,
      long leavesAtMillis,
      boolean shareable) {
    this.value = value;
    this.version = version;
    this.createdAtMillis = createdAtMillis;
    this.expiresAtMillis = expiresAtMillis;
    this.leavesAtMillis = leavesAtMillis;
    this.shareable = shareable;
  }

  public final V value() {
    return value;
  }

  public final long version() {
    return version;
  }

  public final long createdAtMillis() {
    return createdAtMillis;
  }

  public final long expiresAtMillis() {
    return expiresAtMillis;
  }

  public final long leavesAtMillis() {
    return leavesAtMillis;
  }

  /** Moves the deadline, as an access under an expiry policy does. */
  public final void expireAt(long newExpiresAtMillis) {
    expiresAtMillis = newExpiresAtMillis;
  }

  /** Whether it may be served at any time, so that nobody need look at the clock. */
  public final boolean isTimeless() {
    return expiresAtMillis == EntryHeader.NEVER && leavesAtMillis == EntryHeader.NEVER;
  }

  /** Whether the entry may no longer be served at {@code nowMillis}. */
  public final boolean isExpiredAt(long nowMillis) {
    return expiresAtMillis <= nowMillis;
  }

  /** Whether this copy may no longer be served at {@code nowMillis}. */
  public final boolean isOverAt(long nowMillis) {
    return expiresAtMillis <= nowMillis || leavesAtMillis <= nowMillis;
  }

  public final boolean isShareable() {
    return shareable;
  }

  /** Whether there is more to say of it than that it is fresh. */
  public final boolean isLabelled() {
    return this instanceof LabelledResident;
  }

  /** What the user said of the entry. */
  public final Metadata metadata() {
    return this instanceof LabelledResident<?> labelled ? labelled.metadata : Metadata.NONE;
  }

  /** Whether a soft purge hit the entry, but for purges by tag that are not noted here yet. */
  public final Freshness freshness() {
    return this instanceof LabelledResident<?> labelled ? labelled.freshness : Freshness.FRESH;
  }

  /** The same with another time to leave. */
  public final Resident<V> staying(long newLeavesAtMillis) {
    return isLabelled()
        ? new LabelledResident<>(
            value,
            version,
            createdAtMillis,
            expiresAtMillis,
            newLeavesAtMillis,
            shareable,
            metadata(),
            freshness())
        : new Resident<>(
            value, version, createdAtMillis, expiresAtMillis, newLeavesAtMillis, shareable);
  }

  /** The same value and version with these around it; never longer in the heap than this one. */
  public final Resident<V> with(
      Metadata newMetadata, Freshness newFreshness, long newExpiresAtMillis) {
    long leavesAt = leavesAtMillis == LabelledResident.STAYS ? EntryHeader.NEVER : leavesAtMillis;
    return newMetadata.isEmpty() && newFreshness == Freshness.FRESH
        ? new Resident<>(value, version, createdAtMillis, newExpiresAtMillis, leavesAt, shareable)
        : new LabelledResident<>(
            value,
            version,
            createdAtMillis,
            newExpiresAtMillis,
            leavesAt,
            shareable,
            newMetadata,
            newFreshness);
  }
}
