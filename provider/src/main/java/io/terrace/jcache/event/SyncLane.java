package io.terrace.jcache.event;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the synchronous events of one stripe of keys: one after the other, in the order they
 * were added, each before the operation that caused it returns.
 */
final class SyncLane {
  /*
   * `lock` guards `pending`, `deliverer` and `waiters`. It is a leaf, and never held while a listener
   * runs. One thread at a time delivers; it takes what is pending in order, up to its own event, so
   * that a listener may run in a thread whose operation came a little later. A listener that changes
   * the cache delivers the event of that change itself, inside of its own call.
   *
   * A thread inside of a listener never waits here: two listeners that change each other's keys would
   * wait for each other for ever. Its event is left to the thread that delivers just now, which
   * therefore leaves nothing behind unless somebody else is waiting to go on.
   */
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition delivered = lock.newCondition();
  private final ArrayDeque<Due> pending = new ArrayDeque<>();
  private @Nullable Thread deliverer;
  private int waiters;

  /** A delivery in the lane; {@code done} is guarded by the lane's lock. */
  static final class Due {
    final SyncLane lane;
    final Delivery<?, ?> delivery;
    boolean done;

    Due(SyncLane lane, Delivery<?, ?> delivery) {
      this.lane = lane;
      this.delivery = delivery;
    }
  }

  /** Adds an event; the caller holds the stripe, which makes this the order of the commits. */
  Due add(Delivery<?, ?> delivery) {
    Due due = new Due(this, delivery);
    lock.lock();
    try {
      pending.add(due);
    } finally {
      lock.unlock();
    }
    return due;
  }

  /**
   * Returns once the event is delivered, by this thread or another.
   *
   * @param section of the calling thread, which says whether it is inside of a listener
   * @return whether it is delivered; false only inside of a listener
   */
  boolean bring(Due due, Section section) {
    lock.lock();
    try {
      while (!due.done) {
        if (deliverer == null || deliverer == Thread.currentThread()) {
          deliverNext(section);
        } else if (section.isInListener()) {
          return false;
        } else {
          waiters++;
          delivered.awaitUninterruptibly();
          waiters--;
        }
      }
      while (deliverer == null && waiters == 0 && !pending.isEmpty()) {
        deliverNext(section);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void deliverNext(Section section) {
    Due next = pending.remove();
    Thread before = deliverer;
    deliverer = Thread.currentThread();
    lock.unlock();
    section.beginListening();
    try {
      next.delivery.run();
    } finally {
      section.endListening();
      lock.lock();
      next.done = true;
      deliverer = before;
      delivered.signalAll();
    }
  }
}
