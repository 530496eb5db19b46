package io.terrace;

/** Why bytes leave a tier. */
public enum PurgeReason {
  /** Room was needed. */
  EVICTION,
  /** The entry was replaced or removed, here or elsewhere. */
  INVALIDATION,
  /** Its deadline passed. */
  EXPIRY,
  /** Its bytes are damaged or were refused. */
  CORRUPTION
}
