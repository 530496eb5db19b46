package io.terrace.jcache.event;

import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Gives the changes of each key one order, as a cache with a writer or listeners needs it: calls of
 * the writer, commits and events of a key follow one another in the same order. Thread safe.
 */
public final class KeyOrder<K> {
  /*
   * The lock of a stripe guards nothing in memory; it is held from the writer's call over the commit
   * to the queueing of the events, so that all three happen in one order for each key. Readers never
   * take it, except to remove an expired entry or to store a loaded one, and then only if it is free.
   *
   * Order: a batch takes its stripes by ascending index. A thread that holds a stripe already, since
   * the writer it called changes this or another cache, may want a second one in any order; it waits
   * for it NESTED_WAIT at most, and then fails instead of waiting for ever: that is how a
   * deadlock of two such writers ends. A change of the same key from inside its writer is reentrant.
   *
   * Called under it: the user's writer and expiry policy, `equals` of values, the stack with its I/O,
   * which waits for no loader.
   * Never called under it: listeners and filters, loaders, entry processors. Events that came up
   * are delivered after the outermost stripe of the thread is released.
   */
  private static final int STRIPES = 256;

  private static final Duration NESTED_WAIT = Duration.ofSeconds(10);

  private final Stripe[] stripes = new Stripe[STRIPES];
  private final Duration nestedWait;

  /**
   * @param workers deliver the asynchronous events
   */
  public KeyOrder(Executor workers) {
    this(workers, NESTED_WAIT);
  }

  KeyOrder(Executor workers, Duration nestedWait) {
    this.nestedWait = nestedWait;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(workers);
    }
  }

  /** Begins a change of the key; ends with {@link #exit}. */
  public Stripe enter(K key) {
    Stripe stripe = stripes[index(key)];
    lock(stripe);
    return stripe;
  }

  /** Begins a change of the key if that needs no waiting, and returns null otherwise. */
  public @Nullable Stripe tryEnter(K key) {
    Stripe stripe = stripes[index(key)];
    if (!stripe.lock.tryLock()) {
      return null;
    }
    Section.current().beginStripe();
    return stripe;
  }

  /**
   * Ends a change, and delivers its events if it is the thread's outermost.
   *
   * @throws javax.cache.event.CacheEntryListenerException if a listener failed
   */
  public void exit(Stripe stripe) {
    Section section = Section.current();
    stripe.lock.unlock();
    section.endStripe();
    section.deliver();
  }

  /** Ends a change, and leaves its events to {@link #deliver} or to the thread's next change. */
  public void leave(Stripe stripe) {
    stripe.lock.unlock();
    Section.current().endStripe();
  }

  /**
   * Delivers what the current thread still has to, unless it is in the middle of a change.
   *
   * @throws javax.cache.event.CacheEntryListenerException if a listener failed
   */
  public static void deliver() {
    Section section = Section.existing();
    if (section != null) {
      section.deliver();
    }
  }

  /** Begins a change of many keys; ends with {@link #exitAll}. */
  public BitSet enterAll(Collection<? extends K> keys) {
    BitSet wanted = new BitSet(STRIPES);
    for (K key : keys) {
      wanted.set(index(key));
    }
    BitSet held = new BitSet(STRIPES);
    try {
      for (int i = wanted.nextSetBit(0); i >= 0; i = wanted.nextSetBit(i + 1)) {
        lock(stripes[i]);
        held.set(i);
      }
      return held;
    } catch (RuntimeException e) {
      exitAll(held);
      throw e;
    }
  }

  /** As {@link #exit} for what {@link #enterAll} returned. */
  public void exitAll(BitSet held) {
    Section section = Section.current();
    for (int i = held.nextSetBit(0); i >= 0; i = held.nextSetBit(i + 1)) {
      stripes[i].lock.unlock();
      section.endStripe();
    }
    section.deliver();
  }

  /** The stripe of a key, whose lock the caller holds. */
  public Stripe held(K key) {
    return stripes[index(key)];
  }

  /** The stripe of a key, to queue asynchronous events of other processes; takes no lock. */
  public Stripe unheld(K key) {
    return stripes[index(key)];
  }

  /** Puts off the delivery of events until {@link #deliverDeferred}. */
  public void defer() {
    Section.current().beginDeferral();
  }

  public void deliverDeferred() {
    Section section = Section.current();
    section.endDeferral();
    section.deliver();
  }

  private void lock(Stripe stripe) {
    Section section = Section.current();
    if (!section.holdsStripe()) {
      stripe.lock.lock();
    } else if (!lockNested(stripe)) {
      throw new CacheException(
          "a change made by a CacheWriter waited "
              + nestedWait.toMillis()
              + " ms for another change: writers that change each other's keys wait for each other");
    }
    section.beginStripe();
  }

  private boolean lockNested(Stripe stripe) {
    try {
      return stripe.lock.tryLock(nestedWait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheException("interrupted in a change made by a CacheWriter", e);
    }
  }

  private int index(K key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash >>> 24;
  }
}
