package io.terrace.benchmarks.coldstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.benchmarks.report.Measurement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdStartSuiteTest {

  /** A library that is missing on a program's class path would end it with another status. */
  @Test
  void everyProgramRunsOnItsOwnLibraries(@TempDir Path classes)
      throws IOException, InterruptedException {
    List<Program> programs = List.of(Program.values());
    assertThat(ColdStartSuite.measure(programs, classes, 1))
        .hasSameSizeAs(programs)
        .allSatisfy(m -> assertThat(m.score()).isPositive())
        .extracting(Measurement::cell)
        .containsAll(ColdStartSuite.goals().get(0).against());
  }
}
