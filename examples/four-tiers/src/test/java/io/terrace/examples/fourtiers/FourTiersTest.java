package io.terrace.examples.fourtiers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The whole program with real servers, in a JVM whose heap is as small as by hand. */
class FourTiersTest {
  private static final int ENTRIES = 2_000;

  @TempDir Path directory;

  /** Where the reads of one state of the tiers are to come from. */
  private record Expected(String state, String entriesFrom, String largeFrom) {}

  private static final List<Expected> WALK =
      List.of(
          new Expected("all there", "heap", "redis"),
          new Expected("heap emptied", "redis", "redis"),
          new Expected("aws stopped, heap emptied", "redis", "redis"),
          new Expected("redis stopped", "heap", "disk"),
          new Expected("redis stopped, heap emptied", "disk", "disk"),
          new Expected("redis stopped, heap and disk emptied", "aws", "aws"),
          new Expected("redis back, but empty", "disk", "disk"),
          new Expected("redis back, but all else emptied", "aws", "aws"),
          new Expected("heap and disk emptied", "redis", "redis"),
          new Expected("all there again", "heap", "redis"));

  @Test
  void eachTierServesWhatThoseAboveItLostAndNothingIsLost() throws Exception {
    String out = run("--entries", Integer.toString(ENTRIES), "--large", "16");
    assertThat(out).contains("Correct: no read failed", "all 2,000 entries were read too.");
    List<List<String>> rows =
        out.lines()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| tiers"))
            .map(FourTiersTest::cells)
            .toList();
    assertThat(rows).hasSameSizeAs(WALK);
    for (int i = 0; i < rows.size(); i++) {
      assertServed(rows.get(i), WALK.get(i), out);
    }
  }

  private static void assertServed(List<String> row, Expected expected, String out) {
    assertThat(row.get(0)).isEqualTo(expected.state());
    int tier = List.of("heap", "redis", "disk", "aws").indexOf(expected.entriesFrom());
    assertThat(Integer.parseInt(row.get(1 + tier).replace(",", "")))
        .as(expected + " in" + System.lineSeparator() + out)
        .isGreaterThan(ENTRIES / 2);
    assertThat(row.get(7)).as(out).isEqualTo("from " + expected.largeFrom());
  }

  private static List<String> cells(String row) {
    return Arrays.stream(row.substring(1).split("\\|")).map(String::strip).toList();
  }

  @Test
  void aBadArgumentIsToldWithTheUsage() {
    StringWriter err = new StringWriter();
    int exitCode =
        FourTiers.commandLine().setErr(new PrintWriter(err, true)).execute("--entries", "many");
    assertThat(exitCode).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--entries").contains("Usage: four-tiers");
  }

  /** What it printed; it has to succeed. */
  private String run(String... arguments) throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    List<String> command = new ArrayList<>(Launcher.command(List.of(arguments)));
    command.add(1, "-XX:TieredStopAtLevel=1"); // it is over before better code would pay
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      boolean ended = process.waitFor(5, TimeUnit.MINUTES);
      String printed = Files.readString(out, UTF_8);
      assertThat(ended).as(printed).isTrue();
      assertThat(process.exitValue()).as(printed).isZero();
      return printed;
    } finally {
      process.destroyForcibly();
    }
  }
}
