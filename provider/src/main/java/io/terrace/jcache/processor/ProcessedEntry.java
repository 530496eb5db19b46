package io.terrace.jcache.processor;

import io.terrace.tier.Resident;
import java.util.Objects;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * The entry one run of an entry processor works on: a snapshot, and what the processor wants of it
 * in the end. Nothing is changed before the processor returned. Not thread safe.
 */
public final class ProcessedEntry<K, V> implements MutableEntry<K, V> {

  /** The net effect of a run. */
  public enum Effect {
    NONE,
    SET,
    REMOVED
  }

  private final EntrySource<K, V> source;
  private final K key;
  private final @Nullable Resident<V> before;
  private @Nullable V value;
  private Effect effect = Effect.NONE;
  private boolean read;
  private boolean loaded;

  /**
   * @param before what the key held when the run began, or null
   */
  public ProcessedEntry(EntrySource<K, V> source, K key, @Nullable Resident<V> before) {
    this.source = source;
    this.key = key;
    this.before = before;
  }

  @Override
  public boolean exists() {
    return switch (effect) {
      case NONE -> before != null || value != null;
      case SET -> true;
      case REMOVED -> false;
    };
  }

  @Override
  public K getKey() {
    return key;
  }

  @Override
  public @Nullable V getValue() {
    if (value == null && effect == Effect.NONE) {
      if (before == null) {
        value = source.load(key);
        loaded = value != null;
      } else {
        value = source.valueOf(before);
        read = true;
      }
    }
    return value;
  }

  @Override
  public void setValue(V newValue) {
    source.check(Objects.requireNonNull(newValue, "value"));
    value = newValue;
    effect = Effect.SET;
  }

  @Override
  public void remove() {
    boolean onlyMadeHere = before == null && !loaded && effect == Effect.SET;
    value = null;
    effect = onlyMadeHere ? Effect.NONE : Effect.REMOVED;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("an entry is no " + type.getName());
  }

  public Effect effect() {
    return effect;
  }

  /** Whether the value that was there before was read: an access of the entry. */
  public boolean wasRead() {
    return read;
  }

  /** Whether a value was loaded, so that the key may no longer be absent. */
  public boolean wasLoaded() {
    return loaded;
  }

  /** The value that was set. */
  public V newValue() {
    return Objects.requireNonNull(value, "value");
  }
}
