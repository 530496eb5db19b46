package io.terrace.tier.heap;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.Resident;
import java.util.HashSet;
import java.util.Set;

/** What holds of a heap tier while nobody is at work on it, and what tests of it share. */
final class Invariants {
  private Invariants() {}

  static <V> Resident<V> resident(V value) {
    return new Resident<>(value, 1, 0, EntryHeader.NEVER, EntryHeader.NEVER, true);
  }

  /** An entry the policy does not know is never evicted; a key it keeps alone takes up room. */
  static <K, V> void checkPolicyFollows(HeapTier<K, V> tier) {
    EvictionPolicy<K, Resident<V>> policy = tier.policy();
    if (policy != null) {
      policy.settle();
      assertThat(new HashSet<>(policy.keys())).isEqualTo(keys(tier));
    }
  }

  static <K, V> Set<K> keys(HeapTier<K, V> tier) {
    Set<K> keys = new HashSet<>();
    tier.iterator().forEachRemaining(entry -> keys.add(entry.getKey()));
    return keys;
  }
}
