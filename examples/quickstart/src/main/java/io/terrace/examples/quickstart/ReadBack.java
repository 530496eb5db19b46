package io.terrace.examples.quickstart;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Reads all entries, and then a few of them again and again, as the users of a cache do.
 *
 * @param keys all entries
 * @param passes how often all are read
 * @param hot the few
 */
record ReadBack(List<String> keys, int passes, List<String> hot) {
  /** How often a hot entry is read. */
  static final int ROUNDS = 50;

  private static final int MAX_HOT = 100;
  private static final int MAX_PASSES = 30;
  private static final int ENOUGH_READS = 20_000;

  /**
   * Plans it. All is read once if there is much, and more often if a single pass would be over
   * before the virtual machine has compiled the code it measures. At most a tenth of the entries is
   * hot, and so few that together they take half the heap; the same ones every time.
   *
   * @param sizes the sizes in bytes of what is in the cache, by key
   */
  static ReadBack plan(Map<String, Long> sizes, long heapBytes) {
    int passes = Math.min(MAX_PASSES, ENOUGH_READS / Math.max(1, sizes.size()));
    return new ReadBack(
        List.copyOf(sizes.keySet()), Math.max(1, passes), chooseHot(sizes, heapBytes));
  }

  private static List<String> chooseHot(Map<String, Long> sizes, long heapBytes) {
    List<String> shuffled = new ArrayList<>(sizes.keySet());
    Collections.shuffle(shuffled, new Random(shuffled.size()));
    int most = Math.min(MAX_HOT, (sizes.size() + 9) / 10);
    List<String> hot = new ArrayList<>();
    long leftBytes = heapBytes / 2;
    for (String key : shuffled) {
      long size = sizes.getOrDefault(key, 0L);
      if (hot.size() < most && size <= leftBytes) {
        hot.add(key);
        leftBytes -= size;
      }
    }
    return hot;
  }

  /** How many reads it takes. */
  long reads() {
    return (long) passes * keys.size() + (long) ROUNDS * hot.size();
  }

  /**
   * Does it.
   *
   * @param progress is told of each read
   */
  TimedReads run(FileCache files, Progress progress) {
    TimedReads reads = new TimedReads(files);
    for (int pass = 0; pass < passes; pass++) {
      read(keys, reads, progress);
    }
    for (int round = 0; round < ROUNDS; round++) {
      read(hot, reads, progress);
    }
    return reads;
  }

  private static void read(List<String> keys, TimedReads reads, Progress progress) {
    for (String key : keys) {
      reads.read(key);
      progress.step();
    }
  }
}
