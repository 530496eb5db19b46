package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayDeque;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The subscriber of a {@link PublisherChannel}: hands one reader, which waits, what a publisher
 * publishes. Two buffers at a time: the one the reader has, and one that is on its way or here.
 */
final class BufferReceiver implements Flow.Subscriber<ByteBuffer> {
  /*
   * The lock guards every field; the subscription never changes once it is there. The publisher is never called under it, and may call us from
   * inside request and subscribe. Only the reader requests. Whoever finds that nothing more is
   * wanted cancels, but leaves it to the reader while that is inside request: the methods of a
   * subscription must not be called by two threads at once.
   */
  private static final int DEMAND = 2;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private final ArrayDeque<ByteBuffer> arrived = new ArrayDeque<>(DEMAND);
  private Flow.@Nullable Subscription subscription;
  private @Nullable Throwable failure;

  /** Buffers that were asked for and have not arrived. */
  private int awaited;

  private boolean requesting;
  private boolean completed;
  private boolean closed;

  /** Whether the subscription needs no cancelling: its publisher ended it, or it was done. */
  private boolean over;

  @Override
  public void onSubscribe(Flow.Subscription given) {
    requireNonNull(given, "subscription");
    AtomicBoolean isFirst = new AtomicBoolean();
    change(
        () -> {
          if (subscription == null) {
            subscription = given;
            isFirst.set(true);
          }
        });
    if (isFirst.get()) {
      cancelIfUnwanted();
    } else {
      given.cancel();
    }
  }

  @Override
  public void onNext(ByteBuffer buffer) {
    if (buffer == null) {
      throw refused("a buffer that is null");
    }
    change(
        () -> {
          if (isEnded()) {
            return;
          }
          if (awaited > 0) {
            awaited--;
            arrived.add(buffer);
          } else {
            end(new IllegalStateException("more buffers came than were asked for"));
          }
        });
    cancelIfUnwanted();
  }

  @Override
  public void onError(Throwable cause) {
    if (cause == null) {
      throw refused("an error that is null");
    }
    change(
        () -> {
          over = true;
          end(cause);
        });
  }

  @Override
  public void onComplete() {
    change(
        () -> {
          over = true;
          completed = failure == null;
        });
  }

  private NullPointerException refused(String what) {
    NullPointerException refusal = new NullPointerException("the publisher published " + what);
    fail(refusal);
    return refusal;
  }

  /** Makes every read fail from now on, unless the end was reached. */
  void fail(Throwable cause) {
    change(() -> end(cause));
    cancelIfUnwanted();
  }

  private void end(Throwable cause) {
    if (!isEnded()) {
      failure = cause;
      arrived.clear();
    }
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isEnded() {
    return completed || closed || failure != null;
  }

  /** The next buffer, for which the reader waits; null at the end. */
  @Nullable ByteBuffer take() throws IOException {
    try {
      for (int wanted = await(); wanted > 0; wanted = await()) {
        request(wanted);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new ClosedByInterruptException();
    }
    lock.lock();
    try {
      throwIfUnusable();
      return arrived.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a buffer or the end; returns how many buffers to ask for before that. */
  private int await() throws IOException, InterruptedException {
    lock.lock();
    try {
      while (wanted() == 0 && arrived.isEmpty() && !isEnded()) {
        changed.await();
      }
      throwIfUnusable();
      int wanted = wanted();
      awaited += wanted;
      requesting = wanted > 0;
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  /** How many buffers to ask for, now that the reader has none. */
  private int wanted() {
    return subscription == null || isEnded() ? 0 : DEMAND - awaited - arrived.size();
  }

  private void request(int buffers) {
    try {
      requireNonNull(subscription).request(buffers);
    } catch (RuntimeException e) {
      fail(e);
    } finally {
      change(() -> requesting = false);
      cancelIfUnwanted();
    }
  }

  /** Gives back what it is given, unless reading has to fail. */
  @Nullable ByteBuffer checkUsable(@Nullable ByteBuffer buffer) throws IOException {
    lock.lock();
    try {
      throwIfUnusable();
      return buffer;
    } finally {
      lock.unlock();
    }
  }

  private void throwIfUnusable() throws IOException {
    if (closed) {
      throw new AsynchronousCloseException();
    }
    if (failure != null) {
      throw new IOException("the publisher failed", failure);
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    change(
        () -> {
          closed = true;
          arrived.clear();
        });
    cancelIfUnwanted();
  }

  private void cancelIfUnwanted() {
    Flow.Subscription unwanted = unwanted();
    if (unwanted != null) {
      unwanted.cancel();
    }
  }

  /** The subscription if it is to be cancelled; not twice. */
  private Flow.@Nullable Subscription unwanted() {
    lock.lock();
    try {
      boolean isUnwanted = !over && !requesting && (closed || failure != null);
      if (!isUnwanted || subscription == null) {
        return null;
      }
      over = true;
      return subscription;
    } finally {
      lock.unlock();
    }
  }
}
