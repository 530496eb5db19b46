package io.terrace;

import static java.util.Objects.requireNonNull;

import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;

/** Copies an entry into a tier; the result says whether that tier holds it now. Immutable. */
public final class Promote<K, V> implements EntryProcessor<K, V, Boolean> {
  private final String tier;

  /**
   * @param tier its name in the configuration
   */
  public Promote(String tier) {
    this.tier = requireNonNull(tier, "tier");
  }

  @Override
  @SuppressWarnings("unchecked") // the entry of a cache of K and V
  public Boolean process(MutableEntry<K, V> entry, Object... arguments) {
    return ((TieredEntry<K, V>) entry.unwrap(TieredEntry.class)).promote(tier);
  }
}
