package io.terrace.benchmarks.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.stream.Stream;

/**
 * The machine, the JVM and the source that a report is about.
 *
 * @param date the day of the run, UTC
 * @param commit abbreviated, with {@code +changes} where the tree was not clean
 */
public record Environment(
    String date, String jvm, String os, String cpu, int cores, long memoryGiB, String commit) {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** The environment of this process; commit and CPU are {@code unknown} where nothing tells. */
  public static Environment current() {
    return new Environment(
        LocalDate.now(ZoneOffset.UTC).toString(),
        property("java.vm.name") + " " + property("java.vm.version"),
        property("os.name") + " " + property("os.version") + " " + property("os.arch"),
        readCpu(),
        Runtime.getRuntime().availableProcessors(),
        readMemoryGiB(),
        readCommit());
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }

  private static String readCpu() {
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static long readMemoryGiB() {
    var os = ManagementFactory.getOperatingSystemMXBean();
    return os instanceof com.sun.management.OperatingSystemMXBean hotspot
        ? Math.round(hotspot.getTotalMemorySize() / (double) (1L << 30))
        : -1;
  }

  private static String readCommit() {
    String head = git("rev-parse", "--short", "HEAD");
    if (head.isEmpty()) {
      return "unknown";
    }
    return git("status", "--porcelain", "--untracked-files=no").isEmpty()
        ? head
        : head + "+changes";
  }

  private static String git(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "git";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? out.strip() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
