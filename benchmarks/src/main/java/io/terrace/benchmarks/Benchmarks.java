package io.terrace.benchmarks;

import io.terrace.benchmarks.aws.AwsSuite;
import io.terrace.benchmarks.coldstart.ColdStartSuite;
import io.terrace.benchmarks.disk.DiskSuite;
import io.terrace.benchmarks.heap.HeapSuite;
import io.terrace.benchmarks.hitratio.HitRatioSuite;
import io.terrace.benchmarks.large.LargeSuite;
import io.terrace.benchmarks.redis.RedisSuite;
import io.terrace.benchmarks.report.MarkdownReport;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.ReportFiles;
import io.terrace.benchmarks.stream.StreamSuite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * The program: runs suites, writes their results, and brings them to {@code docs/benchmarks.md}.
 */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures Terrace beside other caches.")
public final class Benchmarks implements Callable<Integer> {
  private static final List<Suite> SUITES =
      List.of(
          new HeapSuite(),
          new DiskSuite(),
          new ColdStartSuite(),
          new LargeSuite(),
          new StreamSuite(),
          new RedisSuite(),
          new AwsSuite(),
          new HitRatioSuite());

  @Parameters(
      arity = "0..*",
      paramLabel = "SUITE",
      description =
          "heap, disk, cold-start, large, stream, redis, aws, hit-ratio; all that can run if none"
              + " is named")
  private List<String> suites = List.of();

  @ArgGroup private Length length = new Length();

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description = "measure only where 'table / row / subject' has a match")
  private Pattern only = Pattern.compile("");

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "where results and logs go (default: ${DEFAULT-VALUE})",
      defaultValue = "benchmarks/target/results")
  private Path output = Path.of("");

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "where caches put their files (default: ${DEFAULT-VALUE})",
      defaultValue = "${sys:java.io.tmpdir}")
  private Path directory = Path.of("");

  @Option(
      names = "--publish",
      paramLabel = "PAGE",
      description = "a Markdown page whose sections of these suites are replaced")
  private @Nullable Path page;

  @Option(
      names = "--render",
      description = "measure nothing: render the results that are in the output directory")
  private boolean renderOnly;

  /** One of the two modes; quick if none is named. */
  private static final class Length {
    @Option(names = "--quick", description = "minutes; the default")
    private boolean quick;

    @Option(names = "--full", description = "about an hour, for numbers that are published")
    private boolean full;

    Mode mode() {
      return full && !quick ? Mode.FULL : Mode.QUICK;
    }
  }

  /** Runs the suites named by the arguments; see {@code --help}. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Benchmarks()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Files.createDirectories(output);
    Files.createDirectories(directory);
    RunSettings settings = new RunSettings(length.mode(), only, output, directory);
    for (Suite suite : selected()) {
      Report report =
          renderOnly
              ? ReportFiles.read(output.resolve(suite.name() + ".json"))
              : suite.run(settings);
      ReportFiles.write(output, report);
      if (page != null) {
        ReportFiles.publish(page, report);
      }
      System.out.println();
      System.out.println(MarkdownReport.of(report));
    }
    return 0;
  }

  private List<Suite> selected() {
    List<String> names = SUITES.stream().map(Suite::name).toList();
    for (String name : suites) {
      if (!names.contains(name)) {
        throw new ParameterException(
            new CommandLine(this), "No suite is named " + name + "; there are " + names);
      }
    }
    return SUITES.stream()
        .filter(s -> suites.isEmpty() ? s.isAvailable() : suites.contains(s.name()))
        .toList();
  }
}
