package io.terrace;

/** Why an entry was not copied up into a tier. */
public enum AbortReason {
  /** It is over the tier's limit. */
  OVERSIZE,
  /** The tier could not keep up with the reader or writer. */
  LAGGED,
  /** The tier failed, or was bypassed since it had failed. */
  FAILED,
  /** The value was not read or written to its end. */
  INCOMPLETE,
  /** The key was written or purged meanwhile. */
  SUPERSEDED
}
