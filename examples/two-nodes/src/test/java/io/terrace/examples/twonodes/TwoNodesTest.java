package io.terrace.examples.twonodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The whole program, with real processes, in little time. */
class TwoNodesTest {
  private static final Pattern PROCESS = Pattern.compile("is process (\\d+)");
  private static final Pattern PORT = Pattern.compile("listens on 127\\.0\\.0\\.1:(\\d+)");

  @Test
  void bothNodesAreCorrectBeforeAndAfterAnOutage() throws IOException {
    Run run = run("--updates", "2", "--burst", "20", "--lease", "700", "--outage", "900");

    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .containsSubsequence(
            "update 2 arrived, ",
            "has seen ",
            "Redis  is stopped",
            "Redis  is started again",
            "writes again: update ",
            "Correct: B saw ",
            "the last one that was acknowledged.");
    assertThat(run.out())
        .containsSubsequence("is stopped", "update 23 fails in ", "tier 'redis' could not write")
        .containsSubsequence("is stopped", "reads fail: tier 'redis' could not", "reads again: ");
    assertNothingIsLeft(run.out());
  }

  @Test
  void theTableTellsWhoServedTheReads() {
    Run run = run("--updates", "1", "--burst", "10", "--lease", "600", "--outage", "0");

    List<List<Long>> rows =
        run.out()
            .lines()
            .filter(line -> line.matches("\\| (with|in all).*"))
            .map(TwoNodesTest::numbers)
            .toList();
    assertThat(rows).as(run.out()).hasSize(4);
    List<Long> with = rows.get(0);
    assertThat(with.get(0)).as("reads").isGreaterThan(10);
    assertThat(with.get(1)).as("from the heap").isPositive();
    assertThat(with.get(2)).as("from Redis").isPositive();
    assertThat(with.get(3)).as("failed").isZero();
    assertThat(with.get(5)).as("invalidations of 11 writes").isBetween(1L, 11L);
    assertThat(rows.get(3).get(5)).as("invalidations in all").isBetween(with.get(5), 13L);
    assertThat(rows.get(3).get(4)).as("updates in all").isBetween(with.get(4) + 1, 13L);
    assertThat(rows.get(3).get(3)).as("failed in all").isPositive();
    assertThat(rows.get(1).get(2)).as("from Redis without it").isZero();
  }

  @Test
  void aBadArgumentIsToldWithTheUsage() {
    Run run = run("--updates", "some");
    assertThat(run.exitCode()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(run.err()).contains("--updates").contains("Usage: two-nodes");
  }

  private static void assertNothingIsLeft(String out) {
    List<Long> pids = find(PROCESS, out);
    assertThat(pids).hasSize(2);
    for (long pid : pids) {
      assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }
    int port = find(PORT, out).get(0).intValue();
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(IOException.class);
  }

  private static List<Long> find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.results().map(match -> match.group(1)).map(Long::valueOf).toList();
  }

  /** The numbers of a row of the table. */
  private static List<Long> numbers(String row) {
    return Pattern.compile("(?<=\\s)\\d[\\d,]*(?=\\s)")
        .matcher(row)
        .results()
        .map(MatchResult::group)
        .map(text -> Long.valueOf(text.replace(",", "")))
        .toList();
  }

  private record Run(int exitCode, String out, String err) {}

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        TwoNodes.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }
}
