package io.terrace.benchmarks.heap;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The operations measured, over whichever cache is behind them. One JVM loads one implementation,
 * so that the calls are inlined alike for all peers. Thread safe.
 *
 * @param <V> the type of values
 */
public interface HeapSubject<V> extends AutoCloseable {

  @Nullable V get(String key);

  void put(String key, V value);

  /** Whether the value was put. */
  boolean putIfAbsent(String key, V value);

  /** Sets the processor's value inside an atomic operation on the entry. */
  void invoke(String key, SetValue<V> processor);

  Map<String, V> getAll(Set<String> keys);

  @Override
  void close();
}
