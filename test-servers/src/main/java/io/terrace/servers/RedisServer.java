package io.terrace.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Redis 7.0.15 as a child process on 127.0.0.1. It can be killed, stopped, paused and started
 * again on the same port and directory. Thread safe; the methods that act on the process wait until
 * it has happened, and at most 10 seconds. Failures are unchecked exceptions that say what the
 * server printed.
 */
public final class RedisServer implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 5;

  private final ServerSettings settings;
  private final Path directory;
  private final int port;
  private final int tlsPort;
  private final ServerProcess process;

  private RedisServer(ServerSettings settings) {
    this.settings = settings;
    this.port = settings.port > 0 ? settings.port : Ports.free();
    this.tlsPort = settings.tls ? Ports.free() : 0;
    try {
      this.directory =
          settings.directory != null
              ? Files.createDirectories(settings.directory)
              : Files.createTempDirectory(Reaper.directory(), "redis-" + port + "-");
      Files.write(configuration(), settings.lines(directory, port, tlsPort));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot prepare the directory of a Redis server", e);
    }
    this.process = new ServerProcess(toString(), directory, "redis.log", DEADLINE);
  }

  /** Starts a server without persistence, passwords and TLS on a free port. */
  public static RedisServer start() {
    return builder().start();
  }

  /** ServerSettings of a server; as they are, they are those of {@link #start()}. */
  public static Builder builder() {
    return new Builder();
  }

  /** The address on which it listens, {@code 127.0.0.1}. */
  public String host() {
    return "127.0.0.1";
  }

  /** The port without TLS. */
  public int port() {
    return port;
  }

  /**
   * The port with TLS.
   *
   * @throws IllegalStateException without {@link Builder#tls()}
   */
  public int tlsPort() {
    requireTls();
    return tlsPort;
  }

  /** {@code redis://[user:password@]127.0.0.1:port}. */
  public URI uri() {
    return URI.create("redis://" + settings.userInfo() + host() + ":" + port);
  }

  /** {@code rediss://[user:password@]127.0.0.1:tlsPort}. */
  public URI tlsUri() {
    return URI.create("rediss://" + settings.userInfo() + host() + ":" + tlsPort());
  }

  /** A PKCS #12 trust store with the server's certificate, see {@link TestCertificate}. */
  public Path trustStore() {
    requireTls();
    return TestCertificate.shared().trustStore();
  }

  /** The password of {@link #trustStore()}. */
  public String trustStorePassword() {
    requireTls();
    return TestCertificate.shared().trustStorePassword();
  }

  /** Where the server keeps its configuration {@code redis.conf}, its data and its log. */
  public Path directory() {
    return directory;
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

  /**
   * Sends a command on a connection of its own, as the builder's user, and returns the reply: a
   * {@code String}, a {@code Long}, a {@code List} of such and of nulls, or null. Waits 10 seconds
   * for it.
   *
   * @throws RedisErrorException if the reply is an error
   * @throws UncheckedIOException if there is none
   */
  public @Nullable Object command(String... command) {
    try (RespConnection connection = connect(DEADLINE)) {
      return connection.call(command);
    } catch (IOException e) {
      throw new UncheckedIOException("No answer to " + command[0] + " from " + this, e);
    }
  }

  RespConnection connect(Duration timeout) throws IOException {
    RespConnection connection = RespConnection.open(host(), port, timeout);
    try {
      if (settings.user != null) {
        connection.call("AUTH", settings.user, settings.password);
      }
      return connection;
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** Kills the process (SIGKILL), paused or not; nothing happens if it is not running. */
  public void kill() {
    process.kill();
  }

  /** Lets the process end in order (SIGTERM); nothing happens if it is not running. */
  public void stop() {
    process.stop();
  }

  /** Starts it again on its port and directory; a server that is running is stopped before. */
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

  /** Kills the process and deletes the directory unless it was given. */
  @Override
  public synchronized void close() {
    kill();
    if (settings.directory == null) {
      process.deleteDirectory();
    }
  }

  private void launch() {
    List<String> command = new ArrayList<>();
    command.add(RedisBinary.path().toString());
    command.add(configuration().toString());
    command.addAll(settings.arguments);
    process.start(command, this::answers);
    for (List<String> line : settings.firstCommands) {
      command(line.toArray(String[]::new));
    }
  }

  /** Whether it is this process that answers on the port, and not somebody else's. */
  private boolean answers(Process started) throws IOException {
    try (RespConnection connection = connect(Duration.ofSeconds(1))) {
      return "PONG".equals(connection.call("PING"))
          && String.valueOf(connection.call("INFO", "server"))
              .contains("process_id:" + started.pid() + "\r\n");
    }
  }

  private boolean portIsTaken() {
    return log().contains("Failed listening on port");
  }

  private void requireTls() {
    if (!settings.tls) {
      throw new IllegalStateException(this + " has no TLS");
    }
  }

  private Path configuration() {
    return directory.resolve("redis.conf");
  }

  @Override
  public String toString() {
    return "Redis on 127.0.0.1:" + port;
  }

  /** What a server is started with. Not thread safe. */
  public static final class Builder {
    private final ServerSettings settings = new ServerSettings();

    private Builder() {}

    /**
     * Where its data lives; created if absent, and kept. By default a directory that goes with it.
     */
    public Builder directory(Path directory) {
      settings.directory = directory.toAbsolutePath();
      return this;
    }

    /**
     * Keeps every write: {@code appendonly yes, appendfsync always}. By default nothing is kept.
     */
    public Builder persistent() {
      return config("appendonly yes", "appendfsync always");
    }

    /**
     * Lines of {@code redis.conf}, as {@code maxmemory 10mb}; they win over what is there already.
     */
    public Builder config(String... lines) {
      Collections.addAll(settings.config, lines);
      return this;
    }

    /**
     * An ACL user that may do everything, and the only one that may do anything, unless {@link
     * #config} has more of the form {@code user bob on >secret ~a:* +get}. The user {@code default}
     * is what clients are that send a password alone.
     */
    public Builder user(String name, String password) {
      if (!(name + password).matches("[A-Za-z0-9._-]+")) {
        throw new IllegalArgumentException("Letters, digits, '.', '_' and '-' only: " + name);
      }
      settings.user = name;
      settings.password = password;
      return this;
    }

    /** Listens with TLS too, on a port of its own, with the {@link TestCertificate}. */
    public Builder tls() {
      settings.tls = true;
      return this;
    }

    /** The port without TLS. By default one that is free. */
    public Builder port(int port) {
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("Not a port: " + port);
      }
      settings.port = port;
      return this;
    }

    /** A node of a cluster, with one more port for the other nodes. */
    Builder cluster() {
      settings.cluster = true;
      return this;
    }

    Builder argument(String argument) {
      settings.arguments.add(argument);
      return this;
    }

    /** A command that is sent each time it has started. */
    Builder firstCommand(String... command) {
      settings.firstCommands.add(List.of(command));
      return this;
    }

    /**
     * Starts it and waits until it answers.
     *
     * @throws IllegalStateException if it does not, with the end of its log
     */
    public RedisServer start() {
      for (int attempt = 1; ; attempt++) {
        RedisServer server = new RedisServer(settings.copy());
        try {
          server.launch();
          return server;
        } catch (RuntimeException e) {
          boolean again = settings.port == 0 && attempt < ATTEMPTS && server.portIsTaken();
          server.close();
          if (!again) {
            throw e;
          }
        }
      }
    }
  }
}
