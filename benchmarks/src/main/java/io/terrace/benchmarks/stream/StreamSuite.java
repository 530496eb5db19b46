package io.terrace.benchmarks.stream;

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
import io.terrace.benchmarks.report.Table.Ratio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * Values as streams: how long one large value takes through each tier beside the same bytes moved
 * by hand, how long its first byte takes, and what many values at once take of memory.
 */
public final class StreamSuite implements Suite {
  static final String MEMORY = "Streams at once, in a JVM with -Xmx64m";
  private static final String PEAK_HEAP = "peak of the heap, garbage included";
  private static final String PEAK_DIRECT = "peak of direct buffers";
  private static final int MIB = 1 << 20;
  private static final double BYTES_PER_MIB = MIB;

  /** A way may take a quarter longer than the bare one: 80 % of its throughput. */
  private static final double FOUR_FIFTHS = 1.25;

  private static final double TEN_PERCENT_LATER = 1.1;
  private static final double MEDIAN = 50;
  private static final double TAIL = 99;

  /**
   * How much is measured.
   *
   * @param valueMiB lengths of the value, one table each
   * @param rounds how often each way is taken
   * @param streams how many values at once
   * @param streamMiB the length of each of them
   */
  record Size(List<Integer> valueMiB, int rounds, int streams, int streamMiB) {
    static Size of(Mode mode) {
      return switch (mode) {
        case SMOKE -> new Size(List.of(1), 2, 4, 1);
        case QUICK -> new Size(List.of(64), 15, 32, 16);
        case FULL -> new Size(List.of(64, 256), 40, 32, 256);
      };
    }
  }

  @Override
  public String name() {
    return "stream";
  }

  @Override
  public Report run(RunSettings settings) throws IOException, InterruptedException {
    Size size = Size.of(settings.mode());
    List<Measurement> measurements = new ArrayList<>();
    for (int valueMiB : size.valueMiB()) {
      if (settings.includes(new Cell(value(valueMiB), "", ""))) {
        measurements.addAll(measure(settings.workDirectory(), valueMiB, size.rounds()));
        System.out.printf(Locale.ROOT, "Moved a value of %d MiB%n", valueMiB);
      }
    }
    if (settings.includes(new Cell(MEMORY, "", ""))) {
      measurements.addAll(
          measureMemory(settings.workDirectory(), size.streams(), size.streamMiB()));
      System.out.printf(Locale.ROOT, "Moved %d values at once%n", size.streams());
    }
    return new Report(
        name(),
        settings.mode().toString(),
        Environment.current(),
        tables(size),
        goals(size),
        measurements);
  }

  static List<Measurement> measure(Path parent, int valueMiB, int rounds)
      throws IOException, InterruptedException {
    String heap = "-Xmx" + Math.max(256, 16 * valueMiB) + "m";
    StreamProgram.Result result =
        inProcess(
            parent,
            StreamProgram.class,
            StreamProgram.Result.class,
            heap,
            Integer.toString(valueMiB * MIB),
            Integer.toString(rounds));
    return result.series().stream().map(series -> measurement(valueMiB, series)).toList();
  }

  private static Measurement measurement(int valueMiB, StreamProgram.Series series) {
    boolean isTail = series.row().equals(StreamProgram.FIRST_TAIL);
    boolean isWhole = !isTail && !series.row().equals(StreamProgram.FIRST);
    double[] values = series.values().stream().mapToDouble(Double::doubleValue).toArray();
    return new Measurement(
        new Cell(isWhole ? value(valueMiB) : firstByte(valueMiB), series.row(), series.subject()),
        isWhole ? "ms" : "µs",
        new Percentile().evaluate(values, isTail ? TAIL : MEDIAN),
        null,
        null,
        isWhole ? series.values() : List.of());
  }

  static List<Measurement> measureMemory(Path parent, int streams, int streamMiB)
      throws IOException, InterruptedException {
    StreamMemoryProgram.Result result =
        inProcess(
            parent,
            StreamMemoryProgram.class,
            StreamMemoryProgram.Result.class,
            "-Xmx64m",
            Integer.toString(streams),
            Long.toString((long) streamMiB * MIB));
    return List.of(
        memory(streams, streamMiB, PEAK_HEAP, result.peakHeapBytes() / BYTES_PER_MIB, "MiB"),
        memory(streams, streamMiB, PEAK_DIRECT, result.peakDirectBytes() / BYTES_PER_MIB, "MiB"),
        memory(streams, streamMiB, "written in", result.writeSeconds(), "s"),
        memory(streams, streamMiB, "read in", result.readSeconds(), "s"));
  }

  private static Measurement memory(
      int streams, int streamMiB, String subject, double value, String unit) {
    return Measurement.single(memoryCell(streams, streamMiB, subject), value, unit);
  }

  private static Cell memoryCell(int streams, int streamMiB, String subject) {
    return new Cell(MEMORY, streams + " values of " + streamMiB + " MiB", subject);
  }

  private static <T> T inProcess(
      Path parent, Class<?> program, Class<T> type, String heap, String... arguments)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(parent, "stream-suite");
    try {
      List<String> all = new ArrayList<>(List.of(directory.toString()));
      all.addAll(List.of(arguments));
      return JsonProgram.run(program, type, List.of(heap), all);
    } finally {
      Directories.delete(directory);
    }
  }

  private static String value(int valueMiB) {
    return "One value of " + valueMiB + " MiB";
  }

  private static String firstByte(int valueMiB) {
    return "First byte of a value of " + valueMiB + " MiB";
  }

  static List<Table> tables(Size size) {
    List<String> subjects =
        List.of(StreamProgram.TERRACE, StreamProgram.NOT_PROMOTED, StreamProgram.BARE);
    List<Ratio> ratios =
        List.of(
            new Ratio("Terrace / bare", StreamProgram.TERRACE, List.of(StreamProgram.BARE)),
            new Ratio(
                "Terrace / not promoted",
                StreamProgram.TERRACE,
                List.of(StreamProgram.NOT_PROMOTED)));
    List<Table> tables = new ArrayList<>();
    for (int valueMiB : size.valueMiB()) {
      tables.add(new Table(value(valueMiB), "ms", subjects, ratios));
      tables.add(new Table(firstByte(valueMiB), "µs", subjects, ratios));
    }
    tables.add(
        new Table(MEMORY, "", List.of(PEAK_HEAP, PEAK_DIRECT, "written in", "read in"), List.of()));
    return tables;
  }

  static List<Goal> goals(Size size) {
    List<Goal> goals = new ArrayList<>();
    for (int valueMiB : size.valueMiB()) {
      String table = value(valueMiB);
      goals.add(goal(table, StreamProgram.DISK, StreamProgram.BARE, FOUR_FIFTHS));
      goals.add(goal(table, StreamProgram.PROMOTED, StreamProgram.NOT_PROMOTED, FOUR_FIFTHS));
      goals.add(
          goal(
              firstByte(valueMiB),
              StreamProgram.FIRST,
              StreamProgram.NOT_PROMOTED,
              TEN_PERCENT_LATER));
    }
    Cell direct = memoryCell(size.streams(), size.streamMiB(), PEAK_DIRECT);
    goals.add(Goal.score(size.streams() + " streams at once, direct buffers", direct, 64));
    return goals;
  }

  private static Goal goal(String table, String row, String against, double atMost) {
    Cell cell = new Cell(table, row, StreamProgram.TERRACE);
    String text = table + ", " + row + ", against " + against;
    return Goal.ratio(text, cell, atMost, List.of(cell.of(against)));
  }
}
