package io.terrace.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A server of an AWS protocol as a child process on 127.0.0.1, a JVM with a class path of its own.
 * It can be killed, stopped, paused and started again on the same port, with the data that it had.
 * Thread safe; the methods that act on the process wait until it has happened, and at most 30
 * seconds. Failures are unchecked exceptions that say what the server printed.
 */
public abstract sealed class AwsServer implements AutoCloseable permits DynamoDbServer, S3Server {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 5;
  private static final String ACCESS_KEY = "TERRACE";
  private static final String SECRET_KEY = "TerraceSecret";

  private final String name;
  private final int port;
  private final ServerProcess process;

  AwsServer(String name) {
    this.name = name;
    this.port = Ports.free();
    try {
      Path directory = Files.createTempDirectory(Reaper.directory(), name + "-" + port + "-");
      this.process = new ServerProcess(toString(), directory, name + ".log", DEADLINE);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make the directory of a server", e);
    }
  }

  /** Makes and starts a server; with another port if somebody takes it just then. */
  static <S extends AwsServer> S started(Supplier<S> factory) {
    for (int attempt = 1; ; attempt++) {
      S server = factory.get();
      try {
        server.launch();
        return server;
      } catch (RuntimeException e) {
        boolean again = attempt < ATTEMPTS && server.log().contains("Address already in use");
        server.close();
        if (!again) {
          throw e;
        }
      }
    }
  }

  /** The class path, further options of the JVM, the main class and its arguments. */
  abstract List<String> program();

  /** What the log has once the server listens. */
  abstract String readyMark();

  /** {@code http://127.0.0.1:port}; the same for the life of this object. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** The port of {@link #endpoint()}. */
  public int port() {
    return port;
  }

  /** The only access key that is let in. */
  public String accessKey() {
    return ACCESS_KEY;
  }

  /** The secret of {@link #accessKey()}. */
  public String secretKey() {
    return SECRET_KEY;
  }

  /** Where the server keeps its data and its log; deleted when it is closed. */
  public Path directory() {
    return process.directory();
  }

  /** What the process printed since it was last started. */
  public String log() {
    return process.log();
  }

  /** Whether there is a process; a paused one counts. */
  public boolean isRunning() {
    return process.isRunning();
  }

  /**
   * The process id of the server itself.
   *
   * @throws IllegalStateException if it is not running
   */
  public long pid() {
    return process.pid();
  }

  /** Kills the process (SIGKILL), paused or not; nothing happens if it is not running. */
  public void kill() {
    process.kill();
  }

  /** Lets the process end in order (SIGTERM); nothing happens if it is not running. */
  public void stop() {
    process.stop();
  }

  /** Starts it again on its port, with its data; a server that is running is stopped before. */
  public synchronized void restart() {
    stop();
    launch();
  }

  /**
   * Stops the process in its tracks (SIGSTOP): the kernel goes on to accept connections and data,
   * and nobody answers.
   */
  public void pause() {
    process.pause();
  }

  /** Lets a paused process go on (SIGCONT), with all that it was sent meanwhile. */
  public void resume() {
    process.resume();
  }

  /** Kills the process and deletes its directory. */
  @Override
  public synchronized void close() {
    kill();
    process.deleteDirectory();
  }

  /** Starts the process and waits until it listens. */
  final void launch() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:-UsePerfData");
    command.add("-Djava.io.tmpdir=" + directory());
    command.addAll(program());
    process.start(command, started -> log().contains(readyMark()));
  }

  @Override
  public String toString() {
    return name + " on 127.0.0.1:" + port;
  }
}
