package io.terrace.benchmarks;

import java.util.Locale;

/**
 * How long to measure. Every suite scales itself by it; what is measured means the same in both.
 */
public enum Mode {
  /** As little as shows that it works: for tests. */
  SMOKE(1, 0, 1, 10, 1),
  /** All suites in minutes, one fork each: for development, and to see that it works. */
  QUICK(1, 2, 3, 500, 20),
  /** All suites in an hour or so: for numbers that are published. */
  FULL(3, 2, 4, 1_000, 40);

  private final int rounds;
  private final int warmupIterations;
  private final int iterations;
  private final int iterationMillis;
  private final int processes;

  Mode(int rounds, int warmupIterations, int iterations, int iterationMillis, int processes) {
    this.rounds = rounds;
    this.warmupIterations = warmupIterations;
    this.iterations = iterations;
    this.iterationMillis = iterationMillis;
    this.processes = processes;
  }

  /** JMH forks of each trial; the peers of a row take turns. */
  public int rounds() {
    return rounds;
  }

  public int warmupIterations() {
    return warmupIterations;
  }

  public int iterations() {
    return iterations;
  }

  public int iterationMillis() {
    return iterationMillis;
  }

  /** How many processes a cold start is measured with. */
  public int processes() {
    return processes;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
