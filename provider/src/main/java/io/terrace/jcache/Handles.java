package io.terrace.jcache;

import io.terrace.StreamValue;
import io.terrace.stack.Stack;
import io.terrace.tier.Resident;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Who closes what while an operation runs. A source that comes in is staged and closed, or refused
 * and closed; what was staged is discarded, whatever became of it; an entry that was found and that
 * no user gets is released. Where values are no streams a value that comes in is copied, and that
 * is all. Thread safe.
 */
final class Handles<K, V> {
  private final Stack<K, V> stack;
  private final Copies<K, V> copies;
  private final boolean streams;
  private final boolean writeThrough;

  /** What the values of a cache are. */
  enum Kind {
    OBJECTS,
    STREAMS,
    /** Streams that a writer reads, too. */
    STREAMS_WRITTEN_THROUGH
  }

  Handles(Stack<K, V> stack, Copies<K, V> copies, Kind kind) {
    this.stack = stack;
    this.copies = copies;
    this.streams = kind != Kind.OBJECTS;
    this.writeThrough = kind == Kind.STREAMS_WRITTEN_THROUGH;
  }

  /** Whether there is anything to close. */
  boolean areStreams() {
    return streams;
  }

  /**
   * The value as the cache stores it; ends with {@link #end}. A stream is read to its end here, so
   * never within an order of changes.
   *
   * @throws IllegalArgumentException if a writer would find nothing left to read
   */
  V take(K key, V value) {
    if (writeThrough && !((StreamValue) value).isRepeatable()) {
      refuse(value);
      throw new IllegalArgumentException(
          "a cache that writes through reads a stream twice, once for its CacheWriter: give it a"
              + " file or an array, or store without write-through");
    }
    return takeLoaded(key, value);
  }

  /** As {@link #take} for a value that no writer hears of. */
  V takeLoaded(K key, V value) {
    return streams ? stack.stage(copies.key(key), value) : copies.value(value);
  }

  /**
   * The end of an operation that took a value.
   *
   * @param value what came in; a writer may have opened it once more
   * @param taken what {@link #take} made of it
   */
  void end(V value, V taken) {
    if (streams) {
      try {
        stack.discard(taken);
      } finally {
        refuse(value);
      }
    }
  }

  /** Closes a value that came in, or one that was made for a user who does not get it. */
  void refuse(@Nullable V value) {
    if (streams && value != null) {
      ((StreamValue) value).close();
    }
  }

  void refuseAll(Collection<? extends @Nullable V> values) {
    if (streams) {
      values.forEach(this::refuse);
    }
  }

  /** Closes an entry that was found, if no user gets it; it can still be compared and expected. */
  void release(@Nullable Resident<V> found) {
    if (streams && found != null) {
      stack.release(found);
    }
  }
}
