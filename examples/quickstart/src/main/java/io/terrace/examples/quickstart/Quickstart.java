package io.terrace.examples.quickstart;

import io.terrace.TerraceConfigurationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command: arguments in, a report out. */
@Command(
    name = "quickstart",
    description = {
      "Caches every file below a directory on heap and disk, reads all of it back and tells which"
          + " tier answered how fast. Run it again: it starts warm.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; files that cannot be read are reported and skipped",
      "1:the cache cannot be used, as when its disk is full or another process has it",
      "2:a bad argument"
    })
public final class Quickstart implements Callable<Integer> {
  private static final Set<String> NOT_SOURCES = Set.of(".git", "target");

  /** Held, because the logging library forgets the level of a logger that nobody holds. */
  private static final Logger TERRACE = Logger.getLogger("io.terrace");

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "the directory to cache (default: this project, without .git and target)")
  private @Nullable Path tree;

  @Option(
      names = "--cache-dir",
      paramLabel = "DIR",
      defaultValue = "${sys:quickstart.cache-dir:-target/quickstart-cache}",
      description =
          "where the cache lives, in a folder for each tree (default: target/quickstart-cache of the"
              + " example)")
  @SuppressWarnings("NullAway.Init") // has a default
  private Path cacheRoot;

  @Option(
      names = "--max-bytes",
      paramLabel = "SIZE",
      description = "the most the files may take on disk, such as 500MiB (default: 10 GiB)")
  private @Nullable String maxBytes;

  @Option(names = "--clear", description = "empty the cache first, for a cold start")
  private boolean clear;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  private Quickstart() {}

  /**
   * Runs the command and ends the process if it failed; after success {@code main} just returns, so
   * that a build which runs the command goes on.
   */
  public static void main(String[] arguments) {
    int exitCode = commandLine().execute(arguments);
    if (exitCode != ExitCode.OK) {
      System.exit(exitCode);
    }
  }

  /** The command, ready to be executed once. */
  static CommandLine commandLine() {
    TERRACE.setLevel(Level.SEVERE); // a warning's cause is told by the line that ends the run
    Quickstart command = new Quickstart();
    return new CommandLine(command)
        .setParameterExceptionHandler((failure, arguments) -> command.usageFailure(failure))
        .setExecutionExceptionHandler((failure, line, parsed) -> command.failure(failure));
  }

  @Override
  public Integer call() throws IOException {
    Path root = requireDirectory();
    Path caches = real(cacheRoot.toAbsolutePath().normalize());
    if (root.startsWith(caches)) {
      throw bad("the cache directory " + caches + " contains " + root + ": use another one");
    }
    Set<String> excludedNames = tree == null ? NOT_SOURCES : Set.of();
    FileTree files = FileTree.list(root, caches, excludedNames);
    Path directory = caches.resolve(folder(root));
    try (FileCache cache = open(directory)) {
      run(cache, files, directory);
    }
    return ExitCode.OK;
  }

  private void run(FileCache cache, FileTree files, Path directory) throws IOException {
    CommandLine line = spec.commandLine();
    Report report = new Report(line.getOut(), line.getErr());
    report.opened(files.root(), directory);
    if (clear) {
      cache.cache().clear();
    }

    long refreshStart = System.nanoTime();
    Refresh refresh;
    try (Progress progress = Progress.of("Caching", files.files().size())) {
      refresh = Refresh.run(cache, files, progress);
    }
    report.refreshed(refresh, System.nanoTime() - refreshStart);

    ReadBack readBack = ReadBack.plan(refresh.sizes(), cache.heapBytes());
    long readStart = System.nanoTime();
    TimedReads reads;
    try (Progress progress = Progress.of("Reading", readBack.reads())) {
      reads = readBack.run(cache, progress);
    }
    report.readBack(readBack, reads, System.nanoTime() - readStart);
    report.tiers(cache.tiers(), reads, cache.streamLargeFile());
  }

  private Path requireDirectory() throws IOException {
    Path given = tree == null ? Path.of(System.getProperty("quickstart.tree", ".")) : tree;
    if (!Files.isDirectory(given)) {
      throw bad(given + (Files.exists(given) ? " is not a directory" : " does not exist"));
    }
    return given.toRealPath();
  }

  /** The real path as far as the path exists, so that it compares with other real paths. */
  private static Path real(Path path) throws IOException {
    Path parent = path.getParent();
    return Files.exists(path) || parent == null
        ? path.toRealPath()
        : real(parent).resolve(path.getFileName());
  }

  /** A folder of its own for each tree: what is gone from one is not gone from another. */
  static String folder(Path tree) {
    String path = tree.toString();
    String id = UUID.nameUUIDFromBytes(path.getBytes(StandardCharsets.UTF_8)).toString();
    Path name = tree.getFileName();
    return (name == null ? "root" : name) + "-" + id.substring(0, 8);
  }

  private FileCache open(Path directory) {
    try {
      return FileCache.open(directory, maxBytes);
    } catch (TerraceConfigurationException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private ParameterException bad(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private int usageFailure(ParameterException failure) {
    print(FailureLine.oneLine(failure));
    return ExitCode.USAGE;
  }

  private int failure(Exception failure) throws Exception {
    String line = FailureLine.of(failure, cacheRoot);
    if (line == null) {
      throw failure;
    }
    print(line);
    return ExitCode.SOFTWARE;
  }

  private void print(String line) {
    spec.commandLine().getErr().println("quickstart: " + line);
    spec.commandLine().getErr().flush();
  }
}
