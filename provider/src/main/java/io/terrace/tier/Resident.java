package io.terrace.tier;

/**
 * A decoded value on the heap with what its header says. Immutable but for the deadline, which an
 * access may move; instances are compared by identity, so that one stands for one committed write.
 */
public final class Resident<V> {
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

  public V value() {
    return value;
  }

  public long version() {
    return version;
  }

  public long createdAtMillis() {
    return createdAtMillis;
  }

  public long expiresAtMillis() {
    return expiresAtMillis;
  }

  public long leavesAtMillis() {
    return leavesAtMillis;
  }

  /** Moves the deadline, as an access under an expiry policy does. */
  public void expireAt(long newExpiresAtMillis) {
    expiresAtMillis = newExpiresAtMillis;
  }

  /** Whether it may be served at any time, so that nobody need look at the clock. */
  public boolean isTimeless() {
    return expiresAtMillis == EntryHeader.NEVER && leavesAtMillis == EntryHeader.NEVER;
  }

  /** Whether the entry may no longer be served at {@code nowMillis}. */
  public boolean isExpiredAt(long nowMillis) {
    return expiresAtMillis <= nowMillis;
  }

  /** Whether this copy may no longer be served at {@code nowMillis}. */
  public boolean isOverAt(long nowMillis) {
    return expiresAtMillis <= nowMillis || leavesAtMillis <= nowMillis;
  }

  public boolean isShareable() {
    return shareable;
  }
}
