package io.terrace.examples.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The whole program, from arguments to output, on small trees. */
class QuickstartTest {
  private static final int FILES = 60;

  @TempDir Path temporary;
  private Path tree;
  private Path caches;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectories(temporary.resolve("tree")).toRealPath();
    caches = temporary.toRealPath().resolve("caches");
    Files.createDirectories(tree.resolve("sub/deep"));
    for (int i = 0; i < FILES; i++) {
      Path folder = tree.resolve(i % 3 == 0 ? "" : i % 3 == 1 ? "sub" : "sub/deep");
      Files.writeString(folder.resolve("file-" + i + ".txt"), ("line " + i + "\n").repeat(1000));
    }
  }

  @Test
  void aFirstRunReadsTheTreeAndASecondServesItFromDisk() {
    Run cold = run(tree);
    assertThat(cold.exitCode()).isZero();
    assertThat(cold.out()).contains("Cold start: the cache was empty; 60 files (");
    assertThat(cold.err()).isEmpty();

    Run warm = run(tree);
    assertThat(warm.exitCode()).isZero();
    assertThat(warm.out())
        .containsPattern("Warm start: all 60 files .* were already there and up to date")
        .contains("Everything was served from disk");
    assertThat(warm.err()).isEmpty();
  }

  @Test
  void theTableHasARowForEachTier() {
    Run run = run(tree);

    List<String> table = run.out().lines().filter(line -> line.startsWith("|")).toList();
    assertThat(table).hasSize(3);
    assertThat(table.get(0))
        .matches(
            "\\| tier +\\| +entries \\| +bytes \\| +hits \\| +hit rate \\|.*p50.*\\|.*p99.*\\| +large file \\|");
    assertThat(cells(table.get(1)).get(0)).isEqualTo("heap");
    assertThat(cells(table.get(2)).subList(0, 2)).containsExactly("disk", "60");
    assertThat(cells(table.get(1)).get(7)).isEqualTo("-");
    assertThat(cells(table.get(2)).get(7)).matches("\\d+(\\.\\d)? [MG]iB/s");
    assertThat(run.out()).containsPattern("Large file: 64 MiB written as a stream, \\d+");
    assertThat(table).allSatisfy(row -> assertThat(row).hasSameSizeAs(table.get(0)));
    for (String row : table.subList(1, 3)) {
      List<String> cells = cells(row);
      assertThat(cells.get(2)).matches("\\d+(\\.\\d)? [KM]iB");
      assertThat(cells.get(4)).matches("\\d+\\.\\d %");
      assertThat(cells.subList(5, 7)).allMatch(latency -> latency.matches("\\d+\\.\\d .s"));
    }
  }

  @Test
  void theTiersTogetherAnswerEveryRead() {
    Run run = run(tree);

    assertThat(run.out())
        .contains("all of it 30 times, then 6 files 50 times")
        .contains("2,100 reads");
    List<String> rows = run.out().lines().filter(line -> line.startsWith("|")).toList();
    long heap = number(cells(rows.get(1)).get(3));
    long disk = number(cells(rows.get(2)).get(3));
    assertThat(heap + disk).isEqualTo(2_100);
    assertThat(heap).isGreaterThan(200);
    assertThat(disk).isGreaterThan(10);
    assertThat(cells(rows.get(2)).get(4)).isEqualTo("100.0 %");
  }

  @Test
  void aWarmRunReadsWhatChangedAndRemovesWhatIsGone() throws IOException {
    run(tree);
    Files.writeString(tree.resolve("file-0.txt"), "longer or shorter, but not the same");
    Files.writeString(tree.resolve("new.txt"), "new");
    Files.delete(tree.resolve("sub/file-1.txt"));
    Files.delete(tree.resolve("sub/deep/file-2.txt"));

    Run changed = run(tree);
    assertThat(changed.exitCode()).isZero();
    assertThat(changed.out())
        .containsPattern("Warm start: 57 of 59 files .* were already there and up to date")
        .contains("1 new, 1 changed and read again, 2 removed")
        .doesNotContain("Everything");

    assertThat(run(tree).out())
        .contains("all 59 files")
        .contains("Everything was served from disk");
  }

  @Test
  void clearMakesAColdStart() {
    run(tree);
    assertThat(run(tree, "--clear").out()).contains("Cold start: the cache was empty; 60 files");
  }

  @Test
  void treesThatShareACacheDirectoryDoNotDisturbOneAnother() {
    run(tree);
    assertThat(run(tree.resolve("sub")).out())
        .contains("Cold start: the cache was empty; 40 files");
    assertThat(run(tree).out()).contains("all 60 files");
  }

  @Test
  void theCacheDirectoryIsNotCached() {
    caches = tree.resolve("sub/caches");
    run(tree);
    assertThat(run(tree).out()).contains("all 60 files");
  }

  @Test
  void aLinkThatLeadsNowhereIsReportedAndSkipped() throws IOException {
    Path link = tree.resolve("dangling");
    try {
      Files.createSymbolicLink(link, tree.resolve("nowhere"));
    } catch (UnsupportedOperationException | IOException e) {
      abort("this user cannot make links: " + e);
    }
    Run run = run(tree);
    assertThat(run.exitCode()).isZero();
    assertThat(run.err())
        .isEqualToIgnoringNewLines("skipped: " + link + " cannot be read: no such file");
    assertThat(run.out()).contains("60 files");
  }

  @Test
  void aSocketIsReportedAndSkipped() throws IOException {
    Path socket = tree.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Run run = run(tree);
      assertThat(run.exitCode()).isZero();
      assertThat(run.err().strip())
          .isEqualTo("skipped: " + socket + " is neither a file nor a directory");
    } catch (UnsupportedOperationException e) {
      abort("this system has no such sockets: " + e);
    }
  }

  @Test
  void aFileOverTheLimitIsReportedAndSkippedAndItsOldContentIsForgotten() throws IOException {
    Path file = tree.resolve("file-0.txt");
    run(tree);
    try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
      huge.setLength((64L << 20) + 1);
    }
    Run run = run(tree);
    assertThat(run.exitCode()).isZero();
    assertThat(run.err())
        .isEqualToIgnoringNewLines(
            "skipped: " + file + " is over the limit of 64 MiB for one entry");
    assertThat(run(tree).out()).contains("all 59 files");
  }

  @Test
  void anEmptyTreeIsNoError() throws IOException {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    Run run = run(empty);
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("0 files (0 B)");
  }

  @Test
  void aTreeLargerThanTheCacheSaysSo() {
    Run run = run(tree, "--max-bytes=256KiB");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("which --max-bytes makes larger");
  }

  @Test
  void aDirectoryOfAnotherProcessIsOneLine() throws Exception {
    Path directory = caches.resolve(Quickstart.folder(tree));
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                CacheHolder.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("open with 0 entries");
      Run run = run(tree);
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err().lines())
          .singleElement()
          .asString()
          .startsWith("quickstart: ")
          .contains(directory.toString());
    } finally {
      holder.getOutputStream().close();
      holder.waitFor();
    }
    assertThat(run(tree).exitCode()).isZero();
  }

  @Test
  void aCacheDirectoryThatIsAFileIsOneLine() throws IOException {
    caches = Files.writeString(temporary.toRealPath().resolve("file"), "in the way");
    assertOneLine(run(tree), 1, caches.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--no-such-option", "--max-bytes=many", "--max-bytes=-1", "--cache-dir", "two"})
  void aBadArgumentIsOneLine(String argument) {
    assertOneLine(run(tree, argument), 2, argument.replaceAll("=.*", "").replace("--", ""));
  }

  @Test
  void aTreeThatIsNoDirectoryIsOneLine() {
    assertOneLine(run(temporary.resolve("nowhere")), 2, "nowhere does not exist");
    assertOneLine(run(tree.resolve("file-0.txt")), 2, "file-0.txt is not a directory");
  }

  @Test
  void aTreeInsideTheCacheDirectoryIsOneLine() {
    caches = temporary;
    assertOneLine(run(tree), 2, "contains");
  }

  @Test
  void noThreadIsLeftThatKeepsTheProcessAlive() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    run(tree);
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> !before.contains(thread))
        .allMatch(Thread::isDaemon);
  }

  private static void assertOneLine(Run run, int exitCode, String part) {
    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .startsWith("quickstart: ")
        .contains(part);
  }

  private static List<String> cells(String row) {
    return Stream.of(row.substring(1).split("\\|")).map(String::strip).toList();
  }

  private static long number(String cell) {
    return Long.parseLong(cell.replace(",", ""));
  }

  private Run run(Path directory, String... options) {
    List<String> arguments = new ArrayList<>(List.of(directory.toString()));
    arguments.add("--cache-dir=" + caches);
    arguments.addAll(List.of(options));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Quickstart.commandLine();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = command.execute(arguments.toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }

  /** What a run left behind. */
  private record Run(int exitCode, String out, String err) {}
}
