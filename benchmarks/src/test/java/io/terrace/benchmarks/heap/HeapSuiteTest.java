package io.terrace.benchmarks.heap;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.RunSettings;
import io.terrace.benchmarks.measure.Trial;
import io.terrace.benchmarks.report.Cell;
import io.terrace.benchmarks.report.Measurement;
import io.terrace.benchmarks.report.Report;
import io.terrace.benchmarks.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HeapSuiteTest {

  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyGoalIsMeasured(Mode mode) {
    List<Cell> cells = HeapSuite.plan(mode).stream().map(Trial::cell).toList();
    assertThat(cells).doesNotHaveDuplicates();
    assertThat(HeapSuite.goals())
        .allSatisfy(
            goal -> {
              assertThat(cells).contains(goal.cell());
              assertThat(cells).containsAll(goal.against());
            });
  }

  @Test
  void everyTrialHasItsTableAndColumn() {
    assertThat(HeapSuite.plan(Mode.FULL))
        .allSatisfy(
            trial ->
                assertThat(HeapSuite.tables())
                    .filteredOn(table -> table.title().equals(trial.cell().table()))
                    .singleElement()
                    .extracting(Table::subjects)
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                    .contains(trial.cell().subject()));
  }

  @Test
  void aForkMeasuresTimeAndAllocation(@TempDir Path output) throws IOException {
    Pattern one = Pattern.compile("^String values, 1 thread / get, hit / Terrace$");
    Report report = new HeapSuite().run(new RunSettings(Mode.SMOKE, one, output, output));

    assertThat(report.measurements())
        .singleElement()
        .satisfies(
            m -> {
              assertThat(m.score()).isPositive();
              assertThat(m.bytesPerOperation()).isNotNull();
              assertThat(m.samples()).containsExactly(m.score());
            })
        .extracting(Measurement::unit)
        .isEqualTo("ns/op");
    assertThat(Files.readString(output.resolve("heap.log"))).contains("HeapBenchmark.getHit");
  }
}
