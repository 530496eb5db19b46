package io.terrace.tier.heap;

import io.terrace.HeapSettings;
import io.terrace.tier.EvictionListener;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.ObjectTierFactory;

/** Opens heap tiers. */
public final class HeapTierFactory implements ObjectTierFactory {
  @Override
  public <K, V> ObjectTier<K, V> open(HeapSettings settings, EvictionListener<K, V> listener) {
    return new HeapTier<>(settings, listener);
  }
}
