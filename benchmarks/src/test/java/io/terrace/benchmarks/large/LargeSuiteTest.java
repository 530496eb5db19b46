package io.terrace.benchmarks.large;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.benchmarks.report.Measurement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeSuiteTest {

  @Test
  void fillsAndReopens(@TempDir Path directory) throws IOException, InterruptedException {
    List<Measurement> measured = LargeSuite.measure(directory, 2_000);

    assertThat(measured)
        .extracting(m -> m.cell().subject())
        .containsExactlyElementsOf(LargeSuite.tables().get(0).subjects());
    assertThat(measured)
        .filteredOn(m -> m.cell().subject().equals("files"))
        .singleElement()
        .satisfies(m -> assertThat(m.score()).isGreaterThan(2.0));
    assertThat(directory).isEmptyDirectory();
  }
}
