package io.terrace.linearizability;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.linearizability.Operation.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process writes of its operations is read again. */
class HistoryTest {
  @TempDir Path root;

  @Test
  void everyOutcomeIsReadAsItWasWritten() throws Exception {
    Path file = root.resolve("history");
    try (HistoryWriter writer = new HistoryWriter(file, 3)) {
      int known = writer.calling(1, 2, "k", Kind.REPLACE_IF, 7, 6);
      int failed = writer.calling(1, 3, "k", Kind.PUT, 8, 0);
      int unknown = writer.calling(1, 0, "j", Kind.PUT, 9, 0);
      int unused = writer.calling(1, 1, "j", Kind.GET, 0, 0);
      writer.returned(known, 1, Long.MAX_VALUE - 2);
      writer.failed(failed, new IllegalStateException(), true, Long.MAX_VALUE - 1);
      writer.failed(unknown, new IllegalStateException(), false, Long.MAX_VALUE - 1);
    }
    Files.writeString(file, "K 123", StandardOpenOption.APPEND); // it was killed here

    History history = History.read(List.of(file));
    assertThat(history.byKey().keySet()).containsExactly("j", "k");
    Operation replaced = history.byKey().get("k").get(0);
    assertThat(replaced)
        .usingRecursiveComparison()
        .ignoringFields("callNanos")
        .isEqualTo(
            new Operation(
                30_000_000,
                1,
                2,
                "k",
                Kind.REPLACE_IF,
                7,
                6,
                0,
                Long.MAX_VALUE - 2,
                Outcome.KNOWN,
                1));
    assertThat(replaced.callNanos()).isLessThanOrEqualTo(System.nanoTime());
    assertThat(history.count(Outcome.FAILED)).isEqualTo(1);
    assertThat(history.count(Outcome.UNKNOWN)).isEqualTo(2); // one never returned
    assertThat(history.failures()).containsEntry(IllegalStateException.class.getName(), 2);
  }
}
