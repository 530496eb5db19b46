package io.terrace.stack;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.tier.EntryKey;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The promotion policy of one stack, and the hits it counts. Only a policy that says something has
 * one, and only one with a rule {@link Promotion.After} counts. Thread safe.
 */
final class Promotions {
  /** Every tier above. */
  static final long ALL = -1;

  /** How many keys are counted at a time; those hit least give way. */
  private static final int COUNTED_KEYS = 10_000;

  /** One key in one tier. */
  private record Hit(int from, EntryKey key) {}

  private final Promotion[][] rules;
  private final int[] lastThreshold;
  private final @Nullable Cache<Hit, AtomicInteger> hits;

  private Promotions(Promotion[][] rules) {
    this.rules = rules;
    lastThreshold = new int[rules.length];
    boolean counts = false;
    for (int from = 0; from < rules.length; from++) {
      for (Promotion rule : rules[from]) {
        if (rule instanceof Promotion.After after && after.hits() > 1) {
          lastThreshold[from] = Math.max(lastThreshold[from], after.hits());
          counts = true;
        }
      }
    }
    hits =
        counts
            ? Caffeine.newBuilder().maximumSize(COUNTED_KEYS).executor(Runnable::run).build()
            : null;
  }

  /**
   * The policy for tiers of these names, from the top down; null if it promotes everything as soon
   * as it is read.
   */
  static @Nullable Promotions of(PromotionPolicy policy, List<String> tiers) {
    if (policy.rules().isEmpty()) {
      return null;
    }
    boolean always = true;
    Promotion[][] rules = new Promotion[tiers.size()][];
    for (int from = 0; from < rules.length; from++) {
      rules[from] = new Promotion[from];
      for (int to = 0; to < from; to++) {
        rules[from][to] = policy.of(tiers.get(from), tiers.get(to));
        always &= rules[from][to] instanceof Promotion.OnComplete;
      }
    }
    return always ? null : new Promotions(rules);
  }

  /**
   * Counts a hit of a tier, and says into which of those above it the entry is to be copied.
   *
   * @param from the index of the tier, 0 for the top
   * @return bit {@code i} stands for tier {@code i}
   */
  long hit(int from, EntryKey key) {
    int count = count(from, key);
    long targets = 0;
    for (int to = 0; to < from; to++) {
      if (admits(rules[from][to], count)) {
        targets |= 1L << to;
      }
    }
    return targets;
  }

  private static boolean admits(Promotion rule, int count) {
    if (rule instanceof Promotion.After after) {
      return count >= after.hits();
    }
    return rule instanceof Promotion.OnComplete;
  }

  /** The hits of the key in the tier, this one included; it starts anew once all rules are met. */
  private int count(int from, EntryKey key) {
    if (hits == null || lastThreshold[from] == 0) {
      return 1;
    }
    Hit hit = new Hit(from, key);
    int count = hits.get(hit, unused -> new AtomicInteger()).incrementAndGet();
    if (count >= lastThreshold[from]) {
      hits.invalidate(hit);
    }
    return count;
  }
}
