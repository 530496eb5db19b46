package io.terrace.benchmarks.heap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A map of objects that copies each value by a Java serialization round trip, in and out. */
final class SerializingMapSubject<V> implements HeapSubject<V> {
  private final ConcurrentHashMap<String, V> map = new ConcurrentHashMap<>();

  @Override
  public @Nullable V get(String key) {
    V value = map.get(key);
    return value == null ? null : copy(value);
  }

  @Override
  public void put(String key, V value) {
    map.put(key, copy(value));
  }

  @Override
  public boolean putIfAbsent(String key, V value) {
    return map.putIfAbsent(key, copy(value)) == null;
  }

  @Override
  public void invoke(String key, SetValue<V> processor) {
    map.compute(key, (k, old) -> copy(processor.apply(k, old)));
  }

  @Override
  public Map<String, V> getAll(Set<String> keys) {
    Map<String, V> found = new HashMap<>();
    for (String key : keys) {
      V value = get(key);
      if (value != null) {
        found.put(key, value);
      }
    }
    return found;
  }

  @Override
  public void close() {
    map.clear();
  }

  @SuppressWarnings("unchecked") // what was written comes back
  private static <V> V copy(V value) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(value);
      }
      return (V) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    } catch (IOException e) {
      throw new UncheckedIOException("A value of the benchmark cannot be serialized", e);
    } catch (ClassNotFoundException e) {
      throw new LinkageError("A class of the benchmark is gone", e);
    }
  }
}
