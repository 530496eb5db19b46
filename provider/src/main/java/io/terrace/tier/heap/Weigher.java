package io.terrace.tier.heap;

import io.terrace.tier.Resident;

/**
 * What an entry costs of a bound in bytes. Immutable.
 *
 * @param maxBytes the bound
 */
record Weigher<K, V>(long maxBytes) {

  /**
   * The objects around a key and its value: a resident, a node each of the two maps with their
   * shares of the tables, as 64-bit JVMs with compressed references lay them out.
   */
  static final long OVERHEAD_BYTES = 200;

  /** Whether the entry alone fits. */
  boolean admits(K key, Resident<V> resident) {
    return bytes(key, resident) <= maxBytes;
  }

  long bytes(K key, Resident<V> resident) {
    return OVERHEAD_BYTES
        + ObjectSize.estimateBytes(key)
        + ObjectSize.estimateBytes(resident.value());
  }

  /** As Caffeine counts: what is over 2 GiB weighs 2 GiB. */
  int weight(K key, Resident<V> resident) {
    return (int) Math.min(bytes(key, resident), Integer.MAX_VALUE);
  }
}
