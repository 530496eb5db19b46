package io.terrace.benchmarks;

import io.terrace.benchmarks.report.Report;
import java.io.IOException;

/** A set of measurements that are run and reported together. */
public interface Suite {

  /** The name on the command line, of the result files, and of the section of the page. */
  String name();

  /** Whether it can run with what is on the class path. */
  default boolean isAvailable() {
    return true;
  }

  /**
   * Measures. Blocks until all is done; progress goes to standard output.
   *
   * @throws IOException if files or processes that it needs fail
   */
  Report run(RunSettings settings) throws IOException, InterruptedException;
}
