package io.terrace.linearizability;

import io.terrace.linearizability.Member.Setup;
import io.terrace.linearizability.Workload.Plan;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@link Member}s as child JVMs, each with a directory for its history. Not thread safe. */
final class Fleet implements AutoCloseable {
  private final Path directory;
  private final List<Ship> ships = new ArrayList<>();

  private static final class Ship {
    final Process process;
    final BufferedReader said;
    final PrintStream orders;
    final Path errors;

    Ship(Process process, Path errors) {
      this.process = process;
      this.errors = errors;
      said = new BufferedReader(new InputStreamReader(process.getInputStream(), charset()));
      orders = new PrintStream(process.getOutputStream(), true, charset());
    }

    private static java.nio.charset.Charset charset() {
      return StandardCharsets.UTF_8;
    }

    /** The next line of these words; fails with what the program said if it says another. */
    String await(String word) throws IOException {
      String line = said.readLine();
      if (line == null || !line.startsWith(word)) {
        throw new AssertionError("said " + line + " and\n" + Files.readString(errors));
      }
      return line.substring(word.length()).strip();
    }
  }

  /**
   * Starts a JVM for each setup and waits until their caches are open.
   *
   * @param classPathFirst comes before the class path of the tests, or null
   */
  Fleet(Path directory, List<Setup> setups, @Nullable Path classPathFirst) throws IOException {
    this.directory = directory;
    try {
      for (Setup setup : setups) {
        ships.add(launch(setup, classPathFirst));
      }
      for (Ship ship : ships) {
        ship.await("ready");
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      close();
      throw e;
    }
  }

  private Ship launch(Setup setup, @Nullable Path classPathFirst) throws IOException {
    String classPath = System.getProperty("java.class.path");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-cp");
    command.add(
        classPathFirst == null ? classPath : classPathFirst + File.pathSeparator + classPath);
    command.add(Member.class.getName());
    command.addAll(setup.format());
    Path errors = directory.resolve("stderr-" + setup.first());
    return new Ship(new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
  }

  /**
   * What came of a plan.
   *
   * @param longestStallMillis how long the machine held a program, or this process, through which
   *     all of them reach their server
   */
  record Run(History history, long longestStallMillis) {
    Run and(Run later) {
      return new Run(
          history.and(later.history), Math.max(longestStallMillis, later.longestStallMillis));
    }
  }

  /** Has all programs run the plan, and waits for them. */
  Run run(Plan plan) throws IOException {
    List<Path> files = new ArrayList<>();
    long stall = 0;
    try (StallMeter meter = StallMeter.start()) {
      order(plan, files);
      for (Ship ship : ships) {
        stall = Math.max(stall, Long.parseLong(ship.await("done")));
      }
      stall = Math.max(stall, meter.longestMillis());
    }
    return new Run(History.read(files), stall);
  }

  /** Tells each program what to run, and where to write what came of it. */
  private void order(Plan plan, List<Path> files) {
    for (int i = 0; i < ships.size(); i++) {
      String name = plan.isFinalReads() ? "reads-" : "history-";
      Path file = directory.resolve(name + plan.number() + "-" + i);
      files.add(file);
      ships.get(i).orders.println(plan.format() + " " + file);
    }
  }

  /** Stops a program in its tracks (SIGSTOP), or lets it go on (SIGCONT). */
  void signal(int program, String signal) throws IOException, InterruptedException {
    String pid = Long.toString(ships.get(program).process.pid());
    int exit = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid).start().waitFor();
    if (exit != 0) {
      throw new IOException("kill -" + signal + " ended with " + exit);
    }
  }

  /** What the programs printed as errors. */
  String errors() throws IOException {
    StringBuilder text = new StringBuilder();
    for (Ship ship : ships) {
      text.append(Files.readString(ship.errors));
    }
    return text.toString();
  }

  /** Ends the programs. */
  @Override
  public void close() {
    for (Ship ship : ships) {
      ship.orders.close();
      ship.process.destroyForcibly();
    }
  }
}
