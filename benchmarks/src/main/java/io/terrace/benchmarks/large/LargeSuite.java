package io.terrace.benchmarks.large;

import io.terrace.benchmarks.Directories;
import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.Suite;
import io.terrace.benchmarks.measure.JsonProgram;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Environment;
import io.terrace.benchmarks.report.Goal;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Up to a million entries of 1 KiB on disk: index, close and reopen, and whether they grow evenly.
 */
public final class LargeSuite implements Suite {
  static final String TABLE = "A large disk tier, entries of 1 KiB";
  private static final String INDEX = "index on the heap";
  private static final String REOPEN = "reopen";
  private static final int MILLION = 1_000_000;
  private static final List<Integer> QUICK = List.of(250_000, MILLION);
  private static final List<Integer> FULL = List.of(250_000, 500_000, MILLION, 2 * MILLION);
  private static final double BYTES_PER_MEGABYTE = 1e6;
  private static final double MILLIS_PER_SECOND = 1e3;

  @Override
  public String name() {
    return "large";
  }

  @Override
  public Report run(RunSettings settings) throws IOException, InterruptedException {
    List<Measurement> measurements = new ArrayList<>();
    for (int entries : settings.mode() == Mode.FULL ? FULL : QUICK) {
      if (settings.includes(cell(entries, REOPEN))) {
        measurements.addAll(measure(settings.workDirectory(), entries));
        System.out.printf(Locale.ROOT, "Filled and reopened %,d entries%n", entries);
      }
    }
    return new Report(
        name(), settings.mode().toString(), Environment.current(), tables(), goals(), measurements);
  }

  static List<Measurement> measure(Path parent, int entries)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(parent, "large-suite");
    try {
      LargeProgram.Filled filled = child("fill", LargeProgram.Filled.class, directory, entries);
      LargeProgram.Reopened reopened =
          child("reopen", LargeProgram.Reopened.class, directory, entries);
      double indexBytes = filled.heapBytes() + filled.directBytes();
      return List.of(
          one(entries, "put", filled.putMicros(), "µs"),
          one(entries, INDEX, filled.heapBytes() / BYTES_PER_MEGABYTE, "MB"),
          one(entries, "direct buffers", filled.directBytes() / BYTES_PER_MEGABYTE, "MB"),
          one(entries, "index per entry", indexBytes / entries, "B"),
          one(entries, "files", filled.directoryBytes() / BYTES_PER_MEGABYTE, "MB"),
          one(entries, "close", filled.closeMillis() / MILLIS_PER_SECOND, "s"),
          one(entries, REOPEN, reopened.openMillis() / MILLIS_PER_SECOND, "s"),
          one(entries, "first get", reopened.firstGetMillis(), "ms"));
    } finally {
      Directories.delete(directory);
    }
  }

  private static <T> T child(String action, Class<T> type, Path directory, int entries)
      throws IOException, InterruptedException {
    return JsonProgram.run(
        LargeProgram.class,
        type,
        List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC"),
        List.of(action, directory.toString(), Integer.toString(entries)));
  }

  private static Measurement one(int entries, String subject, double value, String unit) {
    return Measurement.single(cell(entries, subject), value, unit);
  }

  private static Cell cell(int entries, String subject) {
    return new Cell(TABLE, String.format(Locale.ROOT, "%,d entries", entries), subject);
  }

  static List<Table> tables() {
    List<String> subjects =
        List.of(
            "put",
            INDEX,
            "direct buffers",
            "index per entry",
            "files",
            "close",
            REOPEN,
            "first get");
    return List.of(new Table(TABLE, "", subjects, List.of()));
  }

  static List<Goal> goals() {
    Cell reopen = cell(MILLION, REOPEN);
    Cell quarter = cell(MILLION / 4, REOPEN);
    return List.of(
        Goal.score("index of 1,000,000 entries", cell(MILLION, INDEX), 100),
        Goal.score("reopening 1,000,000 clean entries", reopen, 3),
        Goal.ratio("reopening 4 times the entries", reopen, 4, List.of(quarter)));
  }
}
