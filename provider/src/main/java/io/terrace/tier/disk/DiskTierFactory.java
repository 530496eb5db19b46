package io.terrace.tier.disk;

import io.terrace.DiskSettings;
import io.terrace.TierSettings;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;
import java.io.IOException;

/** Opens disk tiers; found by {@link java.util.ServiceLoader}. */
public final class DiskTierFactory implements TierFactory {

  @Override
  public String tier() {
    return DiskTier.NAME;
  }

  /**
   * Opens the folder of the cache below {@link DiskSettings#directory}, making it if need be.
   *
   * @throws IOException if the folder is in use, holds something else, was written by a newer
   *     version, or cannot be written; damaged data is no error
   * @throws io.terrace.InvalidSettingException if {@code max-bytes} is too small for a log
   * @throws IllegalArgumentException if the settings are of another tier
   */
  @Override
  public Tier open(TierSettings settings, TierContext context) throws IOException {
    if (settings instanceof DiskSettings disk) {
      return DiskTier.open(disk, context, new ChannelFiles());
    }
    throw new IllegalArgumentException("not settings of a disk tier: " + settings.tier());
  }
}
