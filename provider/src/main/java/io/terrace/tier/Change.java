package io.terrace.tier;

import io.terrace.PurgeMode;

/**
 * One change of a shared tier. Filling a key that was missed is none, unless the tier may have
 * evicted what others still hold copies of.
 */
public sealed interface Change {

  /**
   * A key was changed.
   *
   * @param version of the entry from now on; of a removal, the version that was given to it. Copies
   *     of lower versions are out of date; of {@link Kind#HEADER}, also those of this version, and
   *     of {@link Kind#ANNOUNCED} those of any
   */
  record OfKey(Kind kind, EntryKey key, long version) implements Change {}

  /**
   * Everything in the partition up to a version is gone.
   *
   * @param throughVersion the last version that is
   */
  record Clear(long throughVersion) implements Change {}

  /**
   * Every entry of the partition with the tag, up to a version, is gone or stale.
   *
   * @param throughVersion the last version that is
   */
  record OfTag(String tag, PurgeMode mode, long throughVersion) implements Change {}

  /** What happened to a key. */
  enum Kind {
    /** It was absent, and is there. */
    CREATED,
    /** Its value was replaced. */
    UPDATED,
    /** It was removed, or purged for another reason than expiry. */
    REMOVED,
    /** It was over and was removed. */
    EXPIRED,
    /** Its deadline came nearer, or its metadata or freshness changed. */
    HEADER,
    /**
     * It was missed and loaded, told where what is absent may only have been evicted; or it was
     * purged while it was absent. Others may hold copies of what was there before.
     */
    FILLED,
    /**
     * A change of it is about to be made in the tier below, or was made long after it was
     * announced: copies of any version are out of date. It is no event for listeners.
     */
    ANNOUNCED,
    /**
     * As {@link #ANNOUNCED}, while another change of it was under way: whoever announced this one
     * keeps no copies either, as the other may come later.
     */
    CONTENDED
  }
}
