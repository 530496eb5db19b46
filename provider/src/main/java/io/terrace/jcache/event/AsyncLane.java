package io.terrace.jcache.event;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the asynchronous events of one stripe of keys: in the order they were added, by at most
 * one worker at a time. A failure of a listener is logged.
 */
final class AsyncLane implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(AsyncLane.class.getName());

  /** How many events a worker delivers before it queues up again behind other lanes. */
  private static final int TURN = 64;

  /*
   * The monitor guards `pending` and `scheduled`: a worker runs or is on its way iff `scheduled`. It
   * is a leaf, and never held while a listener runs.
   */
  private final ArrayDeque<Delivery<?, ?>> pending = new ArrayDeque<>();
  private final Executor workers;
  private boolean scheduled;

  AsyncLane(Executor workers) {
    this.workers = workers;
  }

  /**
   * Adds an event. Of changes of this process the caller holds the stripe, which makes this the
   * order of the commits; those of others come from one thread, in their order.
   */
  void add(Delivery<?, ?> delivery) {
    synchronized (this) {
      pending.add(delivery);
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    schedule();
  }

  private void schedule() {
    try {
      workers.execute(this);
    } catch (RejectedExecutionException e) {
      synchronized (this) { // the manager is closed: nobody hears events any more
        pending.clear();
        scheduled = false;
      }
    }
  }

  @Override
  public void run() {
    for (int i = 0; i < TURN; i++) {
      Delivery<?, ?> next = next();
      if (next == null) {
        return;
      }
      next.run();
      Throwable failure = next.failure();
      if (failure != null) {
        LOGGER.log(System.Logger.Level.WARNING, "an asynchronous cache listener failed", failure);
      }
    }
    schedule();
  }

  private synchronized @Nullable Delivery<?, ?> next() {
    Delivery<?, ?> next = pending.poll();
    scheduled = next != null;
    return next;
  }
}
