package io.terrace.tier;

/**
 * What a tier can do, fixed for its life.
 *
 * @param scope who sees its entries
 * @param durable whether entries survive the end of the process
 * @param canSeek whether its read handles can
 * @param canFollow whether a write can be read while it is in progress
 */
public record TierCapabilities(Scope scope, boolean durable, boolean canSeek, boolean canFollow) {

  /** Who sees the entries of a tier. */
  public enum Scope {
    PROCESS,
    MACHINE,
    SHARED
  }
}
