package io.terrace.benchmarks.hitratio;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * The hit ratios of both on one trace and one size, as means of several runs. Each run renames the
 * keys, as the ratio of one and the same policy varies by up to two points with their hash codes.
 */
final class Comparison {
  private static final int MIN_RUNS = 3;
  private static final int MAX_RUNS = 20;
  private static final double ENOUGH_STANDARD_ERROR = 0.1;

  private final SummaryStatistics full = new SummaryStatistics();
  private final SummaryStatistics terrace = new SummaryStatistics();
  private final SummaryStatistics loss = new SummaryStatistics();

  private Comparison() {}

  /** Runs until the mean of the loss is known to a tenth of a point, or often enough. */
  static Comparison of(long[] keys, int maxEntries) {
    return of(
        keys,
        renamed -> Replay.ofCaffeine(renamed, maxEntries),
        renamed -> Replay.ofTerrace(renamed, maxEntries));
  }

  static Comparison of(
      long[] keys, ToDoubleFunction<long[]> full, ToDoubleFunction<long[]> terrace) {
    Comparison comparison = new Comparison();
    Random random = new Random(keys.length);
    do {
      long[] renamed = renamed(keys, random.nextLong());
      double all = full.applyAsDouble(renamed);
      double some = terrace.applyAsDouble(renamed);
      comparison.full.addValue(all);
      comparison.terrace.addValue(some);
      comparison.loss.addValue(all - some);
    } while (!comparison.isEnough());
    return comparison;
  }

  private static long[] renamed(long[] keys, long by) {
    long[] renamed = new long[keys.length];
    for (int i = 0; i < keys.length; i++) {
      renamed[i] = (keys[i] * (by | 1)) ^ (by >>> 7);
    }
    return renamed;
  }

  private boolean isEnough() {
    return loss.getN() >= MIN_RUNS
        && (loss.getN() >= MAX_RUNS || standardError() <= ENOUGH_STANDARD_ERROR);
  }

  private double standardError() {
    return loss.getStandardDeviation() / Math.sqrt((double) loss.getN());
  }

  /** In 100 accesses, where every hit is recorded. */
  double fullHits() {
    return full.getMean();
  }

  /** In 100 accesses, by the heap tier. */
  double terraceHits() {
    return terrace.getMean();
  }

  /** How many points the heap tier is behind; negative where it is ahead. */
  double loss() {
    return loss.getMean();
  }

  /** Half the width of the 95 % confidence interval of the loss. */
  double error() {
    return 1.96 * standardError();
  }

  long runs() {
    return loss.getN();
  }
}
