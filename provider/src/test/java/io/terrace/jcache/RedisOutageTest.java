package io.terrace.jcache;

import static io.terrace.jcache.RedisNode.PATIENT;
import static io.terrace.jcache.RedisNode.TIMEOUT;
import static io.terrace.jcache.RedisNode.await;
import static io.terrace.jcache.RedisNode.boundedFailure;
import static io.terrace.jcache.RedisNode.boundedly;
import static io.terrace.jcache.RedisNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.TierUnavailableException;
import io.terrace.jcache.RedisNode.On;
import io.terrace.servers.FaultyProxy;
import io.terrace.servers.FaultyProxy.Direction;
import io.terrace.servers.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.cache.expiry.CreatedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What an application sees while Redis is dead, hangs or cannot be reached, and afterwards. */
@Timeout(120)
class RedisOutageTest {

  /** How Redis is away. */
  enum Outage {
    KILLED,
    PAUSED,
    PACKETS_DROPPED,
    CUT_OFF
  }

  private static final Duration LIFE = Duration.ofSeconds(3);

  @TempDir Path directory;
  private RedisServer server;
  private FaultyProxy proxy;

  @BeforeEach
  void start() {
    server = RedisServer.start();
    proxy = FaultyProxy.to(server);
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    await(() -> RedisNode.threads().isEmpty());
    await(() -> proxy.openConnections() == 0);
    if (server.isRunning()) {
      await(() -> String.valueOf(server.command("CLIENT", "LIST")).lines().count() == 1); // its own
    }
    proxy.close();
    server.close();
  }

  private RedisNode node(On tiers, CoherenceSettings coherence) {
    return new RedisNode(tiers, proxy.uri(), coherence, directory);
  }

  private void begin(Outage outage) {
    switch (outage) {
      case KILLED -> server.kill();
      case PAUSED -> server.pause();
      case PACKETS_DROPPED -> proxy.stall(Direction.BOTH);
      case CUT_OFF -> {
        proxy.reject();
        proxy.dropConnections();
      }
    }
  }

  private void end(Outage outage) {
    switch (outage) {
      case KILLED -> server.restart();
      case PAUSED -> server.resume();
      default -> proxy.resume();
    }
  }

  /** Puts an entry, and reads it until it is served without Redis. */
  private void keep(RedisNode node, String key) throws InterruptedException {
    await(() -> node.puts(key, "v"));
    await(() -> isServedAlone(node, key));
  }

  private boolean isServedAlone(RedisNode node, String key) {
    long before = proxy.bytesToServer();
    TierUnavailableException late = failure(() -> assertThat(node.cache.get(key)).isEqualTo("v"));
    return late == null && proxy.bytesToServer() == before;
  }

  private static boolean isServed(RedisNode node, String key) {
    String[] value = new String[1];
    return failure(() -> value[0] = node.cache.get(key)) == null && value[0] != null;
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS, KILLED",
    "REDIS, PAUSED",
    "REDIS, PACKETS_DROPPED",
    "HEAP_REDIS, KILLED",
    "HEAP_REDIS, PAUSED",
    "HEAP_REDIS, PACKETS_DROPPED",
    "HEAP_REDIS, CUT_OFF",
    "HEAP_DISK_REDIS, PAUSED",
    "HEAP_DISK_REDIS, PACKETS_DROPPED"
  })
  void i2_everyCallIsBoundedAndTheCacheRecoversByItself(On tiers, Outage outage) throws Exception {
    try (RedisNode node = node(tiers, PATIENT)) {
      if (tiers == On.REDIS) {
        await(() -> node.puts("k", "v"));
      } else {
        keep(node, "k");
      }
      begin(outage);
      if (tiers == On.REDIS) {
        assertThat(boundedFailure(() -> node.cache.get("k")).operation()).contains("read");
      } else {
        assertThat(node.cache.get("k")).as("within the lease").isEqualTo("v");
      }
      TierUnavailableException unread = boundedFailure(() -> node.cache.get("absent"));
      assertThat(unread).hasMessageContaining("127.0.0.1");
      assertThat(boundedFailure(() -> node.cache.put("other", "w")).operation()).contains("write");
      boundedFailure(() -> node.cache.remove("other"));
      refusesAtOnce(node);
      end(outage);
      await(() -> node.puts("k", "later"));
      await(() -> failure(() -> assertThat(node.cache.get("k")).isEqualTo("later")) == null);
    }
  }

  /** The breaker opens, and nobody waits for a time-out any more. */
  private static void refusesAtOnce(RedisNode node) throws InterruptedException {
    await(() -> isRefused(node));
    long begin = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      assertThat(failure(() -> node.cache.get("absent"))).isNotNull();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("of which a probe a second waits")
        .isLessThan(TIMEOUT.multipliedBy(20));
  }

  private static boolean isRefused(RedisNode node) {
    TierUnavailableException failure = failure(() -> node.cache.get("absent"));
    return failure != null && failure.getMessage().contains("failed too often");
  }

  @ParameterizedTest
  @EnumSource
  void i2_anApplicationStartsWithoutRedis(On tiers) throws Exception {
    server.kill();
    RedisNode[] node = new RedisNode[1];
    boundedly(() -> node[0] = node(tiers, PATIENT));
    try (RedisNode started = node[0]) {
      boundedFailure(() -> started.cache.get("k"));
      server.restart();
      await(() -> started.puts("k", "v"));
      await(() -> failure(() -> assertThat(started.cache.get("k")).isEqualTo("v")) == null);
      if (tiers != On.REDIS) {
        keep(started, "k");
      }
    }
  }

  @Test
  void i10_aManagerThatIsClosedDuringAnOutageLeavesNothing() throws Exception {
    RedisNode node = node(On.HEAP_DISK_REDIS, PATIENT);
    keep(node, "k");
    server.pause();
    boundedFailure(() -> node.cache.put("k", "w"));
    boundedly(node::close);
    await(() -> RedisNode.threads().isEmpty());
    server.resume();
  }

  @Test
  void copiesAreNotServedWithoutContactForLongerThanTheLease() throws Exception {
    Duration lease = Duration.ofMillis(400);
    try (RedisNode node = node(On.HEAP_REDIS, PATIENT.withHeartbeat(TIMEOUT, lease))) {
      keep(node, "k");
      proxy.stall(Direction.TO_CLIENT);
      long begin = System.nanoTime();
      await(() -> failure(() -> node.cache.get("k")) != null);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isLessThan(lease.plus(TIMEOUT.multipliedBy(6)).plus(RedisNode.SLACK));
      proxy.resume();
      await(() -> failure(() -> assertThat(node.cache.get("k")).isEqualTo("v")) == null);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HEAP_REDIS", "HEAP_DISK_REDIS"})
  void i5_staleCopiesAreServedBeyondTheLeaseIfSaidAndUpToTheirDeadline(On tiers) throws Exception {
    Duration lease = Duration.ofMillis(200);
    CoherenceSettings stale =
        CoherenceSettings.DEFAULTS.withHeartbeat(Duration.ofMillis(100), lease).servingStale();
    javax.cache.expiry.Duration life =
        new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, LIFE.toMillis());
    try (RedisNode node =
        new RedisNode(
            tiers, proxy.uri(), stale, directory, TIMEOUT, CreatedExpiryPolicy.factoryOf(life))) {
      AtomicLong begin = new AtomicLong();
      await(
          () -> {
            begin.set(System.nanoTime()); // it is created later
            return node.puts("k", "v") && isServedAlone(node, "k");
          });
      server.kill();
      long outage = System.nanoTime();
      while (System.nanoTime() - outage < 3 * lease.toNanos()) {
        boolean served = isServed(node, "k");
        assertThat(served || System.nanoTime() - begin.get() > LIFE.toNanos()).isTrue();
        Thread.onSpinWait();
      }
      await(() -> failure(() -> node.cache.get("k")) != null);
      assertThat(Duration.ofNanos(System.nanoTime() - begin.get()))
          .isGreaterThan(LIFE.minusMillis(100));
    }
  }
}
