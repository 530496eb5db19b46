package io.terrace.benchmarks.coldstart;

import io.terrace.benchmarks.Directories;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.Suite;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Environment;
import io.terrace.benchmarks.report.Goal;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.Table;
import io.terrace.benchmarks.report.Table.Ratio;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * Whole processes: a program that opens a cache, puts, gets and ends. The programs take turns, and
 * every round starts with another one; the first round warms the page cache and is not counted.
 */
public final class ColdStartSuite implements Suite {
  static final String TABLE = "Cold start, whole process";
  private static final String ROW = "median";
  private static final double NANOS_PER_MILLI = 1e6;

  @Override
  public String name() {
    return "cold-start";
  }

  @Override
  public Report run(RunSettings settings) throws IOException, InterruptedException {
    Path classes = Files.createTempDirectory(settings.workDirectory(), "cold-start");
    try {
      List<Program> programs =
          Arrays.stream(Program.values()).filter(p -> settings.includes(cell(p))).toList();
      return new Report(
          name(),
          settings.mode().toString(),
          Environment.current(),
          tables(),
          goals(),
          measure(programs, classes, settings.mode().processes()));
    } finally {
      Directories.delete(classes);
    }
  }

  static List<Measurement> measure(List<Program> programs, Path classes, int rounds)
      throws IOException, InterruptedException {
    Map<Program, List<Double>> millis = new EnumMap<>(Program.class);
    for (Program program : programs) {
      copyMainClass(program, classes);
      wallMillis(program, classes);
      millis.put(program, new ArrayList<>());
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < programs.size(); i++) {
        Program program = programs.get((round + i) % programs.size());
        millis.computeIfAbsent(program, p -> new ArrayList<>()).add(wallMillis(program, classes));
      }
      System.out.printf(Locale.ROOT, "[%d/%d] cold starts%n", round + 1, rounds);
    }
    return programs.stream().map(p -> measurement(p, millis.getOrDefault(p, List.of()))).toList();
  }

  /** The main class alone, in a directory: the rest of this module is not the program's. */
  private static void copyMainClass(Program program, Path classes) throws IOException {
    String name = program.main().getName().replace('.', '/') + ".class";
    Path file = classes.resolve(name);
    Files.createDirectories(file.getParent());
    try (InputStream in = program.main().getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new IOException("Not on the class path: " + name);
      }
      Files.write(file, in.readAllBytes());
    }
  }

  private static double wallMillis(Program program, Path classes)
      throws IOException, InterruptedException {
    ProcessBuilder command = program.command(classes);
    long startedNanos = System.nanoTime();
    int status = command.start().waitFor();
    long nanos = System.nanoTime() - startedNanos;
    if (status != 0) {
      throw new IOException(
          "The program of "
              + program.label()
              + " ended with status "
              + status
              + "; run it to see why: "
              + String.join(" ", command.command()));
    }
    return nanos / NANOS_PER_MILLI;
  }

  private static Measurement measurement(Program program, List<Double> millis) {
    double[] values = millis.stream().mapToDouble(Double::doubleValue).toArray();
    double median = new Median().evaluate(values);
    return new Measurement(cell(program), "ms", median, null, null, millis);
  }

  private static Cell cell(Program program) {
    return new Cell(TABLE, ROW, program.label());
  }

  static List<Table> tables() {
    List<String> caffeine = List.of(Program.CAFFEINE.label());
    List<Ratio> ratios =
        List.of(Program.TERRACE, Program.CACHE2K, Program.CAFFEINE_JCACHE, Program.EHCACHE).stream()
            .map(p -> new Ratio(p.label() + " / raw Caffeine", p.label(), caffeine))
            .toList();
    List<String> subjects = Arrays.stream(Program.values()).map(Program::label).toList();
    return List.of(new Table(TABLE, "ms", subjects, ratios));
  }

  static List<Goal> goals() {
    return List.of(
        Goal.ratio(
            "JVM start to first get, against raw Caffeine",
            cell(Program.TERRACE),
            1.3,
            List.of(cell(Program.CAFFEINE))));
  }
}
