package io.terrace.tier.heap;

import io.terrace.HeapSettings;
import io.terrace.TierSettings;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierFactory;

/** Opens heap tiers for bytes; found by {@link java.util.ServiceLoader}. */
public final class HeapBytesTierFactory implements TierFactory {

  @Override
  public String tier() {
    return HeapBytesTier.NAME;
  }

  /**
   * Opens an empty tier.
   *
   * @throws io.terrace.InvalidSettingException if {@code max-bytes} is too small for an entry
   * @throws IllegalArgumentException if the settings are of another tier
   */
  @Override
  public Tier open(TierSettings settings, TierContext context) {
    if (settings instanceof HeapSettings heap) {
      return new HeapBytesTier(ByteLimits.of(heap), heap.ttl(), context);
    }
    throw new IllegalArgumentException("not settings of a heap tier: " + settings.tier());
  }
}
