package io.terrace.tier;

/** Why a tier did not answer a lookup. */
public enum SkipReason {
  /** An I/O error. */
  FAILED,
  /** No answer within the tier's time-out. */
  TIMED_OUT,
  /** Not asked, since it failed too often lately. */
  BREAKER_OPEN
}
