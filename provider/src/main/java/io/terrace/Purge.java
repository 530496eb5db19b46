package io.terrace;

import static java.util.Objects.requireNonNull;

import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;

/** Purges an entry from some tiers or from all; the result says what each did. Immutable. */
public final class Purge<K, V> implements EntryProcessor<K, V, PurgeReceipt> {
  private final PurgeReason reason;
  private final String[] tiers;

  /**
   * @param reason told to {@link TierEventListener}s
   * @param tiers names in the configuration; all tiers if there are none
   */
  public Purge(PurgeReason reason, String... tiers) {
    this.reason = requireNonNull(reason, "reason");
    this.tiers = tiers.clone();
  }

  @Override
  @SuppressWarnings("unchecked") // the entry of a cache of K and V
  public PurgeReceipt process(MutableEntry<K, V> entry, Object... arguments) {
    return ((TieredEntry<K, V>) entry.unwrap(TieredEntry.class)).purge(reason, tiers);
  }
}
