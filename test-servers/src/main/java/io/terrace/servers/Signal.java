package io.terrace.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The signals that {@link Process} cannot send. */
enum Signal {
  STOP,
  CONT;

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Sends the signal; after STOP, returns once the process stands still. */
  void send(Process target) {
    try {
      // The shell's own kill: the program of that name is not on every machine.
      int status =
          new ProcessBuilder("sh", "-c", "kill -" + name() + " " + target.pid())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException("Cannot send SIG" + name() + " to " + target.pid());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot send SIG" + name(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while sending SIG" + name(), e);
    }
    Path stat = Path.of("/proc/" + target.pid() + "/stat");
    if (this == STOP && Files.exists(stat)) { // Linux; elsewhere the signal's way is short enough.
      Await.until(
          DEADLINE,
          () -> Files.readString(stat).contains(") T "),
          () -> "Process " + target.pid() + " to stand still");
    }
  }
}
