package io.terrace.codec;

import java.io.IOException;
import java.io.NotSerializableException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Makes independent copies of values, equal to what Java serialization and deserialization would
 * make of them, except that the immutable parts are shared. Thread safe.
 *
 * <p>Ordinary classes (arrays, the common collections of the JDK, records, and serializable classes
 * without serialization methods of their own) are copied part by part. A graph with anything else
 * in it goes through Java serialization as a whole, so that references inside it stay what they
 * are.
 */
public final class Copier<V> {
  private final ClassLoader loader;
  private volatile @Nullable ConcurrentMap<Class<?>, CopyPlan> plans;

  /**
   * @param loader where Java serialization finds classes: the cache manager's
   */
  public Copier(ClassLoader loader) {
    this.loader = loader;
  }

  /**
   * Whether the value is provably deeply immutable, so that it needs no copy. A few nanoseconds for
   * most classes; collections that cannot change ({@code List.of}) are asked element by element.
   */
  public boolean isShareable(Object value) {
    // The most common classes first: they need not even load the class that knows the others.
    return value instanceof String
        || value instanceof Long
        || value instanceof Integer
        || Immutability.isShareable(value);
  }

  /**
   * A deep copy that shares nothing mutable with the value; the value itself where that is
   * shareable.
   *
   * @throws CacheException if it has to be copied and cannot be; names the class and the remedy
   */
  @SuppressWarnings("unchecked") // a copy is of the class of its original
  public V copy(V value) {
    if (value instanceof byte[] bytes) {
      return (V) bytes.clone();
    }
    if (isShareable(value)) {
      return value;
    }
    try {
      return (V) new GraphCopy(plans()).copyMutable(value);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return (V) copyBySerialization(value);
    }
  }

  private Object copyBySerialization(Object value) {
    try {
      return Serialization.read(Serialization.write(value, null), loader, null);
    } catch (NotSerializableException e) {
      throw new CacheException(
          "cannot store a value of "
              + value.getClass()
              + " by value: "
              + e.getMessage()
              + " is neither immutable nor serializable; make it java.io.Serializable, or store by"
              + " reference (setStoreByValue(false))",
          e);
    } catch (IOException | RuntimeException e) {
      throw new CacheException("cannot copy a value of " + value.getClass() + ": " + e, e);
    }
  }

  /** Plans live as long as this copier, so that nothing else keeps the classes of values alive. */
  private ConcurrentMap<Class<?>, CopyPlan> plans() {
    ConcurrentMap<Class<?>, CopyPlan> current = plans;
    if (current == null) {
      plans = current = new ConcurrentHashMap<>();
    }
    return current;
  }
}
