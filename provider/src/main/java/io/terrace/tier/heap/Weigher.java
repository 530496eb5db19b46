package io.terrace.tier.heap;

import io.terrace.EntryTooLargeException;
import io.terrace.tier.Resident;

/**
 * What an entry costs of a bound in bytes. Immutable.
 *
 * @param maxBytes the bound of the tier
 * @param maxEntryBytes the largest value that is admitted
 */
record Weigher<K, V>(long maxBytes, long maxEntryBytes)
    implements EvictionPolicy.Weight<K, Resident<V>> {

  /**
   * The objects around a key and its value: a resident, a node each of the two maps with their
   * shares of the tables, as 64-bit JVMs with compressed references lay them out.
   */
  static final long OVERHEAD_BYTES = 200;

  /** Whether the value may come in, and the entry alone fits. */
  boolean admits(K key, Resident<V> resident) {
    long valueBytes = ObjectSize.estimateBytes(resident.value());
    return valueBytes <= maxEntryBytes && besideTheValue(key) + valueBytes <= maxBytes;
  }

  /** Why the value may not come in. */
  EntryTooLargeException refusal(String tier, K key, Resident<V> resident) {
    long valueBytes = ObjectSize.estimateBytes(resident.value());
    return valueBytes > maxEntryBytes
        ? new EntryTooLargeException(tier, valueBytes, maxEntryBytes, tier + ".max-entry-size")
        : new EntryTooLargeException(tier, bytes(key, resident), maxBytes, tier + ".max-bytes");
  }

  long bytes(K key, Resident<V> resident) {
    long metadata = resident.isLabelled() ? ObjectSize.estimateBytes(resident.metadata()) : 0;
    return besideTheValue(key) + metadata + ObjectSize.estimateBytes(resident.value());
  }

  private long besideTheValue(K key) {
    return OVERHEAD_BYTES + ObjectSize.estimateBytes(key);
  }

  /** As Caffeine counts: what is over 2 GiB weighs 2 GiB. */
  @Override
  public int weigh(K key, Resident<V> resident) {
    return (int) Math.min(bytes(key, resident), Integer.MAX_VALUE);
  }
}
