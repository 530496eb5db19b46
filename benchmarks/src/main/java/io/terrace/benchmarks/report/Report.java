package io.terrace.benchmarks.report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Everything one run of a suite says: what it measured, on which machine, and how to lay it out.
 *
 * @param suite the suite's name
 * @param mode {@code quick} or {@code full}
 * @param environment where it ran
 * @param tables the layout, in order
 * @param goals the bounds to keep
 * @param measurements the numbers
 */
public record Report(
    String suite,
    String mode,
    Environment environment,
    List<Table> tables,
    List<Goal> goals,
    List<Measurement> measurements) {

  public Report {
    tables = List.copyOf(tables);
    goals = List.copyOf(goals);
    measurements = List.copyOf(measurements);
  }

  public Optional<Measurement> at(Cell cell) {
    return measurements.stream().filter(m -> m.cell().equals(cell)).findFirst();
  }

  /** The score of {@code cell} divided by the lowest of {@code against}, if both were measured. */
  OptionalDouble ratio(Cell cell, List<Cell> against) {
    OptionalDouble lowest =
        against.stream().flatMap(c -> at(c).stream()).mapToDouble(Measurement::score).min();
    return at(cell).isEmpty() || lowest.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(at(cell).get().score() / lowest.getAsDouble());
  }

  /** What the goal is about, measured; empty where it or all it is compared with was not run. */
  OptionalDouble measured(Goal goal) {
    if (goal.isRatio()) {
      return ratio(goal.cell(), goal.against());
    }
    return switch (goal.metric()) {
      case SCORE -> at(goal.cell()).stream().mapToDouble(Measurement::score).findFirst();
      case BYTES_PER_OPERATION ->
          at(goal.cell()).stream()
              .flatMap(m -> Optional.ofNullable(m.bytesPerOperation()).stream())
              .mapToDouble(Double::doubleValue)
              .findFirst();
    };
  }
}
