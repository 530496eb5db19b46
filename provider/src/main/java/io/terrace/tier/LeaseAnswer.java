package io.terrace.tier;

/** The answer to {@link SharedTier#lookupOrLease}. Whoever receives a hit owns and closes it. */
public sealed interface LeaseAnswer {

  /**
   * The tier holds the key.
   *
   * @param mayCopy whether what was found may be copied into other tiers
   */
  record Found(Lookup.Hit hit, boolean mayCopy) implements LeaseAnswer {
    public Found(Lookup.Hit hit) {
      this(hit, true);
    }
  }

  /**
   * The key is absent, and the caller alone may fill it, under {@link Condition#leased}.
   *
   * @param lease its number; never 0
   */
  record Granted(long lease) implements LeaseAnswer {}

  /**
   * The key is absent, and somebody else has the lease.
   *
   * @param leftMillis when it is over at the latest, from now
   */
  record Taken(long leftMillis) implements LeaseAnswer {}

  /**
   * The key is absent, and a change of it is under way in the tier below: nothing that is read
   * there may be kept. Of {@link CoherentTier}s only.
   *
   * @param leftMillis when that is over at the latest, from now; at least 1
   */
  record Announced(long leftMillis) implements LeaseAnswer {}

  /** The tier could not answer. */
  record Skipped(SkipReason reason, String detail) implements LeaseAnswer {}
}
