package io.terrace.tier.heap;

import io.terrace.HeapSettings;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import java.time.InstantSource;

/** Heap tiers for bytes, as the tests open them. */
final class HeapBytes {
  private HeapBytes() {}

  static HeapBytesTier open(long maxBytes, long maxEntryBytes) {
    return open(maxBytes, maxEntryBytes, InstantSource.system(), TierListener.NONE);
  }

  static HeapBytesTier open(
      long maxBytes, long maxEntryBytes, InstantSource clock, TierListener listener) {
    HeapSettings settings =
        HeapSettings.builder().maxBytes(maxBytes).maxEntryBytes(maxEntryBytes).build();
    return new HeapBytesTier(
        ByteLimits.of(settings), settings.ttl(), new TierContext("uri", "cache", clock, listener));
  }
}
