package io.terrace.tier;

/**
 * What must hold of a key at the instant of a commit, purge or header update; checked and acted
 * upon atomically by the tier. An entry whose deadline passed still counts as present.
 *
 * @param kind the comparison
 * @param version what it compares with; meaningful for {@code VERSION_IS} and {@code OLDER_THAN},
 *     the lease for {@code LEASED}, and the announcement for {@code ANNOUNCED}
 */
public record Condition(Kind kind, long version) {

  /** The comparisons. */
  public enum Kind {
    ALWAYS,
    ABSENT,
    PRESENT,
    VERSION_IS,
    /** Absent, or present at a version lower than the given one: never replaces a newer version. */
    OLDER_THAN,
    /**
     * Absent, and the lease of this number is still the holder's: nothing wrote or purged the key
     * since it was handed out. Of {@link SharedTier}s only.
     */
    LEASED,
    /**
     * Absent, the announcement of this number runs, and nobody else announced a change of the key
     * meanwhile. A {@link WriteHandle#commitAs} under it stores the entry and settles the
     * announcement in one step, and is told to nobody. If it is refused, the announcement has still
     * to be settled. Of {@link CoherentTier}s only.
     */
    ANNOUNCED
  }

  public static final Condition ALWAYS = new Condition(Kind.ALWAYS, 0);
  public static final Condition ABSENT = new Condition(Kind.ABSENT, 0);
  public static final Condition PRESENT = new Condition(Kind.PRESENT, 0);

  public static Condition versionIs(long version) {
    return new Condition(Kind.VERSION_IS, version);
  }

  public static Condition olderThan(long version) {
    return new Condition(Kind.OLDER_THAN, version);
  }

  public static Condition leased(long lease) {
    return new Condition(Kind.LEASED, lease);
  }

  public static Condition announced(long number) {
    return new Condition(Kind.ANNOUNCED, number);
  }

  /**
   * Whether the condition holds, as far as it is for the version to say.
   *
   * @param currentVersion the version the tier holds, or {@link EntryHeader#UNASSIGNED} for none
   */
  public boolean holds(long currentVersion) {
    boolean absent = currentVersion == EntryHeader.UNASSIGNED;
    return switch (kind) {
      case ALWAYS -> true;
      case ABSENT, LEASED, ANNOUNCED -> absent;
      case PRESENT -> !absent;
      case VERSION_IS -> !absent && currentVersion == version;
      case OLDER_THAN -> absent || currentVersion < version;
    };
  }
}
