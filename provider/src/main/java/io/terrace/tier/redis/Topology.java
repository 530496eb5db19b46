package io.terrace.tier.redis;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What is known of the servers. It is looked for at the first use, and again after a doubt, though
 * not more often than once in a second, while everybody goes on with what was known. Thread safe.
 */
final class Topology {
  private static final System.Logger LOGGER = System.getLogger(Topology.class.getName());

  /** A fail-over takes seconds, so a look in a second is soon enough. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Finder finder;
  private final Alarm alarm;
  private final long waitNanos;
  private final Consumer<View> changed;
  private volatile @Nullable View view;
  private volatile boolean doubted;

  /** Whether a look is about to begin. */
  private final AtomicBoolean lookSoon = new AtomicBoolean();

  /** Held while the servers are looked for; guards the fields below. */
  private final ReentrantLock looking = new ReentrantLock();

  private volatile long lookedNanos = System.nanoTime() - PAUSE_NANOS;
  private @Nullable Throwable failure;

  /**
   * @param waitNanos how long to wait for another thread's look while nothing is known
   * @param changed told of each view, under a lock
   */
  Topology(Finder finder, Alarm alarm, long waitNanos, Consumer<View> changed) {
    this.finder = finder;
    this.alarm = alarm;
    this.waitNanos = waitNanos;
    this.changed = changed;
  }

  /** The servers as far as they are known; blocks if nothing is known of them. */
  View view() throws IOException {
    View known = view;
    if (known == null) {
      return firstView();
    }
    if (doubted && isTime() && lookSoon.compareAndSet(false, true)) {
      alarm.soon(this::lookAgain);
    }
    return known;
  }

  private boolean isTime() {
    return System.nanoTime() - lookedNanos >= PAUSE_NANOS;
  }

  private void lookAgain() {
    looking.lock();
    try {
      look();
    } catch (IOException e) {
      LOGGER.log(DEBUG, "what is known of the servers of Redis stays as it was", e);
    } finally {
      looking.unlock();
      lookSoon.set(false); // last, as the next look would hold up another thread
    }
  }

  private View firstView() throws IOException {
    boolean locked = false;
    try {
      locked = looking.tryLock(waitNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!locked) {
      throw new CallTimeoutException("the servers of Redis were not found in time", false, null);
    }
    try {
      View known = view;
      return known == null ? look() : known;
    } finally {
      looking.unlock();
    }
  }

  private View look() throws IOException {
    View known = view;
    if (!isTime()) {
      if (known == null) {
        throw new BreakerOpenException("Redis was not found a moment ago: " + failure);
      }
      return known;
    }
    doubted = false;
    try {
      View found = finder.find(known);
      view = found;
      changed.accept(found);
      return found;
    } catch (IOException | JedisException e) {
      doubted = true;
      failure = e;
      throw e instanceof IOException io ? io : Failure.ofConnecting("any host", e).toException();
    } finally {
      lookedNanos = System.nanoTime();
    }
  }

  /** Says that something failed, so that the servers are looked for before they are used again. */
  void doubt() {
    doubted = true;
  }

  /** Says that a server told of another one for a slot. */
  void moved(int slot, HostAndPort owner) {
    View known = view;
    if (known != null) {
      known.correct(slot, owner);
    }
    doubt();
  }

  /** Whether a server is among those that are known; does not block. */
  boolean isKnown(HostAndPort server) {
    View known = view;
    return known != null && known.servers().contains(server);
  }
}
