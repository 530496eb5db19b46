package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.Tier;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A tier whose next lookup or write can be held at a given point, so that a test decides what
 * happens in between. One pause at a time.
 */
final class PausingTier implements Tier {

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
      if (!reached.await(10, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody came to " + point);
      }
    }

    void release() {
      released.countDown();
    }
  }

  private final Tier delegate;
  private final AtomicReference<Pause> planned = new AtomicReference<>();

  PausingTier(Tier delegate) {
    this.delegate = delegate;
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
      if (!pause.released.await(10, TimeUnit.SECONDS)) {
        throw new AssertionError("never released from " + point);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public Lookup lookup(EntryKey key) {
    Lookup lookup = delegate.lookup(key);
    pass(Point.AFTER_LOOKUP);
    return lookup;
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    pass(Point.BEFORE_WRITE);
    return delegate.openWrite(header, condition);
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    pass(Point.BEFORE_PURGE);
    return delegate.purge(key, reason, condition);
  }

  @Override
  public String name() {
    return delegate.name();
  }

  @Override
  public TierCapabilities capabilities() {
    return delegate.capabilities();
  }

  @Override
  public long maxEntryBytes() {
    return delegate.maxEntryBytes();
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    pass(Point.BEFORE_UPDATE);
    return delegate.updateHeader(key, version, update);
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    return delegate.purgeTag(tag, mode, throughVersion);
  }

  @Override
  public void clear() throws IOException {
    delegate.clear();
  }

  @Override
  public HeaderCursor scan() throws IOException {
    return delegate.scan();
  }

  @Override
  public TierUsage usage() {
    return delegate.usage();
  }

  @Override
  public void destroy() throws IOException {
    delegate.destroy();
  }

  @Override
  public void close() throws IOException {
    delegate.close();
  }
}
