package io.terrace.stack;

/** What happened to an entry in one tier. */
public enum TierEventKind {
  /** It was copied up into the tier. */
  PROMOTED,
  /** The tier needed room, and no tier below has the entry. */
  EVICTED,
  /** The tier needed room; a tier below still has the entry. */
  DEMOTED,
  /** It left the tier for another reason than room. */
  PURGED
}
