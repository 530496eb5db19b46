package io.terrace.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The child process of a server, one after another in the same directory. Thread safe; the methods
 * wait until what they do has happened, and at most for the deadline.
 */
final class ServerProcess {
  private static final int LOG_TAIL_CHARS = 2_000;

  /** Tells whether it is this process that serves, and not somebody else's on its port. */
  @FunctionalInterface
  interface Probe {
    boolean serves(Process started) throws IOException;
  }

  private final String name;
  private final Path directory;
  private final Path log;
  private final Duration deadline;
  private volatile @Nullable Process process;

  ServerProcess(String name, Path directory, String log, Duration deadline) {
    this.name = name;
    this.directory = directory;
    this.log = directory.resolve(log);
    this.deadline = deadline;
  }

  Path directory() {
    return directory;
  }

  /**
   * Starts it and waits until it serves.
   *
   * @throws IllegalStateException if it does not, with the end of its log
   */
  synchronized void start(List<String> command, Probe probe) {
    try {
      Process started = Reaper.start(command, directory, log);
      process = started;
      Await.until(deadline, () -> !started.isAlive() || probe.serves(started), this::complaint);
      if (!started.isAlive()) {
        throw new IllegalStateException("Ended at once: " + complaint());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start " + name + " in " + directory, e);
    } catch (IllegalStateException e) {
      kill();
      throw e;
    }
  }

  boolean isRunning() {
    Process current = process;
    return current != null && current.isAlive();
  }

  /**
   * @throws IllegalStateException if it is not running
   */
  long pid() {
    return running().pid();
  }

  /** SIGKILL, paused or not; nothing happens if it is not running. */
  synchronized void kill() {
    Process current = process;
    if (current != null) {
      current.destroyForcibly();
      awaitExit(current);
    }
  }

  /** SIGTERM; nothing happens if it is not running. */
  synchronized void stop() {
    if (isRunning()) {
      Process current = running();
      Signal.CONT.send(current);
      current.destroy();
      awaitExit(current);
    }
  }

  /** SIGSTOP. */
  synchronized void pause() {
    Signal.STOP.send(running());
  }

  /** SIGCONT. */
  synchronized void resume() {
    Signal.CONT.send(running());
  }

  /** What was printed since the last start. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "(no log: " + e + ")";
    }
  }

  void deleteDirectory() {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      if (Files.exists(directory)) {
        throw new UncheckedIOException("Cannot delete " + directory, e);
      }
    }
  }

  private void awaitExit(Process current) {
    try {
      if (!current.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("Does not end: " + complaint());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while " + name + " ended", e);
    }
  }

  private Process running() {
    Process current = process;
    if (current == null || !current.isAlive()) {
      throw new IllegalStateException(name + " is not running");
    }
    return current;
  }

  private String complaint() {
    String tail = log();
    return name + "\n" + tail.substring(Math.max(0, tail.length() - LOG_TAIL_CHARS));
  }
}
