package io.terrace.benchmarks.hitratio;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.Suite;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Environment;
import io.terrace.benchmarks.report.Goal;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The hit ratio of the heap tier, which tells its eviction policy of some hits only, beside
 * Caffeine's, which is told of all; on traces of real systems, with room for 1, 5 and 20 of 100
 * keys.
 */
public final class HitRatioSuite implements Suite {
  private static final String TABLE = "Hit ratio";
  private static final String FULL_RECORDING = "full recording";
  private static final String TERRACE = "terrace";
  private static final String LOSS = "loss";
  private static final String LARGEST = "largest loss";
  private static final double ALLOWED_POINTS = 0.5;
  private static final int MIN_ENTRIES = 8;
  private static final List<Double> SHARES = List.of(0.01, 0.05, 0.2);

  @Override
  public String name() {
    return "hit-ratio";
  }

  /** Only with the profile {@code traces}, whose library is 96 MB. */
  @Override
  public boolean isAvailable() {
    return Trace.areAvailable();
  }

  @Override
  public Report run(RunSettings settings) throws IOException {
    List<Measurement> measurements = new ArrayList<>();
    for (Trace trace : Trace.ALL) {
      boolean wanted = settings.mode() == Mode.FULL || trace.length() == Trace.Length.SHORT;
      if (wanted && settings.includes(new Cell(TABLE, trace.name(), LOSS))) {
        measurements.addAll(measure(trace));
      }
    }
    measurements.stream()
        .filter(one -> one.cell().subject().equals(LOSS))
        .mapToDouble(Measurement::score)
        .max()
        .ifPresent(
            loss -> measurements.add(Measurement.single(largest(), Math.max(0, loss), "points")));
    return new Report(
        name(), settings.mode().toString(), Environment.current(), tables(), goals(), measurements);
  }

  private static List<Measurement> measure(Trace trace) throws IOException {
    long[] keys = trace.read();
    long distinct = Arrays.stream(keys).distinct().count();
    List<Measurement> measurements = new ArrayList<>();
    for (double share : SHARES) {
      int maxEntries = (int) Math.max(MIN_ENTRIES, Math.round(distinct * share));
      Comparison both = Comparison.of(keys, maxEntries);
      System.out.printf(
          Locale.ROOT,
          "%-20s %,9d entries: %6.2f %% %6.2f %%, loss %5.2f ± %.2f in %d runs%n",
          trace.name(),
          maxEntries,
          both.fullHits(),
          both.terraceHits(),
          both.loss(),
          both.error(),
          both.runs());
      String row = String.format(Locale.ROOT, "%s, %,d entries", trace.name(), maxEntries);
      measurements.add(percent(new Cell(TABLE, row, FULL_RECORDING), both.fullHits()));
      measurements.add(percent(new Cell(TABLE, row, TERRACE), both.terraceHits()));
      measurements.add(Measurement.single(new Cell(TABLE, row, LOSS), both.loss(), "points"));
    }
    return measurements;
  }

  private static Measurement percent(Cell cell, double score) {
    return Measurement.single(cell, score, "%");
  }

  private static Cell largest() {
    return new Cell(TABLE, "all traces", LARGEST);
  }

  static List<Table> tables() {
    return List.of(
        new Table(TABLE, "", List.of(FULL_RECORDING, TERRACE, LOSS, LARGEST), List.of()));
  }

  static List<Goal> goals() {
    return List.of(Goal.score("hits lost by recording fewer of them", largest(), ALLOWED_POINTS));
  }
}
