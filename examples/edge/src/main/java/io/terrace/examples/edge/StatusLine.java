package io.terrace.examples.edge;

import java.io.Console;
import java.io.PrintWriter;
import java.util.function.Supplier;

/**
 * Prints a line again whenever it changed, at most once in a while; on a terminal over the line
 * before. One thread runs it until it is interrupted.
 */
final class StatusLine {
  private static final long TERMINAL_PERIOD_MILLIS = 500;
  private static final long FILE_PERIOD_MILLIS = 2_000;

  private final PrintWriter out;
  private final Supplier<String> line;
  private final boolean terminal;
  private String shown;

  StatusLine(PrintWriter out, Supplier<String> line, boolean terminal) {
    this.out = out;
    this.line = line;
    this.terminal = terminal;
    this.shown = line.get();
  }

  void run() throws InterruptedException {
    while (true) {
      Thread.sleep(terminal ? TERMINAL_PERIOD_MILLIS : FILE_PERIOD_MILLIS);
      show();
    }
  }

  /** Prints the line if it is another one than last time. */
  void show() {
    String now = line.get();
    if (now.equals(shown)) {
      return;
    }
    if (terminal) {
      out.print("\r" + now + " ".repeat(Math.max(0, shown.length() - now.length())));
    } else {
      out.println(now);
    }
    out.flush();
    shown = now;
  }

  /** From JDK 22 on there is a console even where there is no terminal, and a method that tells. */
  @SuppressWarnings("SystemConsoleNull") // what it warns of is what this method is about
  static boolean isTerminal() {
    Console console = System.console();
    if (console == null || Runtime.version().feature() < 22) {
      return console != null;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
