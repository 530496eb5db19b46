package io.terrace.benchmarks.heap;

import java.util.function.BiFunction;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/** Sets an entry to one value, whatever it was; for JCache and for maps. */
public final class SetValue<V>
    implements EntryProcessor<String, V, @Nullable Void>, BiFunction<String, V, V> {
  private final V value;

  public SetValue(V value) {
    this.value = value;
  }

  @Override
  public @Nullable Void process(MutableEntry<String, V> entry, Object... arguments) {
    entry.setValue(value);
    return null;
  }

  @Override
  public V apply(String key, V old) {
    return value;
  }
}
