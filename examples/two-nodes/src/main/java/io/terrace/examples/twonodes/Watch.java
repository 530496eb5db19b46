package io.terrace.examples.twonodes;

import static java.util.Objects.requireNonNull;

import io.terrace.TierStatistics;
import io.terrace.TieredCache;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.HdrHistogram.Histogram;

/**
 * Reads one entry again and again in a thread of its own, and tells what it sees. Thread safe; what
 * it saw is guarded by this.
 */
final class Watch implements Runnable {
  private static final long PAUSE_NANOS = 200_000;

  private final Cache<String, Update> cache;
  private final TieredCache<?, ?> tiered;
  private final String key;
  private final Consumer<String> tell;
  private final Histogram agesMicros = new Histogram(3);
  private boolean aloud;
  private boolean failing;
  private long reads;
  private long failed;
  private long last;
  private long backward;
  private long servedMillis;

  /**
   * @param tell gets a line for each update, while this is {@link #aloud}, and each change between
   *     reads that are served and reads that fail
   */
  Watch(Cache<String, Update> cache, String key, Consumer<String> tell) {
    this.cache = cache;
    this.tiered = cache.unwrap(TieredCache.class);
    this.key = key;
    this.tell = tell;
  }

  /** Watches until the thread is interrupted. */
  @Override
  public void run() {
    while (!Thread.currentThread().isInterrupted()) {
      read();
      LockSupport.parkNanos(this, PAUSE_NANOS);
    }
  }

  private void read() {
    long began = System.currentTimeMillis();
    try {
      Update update = cache.get(key);
      if (update != null) {
        served(update, Instant.now(), began);
      }
    } catch (CacheException e) {
      failed(String.valueOf(e.getMessage()));
    }
  }

  private synchronized void served(Update update, Instant now, long began) {
    reads++;
    servedMillis = began;
    if (failing) {
      tell.accept("reads again: update " + update.number());
    }
    failing = false;
    if (update.number() > last) {
      long micros = Math.max(0, Duration.between(update.written(), now).toNanos() / 1_000);
      agesMicros.recordValue(micros);
      if (aloud) {
        tell.accept(
            String.format(
                Locale.ROOT, "update %d arrived, %.1f ms old", update.number(), micros / 1e3));
      }
    } else if (update.number() < last) {
      backward++;
    }
    last = update.number();
    notifyAll();
  }

  private synchronized void failed(String message) {
    reads++;
    failed++;
    if (!failing) {
      tell.accept("reads fail: " + message);
    }
    failing = true;
    notifyAll();
  }

  /** Whether updates are told. */
  synchronized void aloud(boolean newAloud) {
    aloud = newAloud;
  }

  /** Waits until this update or a later one was seen; false if it was not in time. */
  synchronized boolean awaitUpdate(long number, Duration patience) throws InterruptedException {
    return await(() -> last >= number && !failing, patience);
  }

  /** Waits until reads fail; false if they did not in time. */
  synchronized boolean awaitFailure(Duration patience) throws InterruptedException {
    return await(() -> failing, patience);
  }

  private boolean await(BooleanSupplier condition, Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      long leftMillis = (end - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0) {
        return false;
      }
      wait(leftMillis);
    }
    return true;
  }

  synchronized Counts counts() {
    List<TierStatistics> tiers = tiered.tierStatistics();
    return new Counts(
        reads,
        failed,
        tiers.get(0).hits(),
        tiers.get(1).hits(),
        requireNonNull(tiered.coherenceStatistics()).told(),
        agesMicros.getTotalCount(),
        backward,
        agesMicros.getValueAtPercentile(50),
        agesMicros.getValueAtPercentile(99),
        servedMillis);
  }
}
