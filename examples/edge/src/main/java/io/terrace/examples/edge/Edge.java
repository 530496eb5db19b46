package io.terrace.examples.edge;

import io.terrace.TerraceConfigurationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command: arguments in, a proxy that runs until it is stopped. */
@Command(
    name = "edge",
    description = {
      "A caching HTTP proxy in front of an origin, with its bodies on heap and disk. Without --origin"
          + " it starts one itself, which serves a directory.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "1:the cache or the port cannot be used",
      "2:a bad argument",
      "130:stopped by Ctrl-C"
    })
public final class Edge implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Held, because the logging library forgets the levels of loggers that nobody holds. */
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("io.terrace"), Logger.getLogger("org.eclipse.jetty"));

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "the directory that the origin serves (default: this project)")
  private @Nullable Path tree;

  @Option(
      names = "--origin",
      paramLabel = "URL",
      description = "the origin, such as https://example.org, instead of a directory")
  private @Nullable URI originUri;

  @Option(
      names = "--port",
      defaultValue = "8080",
      description = "where to listen; 0 for any port that is free (default: 8080)")
  private int port;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      defaultValue = "${sys:edge.directory:-target/edge-cache}",
      description = "where the disk tier lives (default: target/edge-cache of the example)")
  @SuppressWarnings("NullAway.Init") // has a default
  private Path directory;

  @Option(
      names = "--max-bytes",
      paramLabel = "SIZE",
      description = "the most it may take on disk, such as 500MiB (default: 10 GiB)")
  private @Nullable String maxBytes;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  private Edge() {}

  /** Runs the command and ends the process with its exit code if that is not 0. */
  public static void main(String[] arguments) {
    int exitCode = commandLine().execute(arguments);
    if (exitCode != ExitCode.OK) {
      System.exit(exitCode);
    }
  }

  /** The command, ready to be executed once. */
  static CommandLine commandLine() {
    QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
    Edge command = new Edge();
    return new CommandLine(command)
        .setParameterExceptionHandler((failure, arguments) -> command.usageFailure(failure))
        .setExecutionExceptionHandler((failure, line, parsed) -> command.failure(failure));
  }

  @Override
  public Integer call() throws IOException {
    requireArguments();
    if (originUri != null) {
      serve(originUri, originUri.toString(), "/");
      return ExitCode.OK;
    }
    Path root = requireDirectory();
    try (DirectoryOrigin files = new DirectoryOrigin(root)) {
      serve(files.uri(), files.uri() + ", which serves " + root, something(root));
    }
    return ExitCode.OK;
  }

  /** The path of a file that is there, or of the directory. */
  private static String something(Path root) throws IOException {
    if (Files.isRegularFile(root.resolve("README.md"))) {
      return "/README.md";
    }
    try (Stream<Path> files = Files.list(root)) {
      return files
          .filter(Files::isRegularFile)
          .sorted()
          .map(file -> root.toUri().relativize(file.toUri()).getRawPath())
          .findFirst()
          .map(path -> "/" + path)
          .orElse("/");
    }
  }

  /** Runs until the thread is interrupted; Ctrl-C ends the process, and what is open before it. */
  private void serve(URI uri, String origin, String path) throws IOException {
    try (Running running = new Running(uri)) {
      Runtime.getRuntime().addShutdownHook(running.stopping);
      PrintWriter out = spec.commandLine().getOut();
      Welcome.print(out, running.server().port(), origin, directory, path);
      new StatusLine(out, running::line, StatusLine.isTerminal()).run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Cache, origin and server, closed together, once. */
  private final class Running implements AutoCloseable {
    private final ResponseCache cache;
    private final Origin origin;
    private final EdgeServer server;
    private final Thread stopping = new Thread(this::stop, "edge-stop");
    private boolean closed;

    Running(URI uri) throws IOException {
      this.cache = openCache();
      this.origin = new Origin(uri, PATIENCE);
      try {
        this.server = new EdgeServer(port, cache, origin);
      } catch (IOException | RuntimeException e) {
        origin.close();
        cache.close();
        throw e;
      }
    }

    EdgeServer server() {
      return server;
    }

    String line() {
      return server.traffic().line(origin.fetches());
    }

    @Override
    public void close() {
      try {
        boolean unused = Runtime.getRuntime().removeShutdownHook(stopping);
      } catch (IllegalStateException e) {
        // the process ends, and the hook stops what is running
      }
      stop();
    }

    private synchronized void stop() {
      if (!closed) {
        closed = true;
        server.close();
        origin.close();
        cache.close();
      }
    }
  }

  private ResponseCache openCache() {
    try {
      return ResponseCache.open(directory.toAbsolutePath().normalize(), maxBytes);
    } catch (TerraceConfigurationException e) {
      throw bad(String.valueOf(e.getMessage()));
    }
  }

  private void requireArguments() {
    if (originUri != null && tree != null) {
      throw bad("either a directory or --origin, not both");
    }
    if (originUri != null
        && (originUri.getHost() == null
            || !("http".equals(originUri.getScheme()) || "https".equals(originUri.getScheme()))
            || originUri.getRawQuery() != null
            || originUri.getRawFragment() != null)) {
      throw bad("--origin must be a URL such as https://example.org, not " + originUri);
    }
    if (port < 0 || port > 65_535) {
      throw bad("--port must be from 0 to 65535, not " + port);
    }
  }

  private Path requireDirectory() throws IOException {
    Path given = tree == null ? Path.of(System.getProperty("edge.tree", ".")) : tree;
    if (!Files.isDirectory(given)) {
      throw bad(given + (Files.exists(given) ? " is not a directory" : " does not exist"));
    }
    return given.toRealPath();
  }

  private ParameterException bad(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private int usageFailure(ParameterException failure) {
    print(oneLine(failure));
    return ExitCode.USAGE;
  }

  private int failure(Exception failure) throws Exception {
    if (failure instanceof BindException || failure.getCause() instanceof BindException) {
      print("port " + port + " is taken: choose another one with --port");
    } else if (failure instanceof CacheException || failure instanceof IOException) {
      print(oneLine(failure));
    } else {
      throw failure;
    }
    return ExitCode.SOFTWARE;
  }

  private static String oneLine(Exception failure) {
    String message = failure.getMessage();
    return message == null
        ? failure.getClass().getSimpleName()
        : message.strip().replaceAll(":\\s*\\R\\s*", ": ").replaceAll("\\s*\\R\\s*", "; ");
  }

  private void print(String line) {
    spec.commandLine().getErr().println("edge: " + line);
    spec.commandLine().getErr().flush();
  }
}
