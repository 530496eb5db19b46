package io.terrace.benchmarks.disk;

import io.terrace.benchmarks.Directories;
import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.Suite;
import io.terrace.benchmarks.measure.Trial;
import io.terrace.benchmarks.measure.TrialRunner;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Environment;
import io.terrace.benchmarks.report.Goal;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.Table;
import io.terrace.benchmarks.report.Table.Ratio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A disk tier against another cache's, and against the bare file. */
public final class DiskSuite implements Suite {
  static final String ONE_THREAD = "Disk, 1 thread";
  static final String TWO_THREADS = "Disk, 2 threads";
  private static final int[] BODY_KIB = {1, 16};
  private static final long FILLED_BYTES_QUICK = 64L << 20;
  private static final long FILLED_BYTES_FULL = 128L << 20;

  @Override
  public String name() {
    return "disk";
  }

  @Override
  public Report run(RunSettings settings) throws IOException {
    Path directory = Files.createTempDirectory(settings.workDirectory(), "disk-suite");
    try {
      List<Trial> trials =
          plan(settings.mode(), directory).stream()
              .filter(trial -> settings.includes(trial.cell()))
              .toList();
      TrialRunner runner = new TrialRunner(settings.mode(), settings.output().resolve("disk.log"));
      return new Report(
          name(),
          settings.mode().toString(),
          Environment.current(),
          tables(),
          goals(),
          runner.run(trials));
    } finally {
      Directories.delete(directory);
    }
  }

  static List<Trial> plan(Mode mode, Path directory) {
    List<Trial> plan = new ArrayList<>();
    add(plan, ONE_THREAD, 1, mode, directory);
    if (mode == Mode.FULL) {
      add(plan, TWO_THREADS, 2, mode, directory);
    }
    return plan;
  }

  private static void add(List<Trial> plan, String table, int threads, Mode mode, Path directory) {
    long filledBytes = mode == Mode.FULL ? FILLED_BYTES_FULL : FILLED_BYTES_QUICK;
    for (String method : List.of("get", "put")) {
      for (int kib : BODY_KIB) {
        for (DiskPeer peer : DiskPeer.values()) {
          plan.add(
              new Trial(
                  new Cell(table, row(method, kib), peer.label()),
                  DiskBenchmark.class,
                  method,
                  Map.of(
                      "peer", peer.name(),
                      "bodyBytes", Integer.toString(kib << 10),
                      "entries", Long.toString(filledBytes / (kib << 10))),
                  threads,
                  TimeUnit.MICROSECONDS,
                  jvmArguments(directory)));
        }
      }
    }
  }

  private static List<String> jvmArguments(Path directory) {
    return List.of(
        "-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-D" + DiskState.WORK_DIRECTORY + "=" + directory);
  }

  private static String row(String method, int kib) {
    return method + ", " + kib + " KiB";
  }

  static List<Table> tables() {
    List<String> subjects = Arrays.stream(DiskPeer.values()).map(DiskPeer::label).toList();
    List<Ratio> ratios =
        List.of(
            new Ratio("Terrace / bare file", terrace(), List.of(DiskPeer.BARE_FILE.label())),
            new Ratio("Ehcache / Terrace", DiskPeer.EHCACHE.label(), List.of(terrace())));
    return List.of(
        new Table(ONE_THREAD, "µs/op", subjects, ratios),
        new Table(TWO_THREADS, "µs/op", subjects, ratios));
  }

  private static String terrace() {
    return DiskPeer.TERRACE.label();
  }

  static List<Goal> goals() {
    List<Goal> goals = new ArrayList<>();
    for (int kib : BODY_KIB) {
      Cell get = new Cell(ONE_THREAD, row("get", kib), terrace());
      Cell put = new Cell(ONE_THREAD, row("put", kib), terrace());
      goals.add(against(get, DiskPeer.BARE_FILE, 1.5));
      goals.add(against(get, DiskPeer.EHCACHE, 1.0 / 5));
      goals.add(against(put, DiskPeer.EHCACHE, 1.0 / 8));
    }
    return goals;
  }

  private static Goal against(Cell cell, DiskPeer peer, double atMost) {
    return Goal.ratio(
        cell.row() + ", against the " + peer.label(), cell, atMost, List.of(cell.of(peer.label())));
  }
}
