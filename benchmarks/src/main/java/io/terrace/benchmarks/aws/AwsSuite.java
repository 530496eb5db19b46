package io.terrace.benchmarks.aws;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.Suite;
import io.terrace.benchmarks.measure.JsonProgram;
import io.terrace.benchmarks.measure.Trial;
import io.terrace.benchmarks.measure.TrialRunner;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Environment;
import io.terrace.benchmarks.report.Goal;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.Table;
import io.terrace.benchmarks.report.Table.Ratio;
import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.S3Server;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * An aws tier against the clients it uses, on servers that the run starts: short values in
 * DynamoDB, a long one in S3, and a near cache over them.
 */
public final class AwsSuite implements Suite {
  static final String NEAR = "Near cache [heap, aws], 1 thread";
  private static final String TERRACE = AwsPeer.TERRACE.label();
  private static final String SDK = AwsPeer.SDK.label();
  private static final int[] THREADS = {1, 8};
  private static final int ENTRIES = 2_000;
  private static final int MIB = 1 << 20;
  private static final long NEVER_MILLIS = TimeUnit.HOURS.toMillis(1);
  private static final long AT_ONCE_MILLIS = 1;
  private static final double FIFTEEN_PERCENT_LATER = 1.15;

  /** 85 % of the throughput. */
  private static final double LONGER_WAY = 1.18;

  /**
   * How much is streamed.
   *
   * @param valueMiB the length of the value; over 8, so that there are parts of it
   * @param rounds how often each way is taken
   */
  record Size(int valueMiB, int rounds) {
    static Size of(Mode mode) {
      return switch (mode) {
        case SMOKE -> new Size(12, 2);
        case QUICK -> new Size(64, 15);
        case FULL -> new Size(64, 40);
      };
    }
  }

  @Override
  public String name() {
    return "aws";
  }

  @Override
  public Report run(RunSettings settings) throws IOException, InterruptedException {
    Size size = Size.of(settings.mode());
    try (DynamoDbServer dynamoDb = DynamoDbServer.start();
        S3Server s3 = S3Server.start()) {
      AwsServices services = AwsServices.of(dynamoDb, s3);
      List<Trial> trials =
          plan(services).stream().filter(trial -> settings.includes(trial.cell())).toList();
      TrialRunner runner = new TrialRunner(settings.mode(), settings.output().resolve("aws.log"));
      List<Measurement> measurements = new ArrayList<>(runner.run(trials));
      if (settings.includes(new Cell(streams(size), "", ""))) {
        measurements.addAll(measureStreams(services, size));
        System.out.println("Streamed a value to S3 and back");
      }
      return new Report(
          name(),
          settings.mode().toString(),
          Environment.current(),
          tables(size),
          goals(size),
          measurements);
    }
  }

  static List<Measurement> measureStreams(AwsServices services, Size size)
      throws IOException, InterruptedException {
    return JsonProgram.run(
            AwsStreamProgram.class,
            AwsStreamProgram.Result.class,
            List.of("-Xms512m", "-Xmx512m", "-XX:+UseG1GC"),
            List.of(
                services.line(),
                Integer.toString(size.valueMiB() * MIB),
                Integer.toString(size.rounds())))
        .series()
        .stream()
        .map(series -> measurement(size, series))
        .toList();
  }

  private static Measurement measurement(Size size, AwsStreamProgram.Series series) {
    double[] millis = series.millis().stream().mapToDouble(Double::doubleValue).toArray();
    return new Measurement(
        new Cell(streams(size), series.row(), series.peer().label()),
        "ms",
        new Median().evaluate(millis),
        null,
        null,
        series.millis());
  }

  static List<Trial> plan(AwsServices services) {
    List<String> jvm =
        List.of(
            "-Xms512m",
            "-Xmx512m",
            "-XX:+UseG1GC",
            "-D" + AwsServices.PROPERTY + "=" + services.line());
    List<Trial> plan = new ArrayList<>();
    for (int threads : THREADS) {
      for (String method : List.of("get", "put")) {
        for (AwsPeer peer : AwsPeer.values()) {
          plan.add(
              new Trial(
                  new Cell(table(threads), row(method), peer.label()),
                  AwsBenchmark.class,
                  method,
                  Map.of("peer", peer.name(), "entries", Integer.toString(ENTRIES)),
                  threads,
                  TimeUnit.MICROSECONDS,
                  jvm));
        }
      }
    }
    for (long millis : List.of(NEVER_MILLIS, AT_ONCE_MILLIS)) {
      plan.add(
          new Trial(
              near(millis),
              AwsNearBenchmark.class,
              "hit",
              Map.of("verifyAfterMillis", Long.toString(millis)),
              1,
              TimeUnit.NANOSECONDS,
              jvm));
    }
    return plan;
  }

  private static String table(int threads) {
    return "DynamoDB, " + threads + (threads == 1 ? " thread" : " threads");
  }

  private static String row(String method) {
    return method + ", 1 KiB";
  }

  private static String streams(Size size) {
    return "S3, one value of " + size.valueMiB() + " MiB";
  }

  private static Cell near(long verifyAfterMillis) {
    String subject = verifyAfterMillis == NEVER_MILLIS ? "young copy" : "copy to be compared";
    return new Cell(NEAR, "get, hit", subject);
  }

  static List<Table> tables(Size size) {
    List<String> subjects = Arrays.stream(AwsPeer.values()).map(AwsPeer::label).toList();
    List<Ratio> ratios = List.of(new Ratio("Terrace / bare SDK", TERRACE, List.of(SDK)));
    List<Table> tables = new ArrayList<>();
    for (int threads : THREADS) {
      tables.add(new Table(table(threads), "µs/op", subjects, ratios));
    }
    List<String> copies = List.of(near(NEVER_MILLIS).subject(), near(AT_ONCE_MILLIS).subject());
    tables.add(new Table(NEAR, "ns/op", copies, List.of()));
    tables.add(new Table(streams(size), "ms", subjects, ratios));
    return tables;
  }

  static List<Goal> goals(Size size) {
    List<Goal> goals = new ArrayList<>();
    for (int threads : THREADS) {
      goals.add(goal(table(threads), row("get"), FIFTEEN_PERCENT_LATER));
    }
    for (String row : List.of(AwsStreamProgram.READ, AwsStreamProgram.WRITE)) {
      goals.add(goal(streams(size), row, LONGER_WAY));
    }
    return goals;
  }

  private static Goal goal(String table, String row, double atMost) {
    Cell cell = new Cell(table, row, TERRACE);
    String text = table + ", " + row + ", against the " + SDK;
    return Goal.ratio(text, cell, atMost, List.of(cell.of(SDK)));
  }
}
