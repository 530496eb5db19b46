package io.terrace.stack;

import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import io.terrace.tier.TierUsage;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A heap that does something of the test's, once, in the middle of the next operation. */
final class PeekHeap implements ObjectTier<String, String> {
  private final ObjectTier<String, String> delegate;
  private final AtomicReference<@Nullable Runnable> beforePeek = new AtomicReference<>();
  private final AtomicReference<@Nullable Runnable> beforeCompareAndSet = new AtomicReference<>();

  PeekHeap(ObjectTier<String, String> delegate) {
    this.delegate = delegate;
  }

  /** Runs the action before the next peek. */
  void onPeek(Runnable action) {
    beforePeek.set(action);
  }

  /** Runs the action before the next compare-and-set. */
  void onCompareAndSet(Runnable action) {
    beforeCompareAndSet.set(action);
  }

  private static void run(AtomicReference<@Nullable Runnable> planned) {
    Runnable action = planned.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  @Override
  public @Nullable Resident<String> peek(String key) {
    run(beforePeek);
    return delegate.peek(key);
  }

  @Override
  public boolean compareAndSet(
      String key, @Nullable Resident<String> expected, @Nullable Resident<String> next) {
    run(beforeCompareAndSet);
    return delegate.compareAndSet(key, expected, next);
  }

  @Override
  public String name() {
    return delegate.name();
  }

  @Override
  public @Nullable Resident<String> get(String key) {
    return delegate.get(key);
  }

  @Override
  public @Nullable Resident<String> remove(String key) {
    return delegate.remove(key);
  }

  @Override
  public void clear() {
    delegate.clear();
  }

  @Override
  public Iterator<Map.Entry<String, Resident<String>>> iterator() {
    return delegate.iterator();
  }

  @Override
  public TierUsage usage() {
    return delegate.usage();
  }

  @Override
  public void close() {
    delegate.close();
  }
}
