package io.terrace.codec;

import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One deep copy: knows the copy of every mutable object met so far, so that an object that is
 * referred to twice is copied once, and cycles end. Not thread safe.
 */
final class GraphCopy {

  /** Up to here a scan of an array is faster than a hash table. */
  private static final int SMALL = 8;

  /** Stands for the copy of what can only be made after its parts. */
  private static final Object UNFINISHED = new Object();

  private final Map<Class<?>, CopyPlan> plans;
  private final @Nullable Object[] few = new @Nullable Object[2 * SMALL];
  private int fewSize;
  private @Nullable IdentityHashMap<Object, Object> many;

  GraphCopy(Map<Class<?>, CopyPlan> plans) {
    this.plans = plans;
  }

  /** The copy of an object of any kind; the object itself if it is shareable. */
  @Nullable Object copy(@Nullable Object original) {
    if (original == null || Immutability.isShareable(original)) {
      return original;
    }
    return copyMutable(original);
  }

  /** The copy of an object that is known not to be shareable. */
  Object copyMutable(Object original) {
    Object known = find(original);
    if (known == UNFINISHED) {
      throw new NotCopyable();
    }
    return known != null ? known : plan(original.getClass()).copy(original, this);
  }

  private CopyPlan plan(Class<?> type) {
    CopyPlan plan = plans.get(type);
    if (plan == null) {
      plan = CopyPlans.of(type);
      plans.put(type, plan);
    }
    return plan;
  }

  /** Tells of a copy whose parts may still be missing. */
  <T> T register(Object original, T copy) {
    if (many == null) {
      if (fewSize < 2 * SMALL) {
        few[fewSize++] = original;
        few[fewSize++] = copy;
        return copy;
      }
      many = new IdentityHashMap<>(4 * SMALL);
      for (int i = 0; i < fewSize; i += 2) {
        many.put(few[i], few[i + 1]);
      }
    }
    many.put(original, copy);
    return copy;
  }

  /** Tells of an object whose copy is made after those of its parts: they must not refer back. */
  void begin(Object original) {
    register(original, UNFINISHED);
  }

  /** Tells of the copy of an object that was begun. */
  <T> T finish(Object original, T copy) {
    if (many != null) {
      many.put(original, copy);
      return copy;
    }
    int i = 0;
    while (few[i] != original) {
      i += 2;
    }
    few[i + 1] = copy;
    return copy;
  }

  private @Nullable Object find(Object original) {
    if (many != null) {
      return many.get(original);
    }
    for (int i = 0; i < fewSize; i += 2) {
      if (few[i] == original) {
        return few[i + 1];
      }
    }
    return null;
  }

  /** The graph has a part that only Java serialization can copy. Costs no stack trace. */
  static final class NotCopyable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotCopyable() {
      super(null, null, false, false);
    }
  }
}
