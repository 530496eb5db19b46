package io.terrace.benchmarks.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One number of a table: what one subject scored in one row.
 *
 * @param cell where it stands
 * @param unit such as {@code ns/op}; lower is better unless the column says otherwise
 * @param score the mean, or the median where the table says so
 * @param error half the width of the 99.9 % confidence interval, or null where there is none
 * @param bytesPerOperation bytes allocated by one operation, or null where it was not measured
 * @param samples what the score was computed from, in the order measured
 */
public record Measurement(
    Cell cell,
    String unit,
    double score,
    @Nullable Double error,
    @Nullable Double bytesPerOperation,
    List<Double> samples) {

  public Measurement {
    samples = List.copyOf(samples);
  }

  /** A number that was measured once. */
  public static Measurement single(Cell cell, double score, String unit) {
    return new Measurement(cell, unit, score, null, null, List.of(score));
  }
}
