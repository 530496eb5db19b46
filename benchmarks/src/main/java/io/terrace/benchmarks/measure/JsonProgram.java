package io.terrace.benchmarks.measure;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of this module that measures in a JVM of its own, and prints what it found as JSON. */
public final class JsonProgram {
  private JsonProgram() {}

  /**
   * Runs it with the class path of this JVM, and waits until it has ended. What it says of errors
   * goes to standard error.
   *
   * @param program its main class
   * @param type of what it prints
   * @param jvmArguments before the class
   * @param arguments of the program
   * @throws IOException if it cannot be started, or ends with another status than 0
   */
  public static <T> T run(
      Class<?> program, Class<T> type, List<String> jvmArguments, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException(program.getSimpleName() + " ended with status " + status);
    }
    return new Gson().fromJson(out, type);
  }
}
