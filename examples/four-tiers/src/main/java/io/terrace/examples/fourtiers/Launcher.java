package io.terrace.examples.fourtiers;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts {@link FourTiers} in a JVM with a small heap, and waits for its end. */
public final class Launcher {
  private static final String HEAP = "-Xmx64m";

  private Launcher() {}

  /** Runs it, and ends this process with its exit code if it failed. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command(List.of(arguments))).inheritIO().start();
    int exitCode = process.waitFor();
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  /** The command line of the program. */
  static List<String> command(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(HEAP);
    command.add("-cp");
    command.add(classPath());
    command.add(FourTiers.class.getName());
    command.addAll(arguments);
    return command;
  }

  /** The class path of this program, which Maven has in a class loader. */
  private static String classPath() throws IOException {
    if (!(Launcher.class.getClassLoader() instanceof URLClassLoader loader)) {
      return System.getProperty("java.class.path", "");
    }
    List<String> files = new ArrayList<>();
    for (URL url : loader.getURLs()) {
      try {
        files.add(Path.of(url.toURI()).toString());
      } catch (URISyntaxException e) {
        throw new IOException("no file: " + url, e);
      }
    }
    return String.join(File.pathSeparator, files);
  }
}
