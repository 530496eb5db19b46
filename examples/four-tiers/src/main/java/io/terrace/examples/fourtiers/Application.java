package io.terrace.examples.fourtiers;

import static java.util.Objects.requireNonNull;

import io.terrace.StreamValue;
import io.terrace.TieredCache;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;

/**
 * The program whose caches these are. Closing it and opening another one is what a restart is: the
 * heap is empty then. Not thread safe; its caches are.
 */
final class Application implements AutoCloseable {
  private static final int PROBE = -1;
  private static final String LARGE_PROBE = "probe";
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final CacheManager manager;
  private final Cache<Integer, Item> entries;
  private final Cache<String, StreamValue> large;

  private Application(CacheManager manager) {
    this.manager = manager;
    this.entries = manager.getCache("entries", Integer.class, Item.class);
    this.large = manager.getCache("large", String.class, StreamValue.class);
  }

  /** Opens the caches that {@code terrace.conf} describes, whoever of their servers is there. */
  static Application open(Properties overrides) {
    CacheManager manager = Caching.getCachingProvider().getCacheManager(null, null, overrides);
    try {
      return new Application(manager);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  Cache<Integer, Item> entries() {
    return entries;
  }

  Cache<String, StreamValue> large() {
    return large;
  }

  /**
   * Waits until Redis serves what is written, in both caches.
   *
   * @return how long that took, in nanoseconds
   * @throws IllegalStateException if it does not within a minute
   */
  long awaitRedis() {
    long start = System.nanoTime();
    while (!redisServes()) {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new IllegalStateException("Redis is there, but is not used");
      }
      LockSupport.parkNanos(this, PAUSE.toNanos());
    }
    return System.nanoTime() - start;
  }

  private void probe() {
    entries.put(PROBE, Item.of(PROBE, 1));
    large.put(LARGE_PROBE, StreamValue.of(new byte[1]));
  }

  private boolean redisServes() {
    probe();
    return isInRedis(entries, PROBE) && isInRedis(large, LARGE_PROBE);
  }

  private static <K> boolean isInRedis(Cache<K, ?> cache, K key) {
    return tiered(cache).residency(key).stream()
        .anyMatch(copy -> copy.info().tier().equals("redis"));
  }

  /**
   * Waits until AWS takes writes again.
   *
   * @throws CacheException if it does not within a minute
   */
  void awaitAws() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        probe();
        return;
      } catch (CacheException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(this, PAUSE.toNanos());
      }
    }
  }

  /**
   * Waits until the disk tier remembers all changes that it has followed, as it does with each
   * heartbeat: what changed after that is dropped from it as it is opened again.
   */
  void awaitHeartbeat() {
    awaitBeats(entries);
    awaitBeats(large);
  }

  /** Two: the first one may have been under way. */
  private void awaitBeats(Cache<?, ?> cache) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long silence = silenceMillis(cache);
    for (int beats = 0; beats < 2 && System.nanoTime() < end; ) {
      LockSupport.parkNanos(this, PAUSE.toNanos());
      long now = silenceMillis(cache);
      beats += now < silence ? 1 : 0;
      silence = now;
    }
  }

  private static long silenceMillis(Cache<?, ?> cache) {
    return requireNonNull(tiered(cache).coherenceStatistics()).silenceMillis();
  }

  @SuppressWarnings("unchecked") // a class literal has no type arguments
  private static <K> TieredCache<K, ?> tiered(Cache<K, ?> cache) {
    return cache.unwrap(TieredCache.class);
  }

  @Override
  public void close() {
    manager.close();
  }
}
