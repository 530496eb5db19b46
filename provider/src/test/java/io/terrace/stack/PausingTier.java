package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.DelegatingTier;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.Tier;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A tier whose next lookup or write can be held at a given point, so that a test decides what
 * happens in between. One pause at a time.
 */
final class PausingTier extends DelegatingTier {

  /** Where a call is held. */
  enum Point {
    /** The answer is known and not yet given. */
    AFTER_LOOKUP,
    BEFORE_WRITE,
    BEFORE_PURGE,
    BEFORE_UPDATE
  }

  /** A call that is held, or will be. */
  static final class Pause {
    private final Point point;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    private Pause(Point point) {
      this.point = point;
    }

    void awaitReached() throws InterruptedException {
      if (!reached.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody came to " + point);
      }
    }

    void release() {
      released.countDown();
    }
  }

  private final AtomicReference<Pause> planned = new AtomicReference<>();

  PausingTier(Tier delegate) {
    super(delegate);
  }

  /** Holds the next call that comes to the point, once. */
  Pause pauseNext(Point point) {
    Pause pause = new Pause(point);
    planned.set(pause);
    return pause;
  }

  private void pass(Point point) {
    Pause pause = planned.get();
    if (pause == null || pause.point != point || !planned.compareAndSet(pause, null)) {
      return;
    }
    pause.reached.countDown();
    try {
      if (!pause.released.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("never released from " + point);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public Lookup lookup(EntryKey key) {
    Lookup lookup = super.lookup(key);
    pass(Point.AFTER_LOOKUP);
    return lookup;
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    pass(Point.BEFORE_WRITE);
    return super.openWrite(header, condition);
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    pass(Point.BEFORE_PURGE);
    return super.purge(key, reason, condition);
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    pass(Point.BEFORE_UPDATE);
    return super.updateHeader(key, version, update);
  }
}
