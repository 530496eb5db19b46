package io.terrace.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final Cell OURS = new Cell("Reads", "get", "Terrace");
  private static final Environment ENVIRONMENT =
      new Environment("2024-02-29", "A JVM 17", "An OS", "A CPU", 2, 16, "abc1234");

  private final Report report =
      new Report(
          "heap",
          "quick",
          ENVIRONMENT,
          List.of(
              new Table(
                  "Reads",
                  "ns/op",
                  List.of("Terrace", "not run", "slow", "fast"),
                  List.of(
                      new Table.Ratio("Terrace / fastest", "Terrace", List.of("slow", "fast")),
                      new Table.Ratio("Terrace / not run", "Terrace", List.of("not run")))),
              new Table("Never run", "ns/op", List.of("Terrace"), List.of())),
          List.of(
              Goal.ratio("get, against the fastest", OURS, 1.25, List.of(OURS.of("fast"))),
              Goal.bytes("get, allocation", OURS, 1),
              Goal.score("get", OURS, 20),
              Goal.score("not run", OURS.of("not run"), 1)),
          List.of(
              new Measurement(OURS, "ns/op", 24, 0.5, 16.0, List.of(23.5, 24.5)),
              new Measurement(OURS.of("slow"), "ns/op", 1234.5, 300.0, null, List.of(1234.5)),
              new Measurement(OURS.of("fast"), "ns/op", 20, null, 0.001, List.of(20.0))));

  @Test
  void markdownShowsGoalsScoresRatiosAndAllocation() {
    assertThat(MarkdownReport.of(report))
        .isEqualTo(
            """
            Measured 2024-02-29 at commit `abc1234`, mode `quick`. A JVM 17, A CPU, 2 cores, 16 GiB, An OS.

            | goal | at most | measured | met |
            | --- | ---: | ---: | ---: |
            | get, against the fastest | 1.25 × | 1.20 × | yes |
            | get, allocation | 1.0 B/op | 16 B/op | **no** |
            | get | 20.0 ns/op | 24.0 ns/op | **no** |

            ### Reads (ns/op)

            |  | Terrace | slow | fast | Terrace / fastest |
            | --- | ---: | ---: | ---: | ---: |
            | get | 24.0 | 1,235 ±24 % | 20.0 | 1.20 × |

            | bytes allocated per operation | Terrace | fast |
            | --- | ---: | ---: |
            | get | 16 | 0 |

            """);
  }

  @Test
  void jsonReadsBack(@TempDir Path directory) throws IOException {
    ReportFiles.write(directory, report);

    assertThat(ReportFiles.read(directory.resolve("heap.json"))).isEqualTo(report);
    assertThat(directory.resolve("heap.md")).hasContent(MarkdownReport.of(report));
  }

  @Test
  void publishingReplacesTheSectionOfTheSuiteAlone(@TempDir Path directory) throws IOException {
    Path page = directory.resolve("page.md");
    Files.writeString(page, "top\n<!-- heap begin -->\nold\n<!-- heap end -->\nbottom\n");

    ReportFiles.publish(page, report);
    ReportFiles.publish(page, report);

    assertThat(page)
        .hasContent(
            "top\n<!-- heap begin -->\n\n"
                + MarkdownReport.of(report)
                + "<!-- heap end -->\nbottom\n");
  }

  @Test
  void aPageWithoutTheSectionIsRefused(@TempDir Path directory) throws IOException {
    Path page = Files.writeString(directory.resolve("page.md"), "nothing here\n");

    assertThatThrownBy(() -> ReportFiles.publish(page, report))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("heap begin")
        .hasMessageContaining("page.md");
    assertThat(page).hasContent("nothing here\n");
  }

  @Test
  void theEnvironmentIsFilled() {
    Environment here = Environment.current();
    assertThat(here.cores()).isPositive();
    assertThat(here.memoryGiB()).isPositive();
    assertThat(here.jvm()).contains(Runtime.version().feature() + ".");
    assertThat(here.commit()).isNotBlank();
  }
}
