package io.terrace.jcache;

import static io.terrace.jcache.RedisNode.PATIENT;
import static io.terrace.jcache.RedisNode.await;
import static io.terrace.jcache.RedisNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.jcache.RedisNode.On;
import io.terrace.servers.FaultyProxy;
import io.terrace.servers.FaultyProxy.Direction;
import io.terrace.servers.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two processes on one Redis, one of which hears of changes over a network that loses connections
 * and holds back what is sent. What it serves is never older than a heartbeat and a second: a read
 * that begins so long after an update returned sees the update, or fails.
 */
@Timeout(120)
class RedisLossyFeedTest {
  private static final Duration HEARTBEAT = Duration.ofMillis(300);
  private static final Duration BOUND = HEARTBEAT.plusSeconds(1);

  /** Within the bound: whoever cannot be reached knows that it is out of contact in time. */
  private static final CoherenceSettings LOSSY =
      CoherenceSettings.DEFAULTS.withHeartbeat(HEARTBEAT, BOUND.minusMillis(300));

  private static final int KEYS = 4;
  private static final int ROUNDS = 8;
  private static final int READS = 100;

  @TempDir Path directory;

  /** What was written to a key, by the time at which the call returned. */
  private final Map<Integer, ConcurrentSkipListMap<Long, Long>> returned =
      new ConcurrentSkipListMap<>();

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong reads = new AtomicLong();
  private long written;
  private final AtomicLong failures = new AtomicLong();
  private final AtomicLong outdated = new AtomicLong();

  @ParameterizedTest
  @EnumSource(names = {"HEAP_REDIS", "HEAP_DISK_REDIS"})
  void i4_anUpdateIsSeenWithinTheBoundWhateverMessagesAreLost(On tiers) throws Exception {
    long seed = System.nanoTime();
    for (int key = 0; key < KEYS; key++) {
      returned.put(key, new ConcurrentSkipListMap<>());
    }
    try (RedisServer server = RedisServer.start();
        FaultyProxy proxy = FaultyProxy.to(server);
        RedisNode writer =
            new RedisNode(
                On.REDIS, server.uri(), PATIENT, directory, RedisNode.LONG_TIMEOUT, null);
        RedisNode reader = new RedisNode(tiers, proxy.uri(), LOSSY, directory)) {
      for (int key = 0; key < KEYS; key++) {
        write(writer, key);
      }
      CompletableFuture<Long> reading =
          CompletableFuture.supplyAsync(() -> read(reader, new Random(seed)));
      Random random = new Random(seed + 1);
      try {
        for (int round = 0; round < ROUNDS && !reading.isDone(); round++) {
          calm(proxy, writer, random, reading);
          lose(proxy, round);
          writeAndWait(writer, random, round, reading);
        }
      } finally {
        over.set(true);
        proxy.resume();
      }
      assertThat(reading.get(30, TimeUnit.SECONDS)).as("seed " + seed).isPositive();
      assertThat(failures.get()).as("the reader knew that it was cut off").isPositive();
      assertThat(outdated.get()).as("copies were served that somebody had changed").isPositive();
      for (int key = 0; key < KEYS; key++) {
        String last = "" + returned.get(key).lastEntry().getValue();
        String name = "k" + key;
        await(() -> last.equals(valueOrNull(reader, name)));
      }
    }
  }

  private void write(RedisNode node, int key) {
    node.cache.put("k" + key, "" + ++written);
    returned.get(key).put(System.nanoTime(), written);
  }

  private long read(RedisNode node, Random random) {
    while (!over.get()) {
      int key = random.nextInt(KEYS);
      long begin = System.nanoTime();
      Map.Entry<Long, Long> due = returned.get(key).floorEntry(begin - BOUND.toNanos());
      Map.Entry<Long, Long> latest = returned.get(key).floorEntry(begin);
      String value = valueOrNull(node, "k" + key);
      if (value == null) {
        failures.incrementAndGet();
      } else {
        long seen = Long.parseLong(value);
        assertThat(due == null || seen >= due.getValue())
            .as("k%s is %s, though %s was written", key, seen, due)
            .isTrue();
        if (latest != null && seen < latest.getValue()) {
          outdated.incrementAndGet();
        }
      }
      reads.incrementAndGet();
    }
    return reads.get();
  }

  /** Null if Redis cannot be asked; every key has a value. */
  private static @Nullable String valueOrNull(RedisNode node, String key) {
    String[] value = new String[1];
    if (failure(() -> value[0] = node.cache.get(key)) != null) {
      return null;
    }
    assertThat(value[0]).as(key).isNotNull();
    return value[0];
  }

  /** Lets the reader have copies, which it served from, and follow some changes. */
  private void calm(
      FaultyProxy proxy, RedisNode writer, Random random, CompletableFuture<Long> reading)
      throws InterruptedException {
    proxy.resume();
    for (int i = random.nextInt(4); i >= 0; i--) {
      write(writer, random.nextInt(KEYS));
    }
    long until = reads.get() - failures.get() + READS;
    await(() -> reads.get() - failures.get() >= until || reading.isDone());
  }

  private static void lose(FaultyProxy proxy, int round) {
    switch (round % 4) {
      case 0 -> proxy.stall(Direction.TO_CLIENT);
      case 1 -> {
        proxy.reject();
        proxy.dropConnections();
      }
      case 2 -> proxy.stall(Direction.BOTH);
      default -> proxy.dropConnections();
    }
  }

  /** Changes what the reader has; every other time nothing gets better before the bound is over. */
  private void writeAndWait(
      RedisNode writer, Random random, int round, CompletableFuture<Long> reading)
      throws InterruptedException {
    long outdatedBefore = outdated.get();
    long failuresBefore = failures.get();
    for (int key = 0; key < KEYS; key++) {
      if (random.nextInt(4) > 0) {
        write(writer, key);
      }
    }
    long due = System.nanoTime() + (round % 2 == 0 ? BOUND.toNanos() : 0);
    long until = reads.get() + KEYS;
    await(
        () ->
            reading.isDone()
                || (System.nanoTime() > due
                    && reads.get() > until
                    && (round % 4 == 3
                        || outdated.get() > outdatedBefore
                        || failures.get() > failuresBefore)));
  }
}
