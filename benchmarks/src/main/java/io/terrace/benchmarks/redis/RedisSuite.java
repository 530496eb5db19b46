package io.terrace.benchmarks.redis;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.Suite;
import io.terrace.benchmarks.measure.Trial;
import io.terrace.benchmarks.measure.TrialRunner;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Environment;
import io.terrace.benchmarks.report.Goal;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.Table;
import io.terrace.benchmarks.report.Table.Ratio;
import io.terrace.servers.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * A redis tier against its bare client and another JCache, all on one server that the run starts; a
 * near cache that hears of changes; and how soon it does.
 */
public final class RedisSuite implements Suite {
  static final String NEAR = "Near cache [heap, redis], 1 thread";
  static final String LATENCY = "Invalidation between two processes";
  private static final String ROW_LATENCY = "put to the new value read";
  private static final String TERRACE = RedisPeer.TERRACE.label();
  private static final int[] THREADS = {1, 8, 32};
  private static final int ENTRIES = 5_000;
  private static final List<Double> PERCENTILES = List.of(50.0, 99.0);

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public Report run(RunSettings settings) throws IOException, InterruptedException {
    try (RedisServer server = RedisServer.start()) {
      List<Trial> trials =
          plan(server.uri()).stream().filter(trial -> settings.includes(trial.cell())).toList();
      TrialRunner runner = new TrialRunner(settings.mode(), settings.output().resolve("redis.log"));
      List<Measurement> measurements = new ArrayList<>(runner.run(trials));
      if (settings.includes(latency(99))) {
        measurements.addAll(measureLatency(server.uri(), settings.mode()));
      }
      return new Report(
          name(),
          settings.mode().toString(),
          Environment.current(),
          tables(),
          goals(),
          measurements);
    }
  }

  private static List<Measurement> measureLatency(URI server, Mode mode)
      throws IOException, InterruptedException {
    List<Double> millis = InvalidationLatency.measure(server, 2 * mode.iterationMillis());
    double[] values = millis.stream().mapToDouble(Double::doubleValue).toArray();
    return PERCENTILES.stream()
        .map(
            percentile ->
                new Measurement(
                    latency(percentile),
                    "ms",
                    new Percentile().evaluate(values, percentile),
                    null,
                    null,
                    List.of()))
        .toList();
  }

  private static Cell latency(double percentile) {
    return new Cell(LATENCY, ROW_LATENCY, "p" + Math.round(percentile));
  }

  static List<Trial> plan(URI server) {
    List<Trial> plan = new ArrayList<>();
    for (int threads : THREADS) {
      for (String method : List.of("get", "put", "getAll")) {
        for (RedisPeer peer : RedisPeer.values()) {
          plan.add(
              new Trial(
                  new Cell(table(threads), row(method), peer.label()),
                  RedisBenchmark.class,
                  method,
                  Map.of("peer", peer.name(), "entries", Integer.toString(ENTRIES)),
                  threads,
                  TimeUnit.MICROSECONDS,
                  jvmArguments(server)));
        }
      }
    }
    for (int perSecond : new int[] {0, 1_000}) {
      plan.add(
          new Trial(
              near(perSecond),
              NearBenchmark.class,
              "hit",
              Map.of("writesPerSecond", Integer.toString(perSecond)),
              1,
              TimeUnit.NANOSECONDS,
              jvmArguments(server)));
    }
    return plan;
  }

  private static List<String> jvmArguments(URI server) {
    return List.of("-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-D" + RedisState.SERVER + "=" + server);
  }

  private static String table(int threads) {
    return "Redis, " + threads + (threads == 1 ? " thread" : " threads");
  }

  private static String row(String method) {
    return method.equals("getAll") ? "getAll of 20, 1 KiB" : method + ", 1 KiB";
  }

  private static Cell near(int perSecond) {
    String subject = perSecond == 0 ? "nobody writes" : perSecond + " invalidations a second";
    return new Cell(NEAR, "get, hit", subject);
  }

  static List<Table> tables() {
    List<String> subjects = Arrays.stream(RedisPeer.values()).map(RedisPeer::label).toList();
    List<Ratio> ratios =
        List.of(
            new Ratio("Terrace / raw Jedis", TERRACE, List.of(RedisPeer.JEDIS.label())),
            new Ratio("Redisson / Terrace", RedisPeer.REDISSON.label(), List.of(TERRACE)));
    List<Table> tables = new ArrayList<>();
    for (int threads : THREADS) {
      tables.add(new Table(table(threads), "µs/op", subjects, ratios));
    }
    String quiet = near(0).subject();
    String busy = near(1_000).subject();
    tables.add(
        new Table(
            NEAR,
            "ns/op",
            List.of(quiet, busy),
            List.of(new Ratio("with / without", busy, List.of(quiet)))));
    List<String> percentiles = PERCENTILES.stream().map(p -> latency(p).subject()).toList();
    tables.add(new Table(LATENCY, "ms", percentiles, List.of()));
    return tables;
  }

  static List<Goal> goals() {
    List<Goal> goals = new ArrayList<>();
    for (int threads : THREADS) {
      Cell get = new Cell(table(threads), row("get"), TERRACE);
      goals.add(
          Goal.ratio(
              get.row() + ", " + table(threads) + ", against " + RedisPeer.JEDIS.label(),
              get,
              threads == 1 ? 1.15 : 1,
              List.of(get.of(RedisPeer.JEDIS.label()))));
    }
    goals.add(Goal.score("invalidation, 99th percentile", latency(99), 20));
    return goals;
  }
}
