package io.terrace.benchmarks.heap;

import static io.terrace.benchmarks.heap.HeapPeer.CACHE2K;
import static io.terrace.benchmarks.heap.HeapPeer.CAFFEINE;
import static io.terrace.benchmarks.heap.HeapPeer.CAFFEINE_JCACHE;
import static io.terrace.benchmarks.heap.HeapPeer.CONCURRENT_HASH_MAP;
import static io.terrace.benchmarks.heap.HeapPeer.EHCACHE;
import static io.terrace.benchmarks.heap.HeapPeer.SERIALIZING_MAP;
import static io.terrace.benchmarks.heap.HeapPeer.TERRACE;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Operations of a cache on the heap against the peers, and what they allocate. */
public final class HeapSuite implements Suite {
  static final String STRINGS = "String values, 1 thread";
  static final String STRINGS_2 = "String values, 2 threads";
  static final String RECORDS = "Records of strings by value, 1 thread";
  static final String RECORDS_2 = "Records of strings by value, 2 threads";
  static final String BEANS = "Mutable beans by value, 1 thread";
  static final String COLLECTIONS = "Maps of lists by value, 1 thread";
  static final String COUNTED = "String values, 1 thread, statistics on";
  static final String COUNTED_2 = "String values, 2 threads, statistics on";

  private static final List<HeapPeer> JCACHES = List.of(TERRACE, CACHE2K, CAFFEINE_JCACHE, EHCACHE);
  private static final List<HeapPeer> ALL =
      List.of(TERRACE, CACHE2K, CAFFEINE_JCACHE, EHCACHE, CAFFEINE, CONCURRENT_HASH_MAP);
  private static final List<HeapPeer> COUNTING =
      List.of(TERRACE, CACHE2K, CAFFEINE_JCACHE, EHCACHE, CAFFEINE);
  private static final List<HeapPeer> COPYING =
      List.of(TERRACE, CACHE2K, CAFFEINE_JCACHE, EHCACHE, SERIALIZING_MAP);

  private static final List<String> JVM =
      List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-Djava.util.logging.config.file=/dev/null");

  /** The rows: what a reader calls an operation, and its method. */
  private static final Map<String, String> OPERATIONS = operations();

  @Override
  public String name() {
    return "heap";
  }

  @Override
  public Report run(RunSettings settings) throws IOException {
    List<Trial> trials =
        plan(settings.mode()).stream().filter(t -> settings.includes(t.cell())).toList();
    TrialRunner runner = new TrialRunner(settings.mode(), settings.output().resolve("heap.log"));
    return new Report(
        name(),
        settings.mode().toString(),
        Environment.current(),
        tables(),
        goals(),
        runner.run(trials));
  }

  private static Map<String, String> operations() {
    Map<String, String> methods = new LinkedHashMap<>();
    methods.put("get, hit", "getHit");
    methods.put("get, miss", "getMiss");
    methods.put("put, present", "put");
    methods.put("putIfAbsent, present", "putIfAbsent");
    methods.put("invoke that sets", "invoke");
    methods.put("getAll of 20", "getAll");
    methods.put("90 % get, 10 % put", "mixed");
    return methods;
  }

  /** In quick mode the operations that say most of a table. */
  static List<Trial> plan(Mode mode) {
    boolean full = mode == Mode.FULL;
    String[] all = OPERATIONS.values().toArray(String[]::new);
    String[] hit = {"getHit"};
    String[] hitAndPut = {"getHit", "put"};
    String[] hitAndMixed = {"getHit", "mixed"};
    String[] copied = full ? new String[] {"getHit", "put", "invoke", "mixed"} : hitAndPut;
    List<Trial> plan = new ArrayList<>();
    add(plan, STRINGS, ALL, ValueKind.STRING, Statistics.OFF, 1, all);
    add(plan, STRINGS_2, ALL, ValueKind.STRING, Statistics.OFF, 2, full ? all : hitAndMixed);
    add(plan, RECORDS, COPYING, ValueKind.RECORD, Statistics.OFF, 1, full ? copied : hit);
    add(plan, RECORDS_2, JCACHES, ValueKind.RECORD, Statistics.OFF, 2, hit);
    add(plan, BEANS, COPYING, ValueKind.BEAN, Statistics.OFF, 1, copied);
    add(plan, COLLECTIONS, COPYING, ValueKind.COLLECTION, Statistics.OFF, 1, hitAndPut);
    add(plan, COUNTED, COUNTING, ValueKind.STRING, Statistics.ON, 1, hitAndMixed);
    if (full) {
      add(plan, COUNTED_2, COUNTING, ValueKind.STRING, Statistics.ON, 2, hitAndMixed);
    }
    return plan;
  }

  private static void add(
      List<Trial> plan,
      String table,
      List<HeapPeer> peers,
      ValueKind values,
      Statistics statistics,
      int threads,
      String... methods) {
    List<String> wanted = Arrays.asList(methods);
    OPERATIONS.forEach(
        (row, method) -> {
          if (wanted.contains(method)) {
            for (HeapPeer peer : peers) {
              plan.add(
                  new Trial(
                      new Cell(table, row, peer.label()),
                      HeapBenchmark.class,
                      method,
                      Map.of(
                          "peer", peer.name(),
                          "values", values.name(),
                          "statistics", statistics.name()),
                      threads,
                      TimeUnit.NANOSECONDS,
                      JVM));
            }
          }
        });
  }

  static List<Table> tables() {
    List<String> jcachePeers = labels(List.of(CACHE2K, CAFFEINE_JCACHE, EHCACHE));
    List<Ratio> ratios =
        List.of(
            new Ratio("Terrace / fastest JCache peer", TERRACE.label(), jcachePeers),
            new Ratio("Terrace / raw Caffeine", TERRACE.label(), labels(List.of(CAFFEINE))));
    List<Ratio> copying =
        List.of(
            ratios.get(0),
            new Ratio(
                "Terrace / Java serialization", TERRACE.label(), labels(List.of(SERIALIZING_MAP))));
    return List.of(
        new Table(STRINGS, "ns/op", labels(ALL), ratios),
        new Table(STRINGS_2, "ns/op", labels(ALL), ratios),
        new Table(RECORDS, "ns/op", labels(COPYING), copying),
        new Table(RECORDS_2, "ns/op", labels(JCACHES), ratios.subList(0, 1)),
        new Table(BEANS, "ns/op", labels(COPYING), copying),
        new Table(COLLECTIONS, "ns/op", labels(COPYING), copying),
        new Table(COUNTED, "ns/op", labels(COUNTING), ratios),
        new Table(COUNTED_2, "ns/op", labels(COUNTING), ratios));
  }

  private static List<String> labels(List<HeapPeer> peers) {
    return peers.stream().map(HeapPeer::label).toList();
  }

  static List<Goal> goals() {
    List<Goal> goals = new ArrayList<>();
    List.of(STRINGS, RECORDS).forEach(table -> goals.addAll(reads(table, STRINGS)));
    List.of(STRINGS_2, RECORDS_2).forEach(table -> goals.addAll(reads(table, STRINGS_2)));
    Cell counted = terrace(COUNTED, "get, hit");
    goals.add(
        Goal.ratio(
            "get, hit, with statistics on / off",
            counted,
            1.3,
            List.of(terrace(STRINGS, "get, hit"))));
    for (String row :
        List.of("put, present", "invoke that sets", "getAll of 20", "putIfAbsent, present")) {
      Cell cell = terrace(STRINGS, row);
      List<Cell> peers =
          List.of(CACHE2K, CAFFEINE_JCACHE, EHCACHE).stream()
              .map(peer -> cell.of(peer.label()))
              .toList();
      goals.add(Goal.ratio(row + ", against the fastest JCache peer", cell, 1.0, peers));
    }
    for (String table : List.of(BEANS, COLLECTIONS)) {
      Cell cell = terrace(table, "get, hit");
      List<Cell> serialization = List.of(cell.of(SERIALIZING_MAP.label()));
      goals.add(
          Goal.ratio(
              "get, hit, " + table + ", against Java serialization", cell, 0.1, serialization));
    }
    return goals;
  }

  /** A read of what cannot change costs what a string costs the fastest peer, and no garbage. */
  private static List<Goal> reads(String table, String strings) {
    Cell cell = terrace(table, "get, hit");
    Cell peer = new Cell(strings, "get, hit", CACHE2K.label());
    String text = "get, hit, " + table;
    return List.of(
        Goal.ratio(text + ", against cache2k's of a String", cell, 1.25, List.of(peer)),
        Goal.bytes(text + ", allocation", cell, 1));
  }

  private static Cell terrace(String table, String row) {
    return new Cell(table, row, TERRACE.label());
  }
}
