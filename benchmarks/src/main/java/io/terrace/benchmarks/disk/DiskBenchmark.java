package io.terrace.benchmarks.disk;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** Reads and overwrites of bodies, drawn uniformly so that no heap above helps. */
public class DiskBenchmark {

  /** Where a thread is in the sequence; threads start far from each other. */
  @State(Scope.Thread)
  public static class Cursor {
    private int position;

    @Setup
    public void start(ThreadParams thread) {
      position = DiskState.SEQUENCE / thread.getThreadCount() * thread.getThreadIndex();
    }

    int next() {
      return position++ & DiskState.MASK;
    }
  }

  @Benchmark
  public byte @Nullable [] get(DiskState state, Cursor cursor) throws IOException {
    return state.store.get(state.numbers[cursor.next()]);
  }

  @Benchmark
  public void put(DiskState state, Cursor cursor) throws IOException {
    int i = cursor.next();
    state.store.put(state.numbers[i], state.body(i));
  }
}
