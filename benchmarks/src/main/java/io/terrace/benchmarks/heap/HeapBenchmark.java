package io.terrace.benchmarks.heap;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** The operations, each on the next key of the sequence. */
public class HeapBenchmark {

  /** Where a thread is in the sequence; threads start far from each other. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH calls start() first
  public static class Cursor {
    private int position;
    SetValue<Object> processor;

    @Setup
    public void start(ThreadParams thread, HeapState state) {
      position = HeapState.SEQUENCE / thread.getThreadCount() * thread.getThreadIndex();
      processor = new SetValue<>(state.newValues[thread.getThreadIndex()]);
    }

    int next() {
      return position++ & HeapState.MASK;
    }
  }

  @Benchmark
  public @Nullable Object getHit(HeapState state, Cursor cursor) {
    return state.cache.get(state.keys[cursor.next()]);
  }

  @Benchmark
  public @Nullable Object getMiss(HeapState state, Cursor cursor) {
    return state.cache.get(state.absentKeys[cursor.next()]);
  }

  @Benchmark
  public void put(HeapState state, Cursor cursor) {
    int i = cursor.next();
    state.cache.put(state.keys[i], newValue(state, i));
  }

  @Benchmark
  public boolean putIfAbsent(HeapState state, Cursor cursor) {
    int i = cursor.next();
    return state.cache.putIfAbsent(state.keys[i], newValue(state, i));
  }

  @Benchmark
  public void invoke(HeapState state, Cursor cursor) {
    state.cache.invoke(state.keys[cursor.next()], cursor.processor);
  }

  @Benchmark
  public Map<String, Object> getAll(HeapState state, Cursor cursor) {
    return state.cache.getAll(state.keySets.get(cursor.next() & (state.keySets.size() - 1)));
  }

  /** Nine reads to one write. */
  @Benchmark
  public @Nullable Object mixed(HeapState state, Cursor cursor) {
    int i = cursor.next();
    if (state.writes[i]) {
      state.cache.put(state.keys[i], newValue(state, i));
      return null;
    }
    return state.cache.get(state.keys[i]);
  }

  private static Object newValue(HeapState state, int i) {
    return state.newValues[i & (state.newValues.length - 1)];
  }
}
