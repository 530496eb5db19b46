package io.terrace.benchmarks.redis;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** Reads and overwrites of bodies, drawn uniformly. */
public class RedisBenchmark {

  /** Where a thread is in the sequence; threads start far from each other. */
  @State(Scope.Thread)
  public static class Cursor {
    private int position;

    @Setup
    public void start(ThreadParams thread) {
      position = RedisState.SEQUENCE / thread.getThreadCount() * thread.getThreadIndex();
    }

    int next() {
      return position++ & RedisState.MASK;
    }
  }

  @Benchmark
  public byte @Nullable [] get(RedisState state, Cursor cursor) throws IOException {
    return state.store.get(state.numbers[cursor.next()]);
  }

  @Benchmark
  public void put(RedisState state, Cursor cursor) throws IOException {
    int i = cursor.next();
    state.store.put(state.numbers[i], state.body(i));
  }

  @Benchmark
  public Object getAll(RedisState state, Cursor cursor) throws IOException {
    int i = cursor.next();
    return state.store.getAll(Arrays.copyOfRange(state.numbers, i, i + RedisState.MANY));
  }
}
