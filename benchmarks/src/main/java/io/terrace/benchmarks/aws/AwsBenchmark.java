package io.terrace.benchmarks.aws;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** Reads and overwrites of bodies, drawn uniformly. */
public class AwsBenchmark {

  /** Where a thread is in the sequence; threads start far from each other. */
  @State(Scope.Thread)
  public static class Cursor {
    private int position;

    @Setup
    public void start(ThreadParams thread) {
      position = AwsState.SEQUENCE / thread.getThreadCount() * thread.getThreadIndex();
    }

    int next() {
      return position++ & AwsState.MASK;
    }
  }

  @Benchmark
  public byte @Nullable [] get(AwsState state, Cursor cursor) {
    return state.store.get(state.numbers[cursor.next()]);
  }

  @Benchmark
  public void put(AwsState state, Cursor cursor) {
    int i = cursor.next();
    state.store.put(state.numbers[i], state.body(i));
  }
}
