package io.terrace.benchmarks.report;

import java.util.List;

/**
 * A bound that a measurement has to keep: an absolute one, or a multiple of the lowest of others.
 *
 * @param text what is asked for, for a reader
 * @param cell what is measured
 * @param metric which of its numbers
 * @param against the denominators; empty for an absolute bound
 * @param atMost the bound
 */
public record Goal(String text, Cell cell, Metric metric, List<Cell> against, double atMost) {

  /** Which number of a measurement a goal is about. */
  public enum Metric {
    SCORE,
    BYTES_PER_OPERATION
  }

  public Goal {
    against = List.copyOf(against);
  }

  /** At most {@code atMost} times the lowest score of {@code against}. */
  public static Goal ratio(String text, Cell cell, double atMost, List<Cell> against) {
    return new Goal(text, cell, Metric.SCORE, against, atMost);
  }

  /** A score of at most {@code atMost}. */
  public static Goal score(String text, Cell cell, double atMost) {
    return new Goal(text, cell, Metric.SCORE, List.of(), atMost);
  }

  /** At most {@code atMost} bytes allocated by one operation. */
  public static Goal bytes(String text, Cell cell, double atMost) {
    return new Goal(text, cell, Metric.BYTES_PER_OPERATION, List.of(), atMost);
  }

  boolean isRatio() {
    return !against.isEmpty();
  }
}
