package io.terrace.benchmarks.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.benchmarks.Mode;
import io.terrace.benchmarks.measure.Trial;
import io.terrace.benchmarks.report.Cell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.infra.ThreadParams;

/** The disk peers hold what was put through closing and opening; see {@link DiskState#open}. */
class DiskBenchmarkTest {

  @ParameterizedTest
  @EnumSource(DiskPeer.class)
  void readsBackWhatItWrites(DiskPeer peer, @TempDir Path parent) throws IOException {
    DiskBenchmark benchmark = new DiskBenchmark();
    DiskState state = new DiskState();
    DiskBenchmark.Cursor cursor = new DiskBenchmark.Cursor();
    state.parent = parent;
    state.peer = peer;
    state.bodyBytes = 1024;
    state.entries = 100;
    state.open();
    try {
      int first = state.numbers[0];
      cursor.start(new ThreadParams(0, 1, 0, 1, 0, 1, 0, 1, 0, 1));
      assertThat(benchmark.get(state, cursor)).isEqualTo(state.body(first));

      state.store.put(first, state.body(first + 1));
      cursor.start(new ThreadParams(0, 1, 0, 1, 0, 1, 0, 1, 0, 1));
      benchmark.put(state, cursor);
      assertThat(state.store.get(first)).isEqualTo(state.body(0));
    } finally {
      state.close();
    }
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void everyGoalIsMeasured() {
    List<Cell> cells = DiskSuite.plan(Mode.QUICK, Path.of(".")).stream().map(Trial::cell).toList();
    assertThat(cells).doesNotHaveDuplicates();
    assertThat(DiskSuite.goals())
        .allSatisfy(
            goal -> {
              assertThat(cells).contains(goal.cell());
              assertThat(cells).containsAll(goal.against());
            });
  }
}
