package io.terrace;

/** Whether an entry may be served as it is. */
public enum Freshness {
  FRESH,
  /** A soft purge hit it: it counts as absent, but is there to be served when its origin fails. */
  STALE
}
