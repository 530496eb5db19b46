package io.terrace.servers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts processes that do not outlive this JVM, however it ends. A shell reads from a pipe whose
 * other end only this JVM holds: when the JVM is gone the pipe ends, and the shell kills what is
 * still registered and deletes the JVM's directory. There is one such shell for each JVM.
 *
 * <p>A process is started as a shell that waits for a line and then becomes (exec) the program,
 * under the same process id. It gets the line once it is registered, so there is no moment at which
 * a kill of the JVM would leave it behind. All methods are thread safe.
 */
final class Reaper {
  private static final String SCRIPT =
      """
      trap '' INT HUP TERM
      pids=
      while read -r op pid; do
        others=
        for p in $pids; do
          [ "$p" = "$pid" ] || others="$others $p"
        done
        pids=$others
        [ "$op" = remove ] || pids="$pids $pid"
      done
      for p in $pids; do kill -9 "$p"; done
      rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
      """;

  private static final Reaper INSTANCE = new Reaper();

  private final Path directory;
  private final Process shell;

  private Reaper() {
    try {
      directory = Files.createTempDirectory("terrace-servers-");
      shell =
          new ProcessBuilder("sh", "-c", SCRIPT, "sh", directory.toString())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start the shell that watches over test servers", e);
    }
  }

  /** A directory of this JVM that is deleted when the JVM ends. */
  static Path directory() {
    return INSTANCE.directory;
  }

  /**
   * Starts a program without input; the process's id is the program's own.
   *
   * @param output gets what it prints, and is emptied first
   */
  static Process start(List<String> command, Path workingDirectory, Path output)
      throws IOException {
    List<String> gated =
        new ArrayList<>(List.of("sh", "-c", "read -r go && exec \"$@\" </dev/null"));
    gated.add("sh");
    gated.addAll(command);
    Process process =
        new ProcessBuilder(gated)
            .directory(workingDirectory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try (OutputStream gate = process.getOutputStream()) {
      INSTANCE.tell("add", process.pid());
      var unused = process.onExit().thenAccept(INSTANCE::forget);
      gate.write('\n');
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
    return process;
  }

  private void forget(Process process) {
    try {
      tell("remove", process.pid());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void tell(String op, long pid) throws IOException {
    OutputStream pipe = shell.getOutputStream();
    pipe.write((op + " " + pid + "\n").getBytes(UTF_8));
    pipe.flush();
  }
}
