package io.terrace;

import java.util.List;

/**
 * What a purge did, tier by tier from the top down.
 *
 * @param tiers one element for each tier it was for
 */
public record PurgeReceipt(List<TierReceipt> tiers) {

  /** What became of the purge in one tier. */
  public enum Outcome {
    /** It took effect. */
    DONE,
    /** There was nothing to purge. */
    NOTHING,
    /** The tier failed; it answers nothing until the purge could be made good. */
    DEFERRED
  }

  /**
   * One tier's answer.
   *
   * @param tier its name in the configuration
   * @param entries how many entries were purged; -1 where the tier does not count them, as for tags
   */
  public record TierReceipt(String tier, Outcome outcome, long entries) {}

  public PurgeReceipt {
    tiers = List.copyOf(tiers);
  }
}
