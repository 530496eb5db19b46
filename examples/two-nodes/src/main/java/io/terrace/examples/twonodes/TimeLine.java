package io.terrace.examples.twonodes;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints what happens, as it happens: when, where, what. Thread safe. */
final class TimeLine {
  private final PrintWriter out;
  private final long startedNanos = System.nanoTime();

  TimeLine(PrintWriter out) {
    this.out = out;
  }

  /**
   * Prints a line.
   *
   * @param who a node or a server
   */
  void tell(String who, String what) {
    double seconds = (System.nanoTime() - startedNanos) / 1e9;
    print(String.format(Locale.ROOT, "%6.2f s  %-5s  %s", seconds, who, what));
  }

  /** Prints a line as it is. */
  synchronized void print(String line) {
    out.println(line);
    out.flush();
  }
}
