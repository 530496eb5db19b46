package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * A mixed load of several processes on one cache. Each key is changed by one thread, with numbers
 * that go up, and read by all; each read is judged at once: what it returned is whole, and no older
 * than what was acknowledged the bound before, or by the process itself. Thread safe.
 */
final class ChaosLoad {
  private static final int KEYS_OF_A_WRITER = 2;
  private static final int SHORT = 20;

  /** More than DynamoDB keeps inline: the body is an object of S3. */
  private static final int LONG = 100_000;

  private static final long PAUSE_NANOS = 2_000_000;

  private final List<FourTiersNode<String>> nodes;
  private final Duration bound;
  private final List<Key> keys = new ArrayList<>();
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicLong oldestNanos = new AtomicLong();

  /** What one thread did to a key. */
  private static final class Key {
    final String name;

    /** The acknowledged changes, by the time at which their calls returned. */
    final NavigableMap<Long, Long> returned = new ConcurrentSkipListMap<>();

    /** The changes that remove the entry. */
    final Set<Long> removals = ConcurrentHashMap.newKeySet();

    final AtomicLong attempted = new AtomicLong();

    Key(String name) {
      this.name = name;
    }

    /** The last change that was acknowledged by then; 0 if none was. */
    long acknowledged(long nanos) {
      Map.Entry<Long, Long> entry = returned.floorEntry(nanos);
      return entry == null ? 0 : entry.getValue();
    }

    boolean mayBeAbsent(long least) {
      return least == 0 || removals.stream().anyMatch(number -> number >= least);
    }
  }

  ChaosLoad(List<FourTiersNode<String>> nodes, Duration bound) {
    this.nodes = nodes;
    this.bound = bound;
    for (int i = 0; i < nodes.size() * KEYS_OF_A_WRITER; i++) {
      keys.add(new Key("key-" + i));
    }
  }

  /** Runs while something happens, which may take long, and fails with what was read wrongly. */
  void during(long seed, Runnable happening) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      int node = i;
      Random writes = new Random(seed + 2L * node);
      Random reads = new Random(seed + 2L * node + 1);
      threads.add(repeat(over, () -> write(node, writes)));
      threads.add(repeat(over, () -> read(nodes.get(node), keys.get(reads.nextInt(keys.size())))));
    }
    try {
      happening.run();
    } finally {
      over.set(true);
    }
    for (CompletableFuture<Void> thread : threads) {
      thread.get(60, TimeUnit.SECONDS);
    }
  }

  private CompletableFuture<Void> repeat(AtomicBoolean over, Runnable step) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                while (!over.get()) {
                  attempt(step);
                  LockSupport.parkNanos(PAUSE_NANOS); // sets the pace alone
                }
                end.complete(null);
              } catch (Throwable e) {
                end.completeExceptionally(e);
              }
            },
            "load")
        .start();
    return end;
  }

  private void attempt(Runnable step) {
    operations.incrementAndGet();
    try {
      step.run();
    } catch (CacheException e) {
      failures.incrementAndGet();
    }
  }

  private void write(int node, Random random) {
    Key key = keys.get(node * KEYS_OF_A_WRITER + random.nextInt(KEYS_OF_A_WRITER));
    long number = key.attempted.incrementAndGet();
    FourTiersNode<String> by = nodes.get(node);
    change(by.cache, key, number, random);
    key.returned.put(System.nanoTime(), number);
    judge(key, by.cache.get(key.name), number);
  }

  private static void change(
      TerraceCache<String, String> cache, Key key, long number, Random random) {
    String value = value(number, random.nextInt(5) == 0 ? LONG : SHORT);
    switch (random.nextInt(6)) {
      case 0 -> {
        key.removals.add(number);
        boolean unused = cache.remove(key.name);
      }
      case 1 -> {
        String unused = cache.getAndPut(key.name, value);
      }
      case 2 -> cache.putAll(Map.of(key.name, value));
      case 3 ->
          cache.invoke(
              key.name,
              (entry, none) -> {
                entry.setValue(value);
                return null;
              });
      default -> cache.put(key.name, value);
    }
  }

  private void read(FourTiersNode<String> node, Key key) {
    long begin = System.nanoTime();
    long due = key.acknowledged(begin - bound.toNanos());
    String value =
        begin % 4 == 0
            ? node.cache.getAll(Set.of(key.name, "absent")).get(key.name)
            : node.cache.get(key.name);
    judge(key, value, due);
    if (value != null) {
      measure(key, number(value), begin);
    }
  }

  private static void judge(Key key, @Nullable String value, long least) {
    if (value == null) {
      assertThat(key.mayBeAbsent(least)).as("%s is absent, %s was put", key.name, least).isTrue();
      return;
    }
    long number = number(value);
    assertThat(value).as("whole").isEqualTo(value(number, value.length()));
    assertThat(value.length()).isIn(SHORT, LONG);
    assertThat(number).as(key.name).isBetween(least, key.attempted.get());
    assertThat(key.removals).doesNotContain(number);
  }

  /** How long before it began the read's answer was surely replaced. */
  private void measure(Key key, long number, long beganNanos) {
    for (Map.Entry<Long, Long> change :
        key.returned.headMap(beganNanos, false).descendingMap().entrySet()) {
      if (change.getValue() <= number) {
        return;
      }
      oldestNanos.accumulateAndGet(beganNanos - change.getKey(), Math::max);
    }
  }

  private static String value(long number, int length) {
    String head = number + ":";
    return head + String.valueOf((char) ('a' + number % 26)).repeat(length - head.length());
  }

  private static long number(String value) {
    return Long.parseLong(value.substring(0, value.indexOf(':')));
  }

  /**
   * Whether no process fails, or serves anything but what AWS has, which is no less than what was
   * acknowledged.
   */
  boolean isSettled() {
    try {
      for (Key key : keys) {
        String truth = nodes.get(0).cache.invoke(key.name, (entry, none) -> entry.getValue());
        judge(key, truth, key.acknowledged(System.nanoTime()));
        for (FourTiersNode<String> node : nodes) {
          if (!java.util.Objects.equals(node.cache.get(key.name), truth)) {
            return false;
          }
        }
      }
      return true;
    } catch (CacheException e) {
      return false;
    }
  }

  /** After a clear, while nothing else runs: every key is as if it was removed. */
  void cleared() {
    for (Key key : keys) {
      long number = key.attempted.incrementAndGet();
      key.removals.add(number);
      key.returned.put(System.nanoTime(), number);
    }
  }

  long operations() {
    return operations.getAndSet(0);
  }

  long failures() {
    return failures.getAndSet(0);
  }

  /** How long a value was replaced that was read nevertheless, at most, since this was asked. */
  long oldestMillis() {
    return oldestNanos.getAndSet(0) / 1_000_000;
  }
}
