package io.terrace.examples.fourtiers;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;

/**
 * A look at every entry there is.
 *
 * @param entries how many
 * @param lost how many are not there, or have another value than the last one that was committed
 */
record Audit(int entries, int lost) {
  private static final int AT_ONCE = 500;

  /**
   * Reads all of them, some hundred at once.
   *
   * @throws javax.cache.CacheException if a read fails
   */
  static Audit of(Cache<Integer, Item> cache, Ledger ledger) {
    int lost = 0;
    for (int from = 0; from < ledger.entries(); from += AT_ONCE) {
      int to = Math.min(from + AT_ONCE, ledger.entries());
      Set<Integer> keys = IntStream.range(from, to).boxed().collect(Collectors.toSet());
      lost += lost(keys, cache.getAll(keys), ledger);
    }
    return new Audit(ledger.entries(), lost);
  }

  private static int lost(Set<Integer> keys, Map<Integer, Item> found, Ledger ledger) {
    int lost = 0;
    for (int key : keys) {
      Item item = found.get(key);
      lost += item != null && ledger.isLast(key, item) ? 0 : 1;
    }
    return lost;
  }
}
