package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.tier.EntryKey;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.TierListener;

/**
 * Passes on which entries leave byte tiers unasked, with the user's key. Thread safe.
 *
 * @param next who else hears, as bytes
 */
record TierDepartures<K>(KeyCodec<K> keys, TierEvents<K> events, TierListener next)
    implements TierListener {

  @Override
  public boolean isListening() {
    return events.areHeard() || next.isListening();
  }

  @Override
  public void left(String tier, EntryKey key, long version, PurgeReason reason) {
    next.left(tier, key, version, reason);
    if (events.areHeard()) {
      events.left(keys, key, tier, version, reason);
    }
  }
}
