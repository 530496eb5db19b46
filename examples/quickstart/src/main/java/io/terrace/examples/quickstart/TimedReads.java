package io.terrace.examples.quickstart;

import io.terrace.TierStatistics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the cache and notes which tier answered and how long it took. Not thread safe, and
 * nobody else may read from the cache meanwhile: a tier answered if it counted one hit more.
 */
final class TimedReads {
  private static final int SIGNIFICANT_DIGITS = 3;

  private final FileCache files;
  private final List<Histogram> hitNanos = new ArrayList<>();
  private long reads;
  private long misses;

  TimedReads(FileCache files) {
    this.files = files;
    files.tiers().forEach(tier -> hitNanos.add(new Histogram(SIGNIFICANT_DIGITS)));
  }

  @Nullable StoredFile read(String key) {
    List<TierStatistics> before = files.tiers();
    long startNanos = System.nanoTime();
    StoredFile file = files.cache().get(key);
    long tookNanos = System.nanoTime() - startNanos;
    reads++;
    if (file == null) {
      misses++;
    } else {
      hitNanos.get(answering(before, files.tiers())).recordValue(tookNanos);
    }
    return file;
  }

  /** The tier that counted a hit; the top one, which need not count, if no other did. */
  private static int answering(List<TierStatistics> before, List<TierStatistics> after) {
    int tier = after.size() - 1;
    while (tier > 0 && after.get(tier).hits() == before.get(tier).hits()) {
      tier--;
    }
    return tier;
  }

  long reads() {
    return reads;
  }

  /** Reads that found nothing in any tier. */
  long misses() {
    return misses;
  }

  /** Whether there were reads and the lowest tier answered every one. */
  boolean allFromLowestTier() {
    return reads > 0 && hitNanos.get(hitNanos.size() - 1).getTotalCount() == reads;
  }

  /** How long the hits of each tier took, top first; in nanoseconds. */
  List<Histogram> hitNanos() {
    return Collections.unmodifiableList(hitNanos);
  }

  /** How many reads came to a tier: those that no tier above it answered. */
  long readsReaching(int tier) {
    long reaching = reads;
    for (Histogram above : hitNanos.subList(0, tier)) {
      reaching -= above.getTotalCount();
    }
    return reaching;
  }
}
