package io.terrace.benchmarks.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another JVM with the class path of this one, which ends when its input does. */
final class ChildProcess {
  private final Process process;
  private final BufferedReader out;

  private ChildProcess(Process process) {
    this.process = process;
    out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
  }

  static ChildProcess start(Class<?> program, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(arguments));
    return new ChildProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /**
   * The next line that it prints.
   *
   * @throws IOException if it ended
   */
  String readLine() throws IOException {
    String line = out.readLine();
    if (line == null) {
      throw new IOException("the child process ended early");
    }
    return line;
  }

  /** Kills it if it is still there. */
  void kill() {
    process.destroyForcibly();
  }

  /** Ends its input, and returns the last line that it prints. */
  String end() throws IOException, InterruptedException {
    process.getOutputStream().close();
    String last = "";
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      last = line;
    }
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("the child process ended with status " + status);
    }
    return last;
  }
}
