package io.terrace;

/** How far a purge goes. */
public enum PurgeMode {
  /** The entry is gone. */
  HARD,
  /** The entry is {@link Freshness#STALE}: absent, unless somebody asks for stale ones too. */
  SOFT
}
