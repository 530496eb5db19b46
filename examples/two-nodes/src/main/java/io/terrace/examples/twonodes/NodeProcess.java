package io.terrace.examples.twonodes;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Node} in a process of its own, seen from the program that started it. One command at a
 * time; the process is gone after {@link #close}, and also if this process ends in any other way.
 */
final class NodeProcess implements AutoCloseable {
  private static final long ANSWER_SECONDS = 60;
  private static final long END_SECONDS = 10;
  private static final String GONE = "gone";

  private final String name;
  private final TimeLine timeLine;
  private final Process process;
  private final PrintStream commands;
  private final BlockingQueue<String> results = new ArrayBlockingQueue<>(2);
  private final Thread listener;

  private NodeProcess(String name, TimeLine timeLine, Process process) {
    this.name = name;
    this.timeLine = timeLine;
    this.process = process;
    commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    listener = new Thread(this::listen, "node-" + name);
    listener.setDaemon(true);
  }

  /**
   * Starts a node.
   *
   * @param redis where its Redis is
   * @param lease how long its copies are trusted without contact
   * @param timeLine gets what it says
   */
  static NodeProcess start(String name, URI redis, String lease, TimeLine timeLine)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(
                java,
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                Node.class.getName(),
                lease)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("TWO_NODES_REDIS", redis.toString());
    NodeProcess node = new NodeProcess(name, timeLine, builder.start());
    node.listener.start();
    return node;
  }

  /** The class path of this program, which Maven has in a class loader. */
  private static String classPath() throws IOException {
    if (!(NodeProcess.class.getClassLoader() instanceof URLClassLoader loader)) {
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

  private void listen() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(Node.SAY)) {
          timeLine.tell(name, line.substring(Node.SAY.length()));
        } else if (line.startsWith(Node.END)) {
          results.add(line.substring(Node.END.length()));
        }
      }
    } catch (IOException e) {
      timeLine.tell(name, "cannot be heard: " + e.getMessage());
    }
    results.add(GONE);
  }

  /**
   * Has the node carry out a command and waits for the result.
   *
   * @throws IOException if the node ended, or gives none in time
   */
  String ask(String command) throws IOException, InterruptedException {
    commands.println(command);
    String result = results.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
    if (result == null || result.equals(GONE)) {
      throw new IOException(
          "node " + name + (result == null ? " does not answer: " : " ended: ") + command);
    }
    return result;
  }

  long pid() {
    return process.pid();
  }

  /** Lets the node end, and kills it if it does not. */
  @Override
  public void close() {
    commands.close();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      listener.join();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
