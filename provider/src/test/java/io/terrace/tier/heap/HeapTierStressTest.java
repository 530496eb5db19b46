package io.terrace.tier.heap;

import static io.terrace.tier.heap.Invariants.checkPolicyFollows;
import static io.terrace.tier.heap.Invariants.resident;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.HeapSettings;
import io.terrace.tier.Resident;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Threads that insert, replace, remove and clear the same few keys of a tier that is always full,
 * through the start of its policy. When they are done, map and policy agree and the bound holds.
 */
class HeapTierStressTest {
  private static final int THREADS = 3;
  private static final int ROUNDS = 150;
  private static final int STEPS = 400;

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void aFullTierOfFewEntries() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      HeapTier<Integer, byte[]> tier = new HeapTier<>(HeapSettings.builder().maxEntries(8).build());
      run(tier, round);

      assertThat(tier.usage().entries()).isLessThanOrEqualTo(8);
      checkPolicyFollows(tier);
    }
  }

  @Test
  void aFullTierOfFewBytes() throws Exception {
    long maxBytes = 8 * (Weigher.OVERHEAD_BYTES + 150);
    Weigher<Integer, byte[]> weigher = new Weigher<>(maxBytes, maxBytes);
    for (int round = 0; round < ROUNDS; round++) {
      HeapTier<Integer, byte[]> tier =
          new HeapTier<>(HeapSettings.builder().maxBytes(maxBytes).build());
      run(tier, round);

      long bytes = 0;
      var entries = tier.iterator();
      while (entries.hasNext()) {
        Map.Entry<Integer, Resident<byte[]>> entry = entries.next();
        bytes += weigher.bytes(entry.getKey(), entry.getValue());
      }
      assertThat(tier.usage().bytes()).isEqualTo(bytes).isLessThanOrEqualTo(maxBytes);
      checkPolicyFollows(tier);
    }
  }

  private void run(HeapTier<Integer, byte[]> tier, int seed) throws Exception {
    CyclicBarrier start = new CyclicBarrier(THREADS);
    List<Future<?>> running = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      Random random = new Random(seed * 31L + thread);
      running.add(
          threads.submit(
              () -> {
                start.await();
                for (int step = 0; step < STEPS; step++) {
                  step(tier, random);
                }
                return null;
              }));
    }
    for (Future<?> one : running) {
      one.get();
    }
    tier.usage();
  }

  private static void step(HeapTier<Integer, byte[]> tier, Random random) {
    int key = random.nextInt(20);
    Resident<byte[]> next = resident(new byte[random.nextInt(300)]);
    switch (random.nextInt(16)) {
      case 0, 1 -> tier.remove(key);
      case 2 -> tier.compareAndSet(key, tier.peek(key), null);
      case 3, 4, 5 -> tier.get(key);
      case 6 -> {
        if (random.nextInt(40) == 0) {
          tier.clear();
        }
      }
      default -> tier.compareAndSet(key, tier.peek(key), next);
    }
  }
}
