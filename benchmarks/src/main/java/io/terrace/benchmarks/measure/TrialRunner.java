package io.terrace.benchmarks.measure;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.report.Measurement;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.ListStatistics;

/**
 * Runs trials with JMH, one fork at a time, in rounds: all trials once, then all again. The peers
 * of a row are neighbours in time, and a machine that slows down does so for all of them. Single
 * use.
 */
public final class TrialRunner {
  private static final double CONFIDENCE = 0.999;
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private final Mode mode;
  private final Path log;
  private final Map<Trial, Samples> samples = new LinkedHashMap<>();

  /**
   * @param mode how long to measure
   * @param log gets all that JMH says
   */
  public TrialRunner(Mode mode, Path log) {
    this.mode = mode;
    this.log = log;
  }

  /** Runs the trials and returns a measurement of each, in their order. */
  public List<Measurement> run(List<Trial> trials) throws IOException {
    trials.forEach(trial -> samples.put(trial, new Samples()));
    long startedNanos = System.nanoTime();
    int total = trials.size() * mode.rounds();
    int done = 0;
    try (PrintStream out =
        new PrintStream(Files.newOutputStream(log), true, StandardCharsets.UTF_8)) {
      for (int round = 0; round < mode.rounds(); round++) {
        for (Trial trial : trials) {
          String score = fork(trial, out);
          done++;
          progress(trial, score, done, total, System.nanoTime() - startedNanos);
        }
      }
    }
    return samples.entrySet().stream().map(e -> e.getValue().of(e.getKey())).toList();
  }

  private String fork(Trial trial, PrintStream out) throws IOException {
    try {
      RunResult result =
          new Runner(
                  options(trial, mode),
                  OutputFormatFactory.createFormatInstance(out, VerboseMode.NORMAL))
              .runSingle();
      samples.computeIfAbsent(trial, t -> new Samples()).add(result);
      return String.format(Locale.ROOT, "%,.1f", result.getPrimaryResult().getScore());
    } catch (RunnerException e) {
      throw new IOException("JMH could not run " + trial.cell() + "; its output is in " + log, e);
    }
  }

  static Options options(Trial trial, Mode mode) {
    TimeValue time = TimeValue.milliseconds(mode.iterationMillis());
    var options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(trial.benchmark().getName() + "." + trial.method()) + "$")
            .mode(org.openjdk.jmh.annotations.Mode.AverageTime)
            .timeUnit(trial.unit())
            .threads(trial.threads())
            .forks(1)
            .warmupIterations(mode.warmupIterations())
            .warmupTime(time)
            .measurementIterations(mode.iterations())
            .measurementTime(time)
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .jvmArgs(trial.jvmArguments().toArray(String[]::new));
    trial.parameters().forEach(options::param);
    return options.build();
  }

  private static void progress(Trial trial, String score, int done, int total, long elapsedNanos) {
    Duration left = Duration.ofNanos(elapsedNanos / done * (total - done));
    System.out.printf(
        Locale.ROOT,
        "[%d/%d, %d:%02d left] %s / %s / %s: %s %s%n",
        done,
        total,
        left.toMinutes(),
        left.toSecondsPart(),
        trial.cell().table(),
        trial.cell().row(),
        trial.cell().subject(),
        score,
        unit(trial));
  }

  private static String unit(Trial trial) {
    return (trial.unit() == TimeUnit.MICROSECONDS ? "µs" : "ns") + "/op";
  }

  /** The iterations of all forks of one trial. */
  private static final class Samples {
    private final List<Double> scores = new ArrayList<>();
    private final List<Double> bytes = new ArrayList<>();

    void add(RunResult result) {
      result.getBenchmarkResults().stream()
          .flatMap(fork -> fork.getIterationResults().stream())
          .map(IterationResult::getPrimaryResult)
          .forEach(iteration -> scores.add(iteration.getScore()));
      Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
      if (allocated != null) {
        bytes.add(allocated.getScore());
      }
    }

    Measurement of(Trial trial) {
      ListStatistics statistics = statistics(scores);
      double error = statistics.getMeanErrorAt(CONFIDENCE);
      return new Measurement(
          trial.cell(),
          unit(trial),
          statistics.getMean(),
          Double.isNaN(error) ? null : error,
          bytes.isEmpty() ? null : statistics(bytes).getMean(),
          scores);
    }

    private static ListStatistics statistics(List<Double> values) {
      return new ListStatistics(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }
}
