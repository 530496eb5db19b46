package io.terrace.tier;

import io.terrace.HeapSettings;

/** Opens the tier that keeps objects; found by {@link java.util.ServiceLoader}. Stateless. */
public interface ObjectTierFactory {

  <K, V> ObjectTier<K, V> open(HeapSettings settings);
}
