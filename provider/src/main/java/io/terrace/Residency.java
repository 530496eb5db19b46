package io.terrace;

import java.util.List;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;

/**
 * Tells which tiers hold an entry now, from the top down; those that do not are left out.
 * Immutable.
 */
public final class Residency<K, V> implements EntryProcessor<K, V, List<TierCopy>> {

  @Override
  @SuppressWarnings("unchecked") // the entry of a cache of K and V
  public List<TierCopy> process(MutableEntry<K, V> entry, Object... arguments) {
    return ((TieredEntry<K, V>) entry.unwrap(TieredEntry.class)).residency();
  }
}
