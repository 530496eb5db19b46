package io.terrace.benchmarks.heap;

/** Whether the cache counts hits and misses. */
public enum Statistics {
  OFF,
  ON
}
