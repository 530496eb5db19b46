package io.terrace.tier.heap;

import static io.terrace.tier.heap.Invariants.resident;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.terrace.HeapSettings;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** A hit allocates nothing, whether the policy is told of it or not. */
class HeapTierAllocationTest {
  private static final int ENTRIES = 1_000;

  /** Filling the tier grants 64,000 recordings: the third run is the first without one. */
  private static final int HITS = 40_000;

  /** Caffeine's maintenance makes an object now and then: less than a byte in ten hits. */
  private static final long MAINTENANCE_BYTES = HITS / 10;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final String[] keys = new String[ENTRIES];
  private final HeapTier<String, String> tier =
      new HeapTier<>(HeapSettings.builder().maxEntries(ENTRIES).build());

  HeapTierAllocationTest() {
    for (int i = 0; i < ENTRIES; i++) {
      keys[i] = "key" + i;
      tier.compareAndSet(keys[i], null, resident("value"));
    }
  }

  @Test
  void aHitAllocatesNothing() {
    assertThat(tier.policy()).isNotNull();
    allocatedByHits();

    assertThat(allocatedByHits()).isLessThan(MAINTENANCE_BYTES);
    assertThat(allocatedByHits()).isZero();
  }

  private long allocatedByHits() {
    long before = threads.getCurrentThreadAllocatedBytes();
    int found = 0;
    for (int i = 0; i < HITS; i++) {
      if (tier.get(keys[i % ENTRIES]) != null) {
        found++;
      }
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(found).isEqualTo(HITS);
    return allocated;
  }

  @Test
  void theMeterSeesAllocations() {
    long before = threads.getCurrentThreadAllocatedBytes();
    byte[] bytes = new byte[10_000];

    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .isGreaterThanOrEqualTo(bytes.length);
  }
}
