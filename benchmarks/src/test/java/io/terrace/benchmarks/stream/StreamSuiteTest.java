package io.terrace.benchmarks.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.report.Goal;
import io.terrace.benchmarks.report.MarkdownReport;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.benchmarks.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamSuiteTest {

  @Test
  void measuresEveryGoal(@TempDir Path directory) throws IOException, InterruptedException {
    RunSettings settings = new RunSettings(Mode.SMOKE, Pattern.compile(""), directory, directory);
    Report report = new StreamSuite().run(settings);

    assertThat(report.goals()).hasSize(4);
    assertThat(report.goals())
        .allSatisfy(
            goal -> {
              assertThat(report.at(goal.cell())).isPresent();
              assertThat(goal.against()).allSatisfy(c -> assertThat(report.at(c)).isPresent());
            })
        .extracting(Goal::text)
        .doesNotHaveDuplicates();
    assertThat(report.measurements()).extracting(Measurement::score).allMatch(score -> score > 0);
    assertThat(MarkdownReport.of(report)).contains("Terrace / not promoted");
    assertThat(directory).isEmptyDirectory();
  }
}
