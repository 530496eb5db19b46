package io.terrace.examples.edge;

import java.util.Locale;

/**
 * Where a response came from: the header X-Cache.
 *
 * @param how it was found
 * @param tier the tier that served it, or nothing
 */
record ServedFrom(How how, String tier) {
  static final ServedFrom PASS = new ServedFrom(How.PASS, "");

  /** How a response was found. */
  enum How {
    /** It was in the cache. */
    HIT,
    /** It was fetched for this request, and is being stored. */
    MISS,
    /** It was fetched for another request, and is being stored. */
    JOINED,
    /** It was in the cache, and the origin said that it is still the same. */
    REVALIDATED,
    /** It was in the cache and too old, but the origin failed. */
    STALE,
    /** It came from the origin, and is not stored. */
    PASS
  }

  static ServedFrom of(How how, CachedResponse response) {
    return new ServedFrom(how, response.tier());
  }

  /** The value of X-Cache. */
  String header() {
    String name = how.name().toLowerCase(Locale.ROOT);
    boolean told = how == How.HIT || how == How.REVALIDATED || how == How.STALE;
    return told && !tier.isEmpty() ? name + "; tier=" + tier : name;
  }
}
