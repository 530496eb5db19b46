package io.terrace.tier;

import io.terrace.PurgeReason;

/** Hears what a byte tier does on its own account. Called outside every lock; must not block. */
public interface TierListener {

  /** Hears nothing. */
  TierListener NONE = new Nobody();

  /** Whether anybody wants to hear, so that a tier need not read keys only to tell them. */
  default boolean isListening() {
    return this != NONE;
  }

  /**
   * An entry left the tier, unasked: for room, or for damage.
   *
   * @param tier the name of the tier
   * @param version the version that left
   */
  void left(String tier, EntryKey key, long version, PurgeReason reason);

  /** What hears nothing; a class of its own since a lambda would cost a first cache some time. */
  final class Nobody implements TierListener {
    private Nobody() {}

    @Override
    public void left(String tier, EntryKey key, long version, PurgeReason reason) {}
  }
}
