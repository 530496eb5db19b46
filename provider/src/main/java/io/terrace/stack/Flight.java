package io.terrace.stack;

import io.terrace.tier.Resident;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One read of one key below the heap, shared by all who want the key meanwhile.
 *
 * <p>A write of the key cancels the flight. What the flight read then still answers those who wait,
 * since they asked before the write returned, but it may no longer be copied into any tier.
 */
final class Flight<V> implements Activity {
  /*
   * The monitor of a flight guards `cancelled` and is held while the flight copies what it read into
   * a tier: a writer that returned from cancel() knows that no copy of the flight follows. It is the
   * only lock held during the I/O of a promotion, and only writers of the same key wait for it.
   */
  private final Thread owner = Thread.currentThread();
  private final CompletableFuture<@Nullable Resident<V>> found = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Resident<V>> result = new CompletableFuture<>();
  private final Wait reach;
  private boolean cancelled;

  /**
   * @param reach how far it goes: whoever wants more than it finds has to take off again
   */
  Flight(Wait reach) {
    this.reach = reach;
  }

  /** Whether it is over without having asked a loader. */
  boolean isOverWithoutLoader() {
    return reach == Wait.FOR_TIERS && result.isDone();
  }

  Thread owner() {
    return owner;
  }

  synchronized void cancel() {
    cancelled = true;
  }

  /** Runs {@code copy} unless the flight was cancelled; returns whether it ran and succeeded. */
  synchronized boolean copyUp(BooleanSupplier copy) {
    return !cancelled && copy.getAsBoolean();
  }

  /** Whom a follower waits for, and how far a flight goes. */
  enum Wait {
    /** For the tiers: if they hold nothing the key is absent, whatever a loader makes of it. */
    FOR_TIERS,
    /** For the tiers, and then for the loader. */
    FOR_LOADER
  }

  /** The tiers hold nothing, and the loader is asked now. */
  void foundNothing() {
    found.complete(null);
  }

  void complete(@Nullable Resident<V> resident) {
    found.complete(resident);
    result.complete(resident);
  }

  void fail(Throwable cause) {
    found.completeExceptionally(cause);
    result.completeExceptionally(cause);
  }

  CompletableFuture<@Nullable Resident<V>> result(Wait wait) {
    return wait == Wait.FOR_TIERS ? found : result;
  }
}
