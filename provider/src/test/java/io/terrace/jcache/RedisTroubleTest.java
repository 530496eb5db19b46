package io.terrace.jcache;

import static io.terrace.jcache.RedisNode.PATIENT;
import static io.terrace.jcache.RedisNode.await;
import static io.terrace.jcache.RedisNode.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.TierUnavailableException;
import io.terrace.Waiting;
import io.terrace.jcache.RedisNode.On;
import io.terrace.servers.RedisServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A cache over a Redis that answers, and is not well: full, a replica, loading, or restarted. */
@Timeout(120)
class RedisTroubleTest {
  @TempDir Path directory;
  private RedisServer server;

  @AfterEach
  void stop() throws Exception {
    server.close();
    await(() -> RedisNode.threads().isEmpty());
  }

  private RedisNode start(On tiers, String... config) {
    server = RedisServer.builder().config(config).start();
    return new RedisNode(tiers, server.uri(), PATIENT, directory, RedisNode.LONG_TIMEOUT, null);
  }

  @ParameterizedTest
  @EnumSource
  void scriptsThatRedisForgotAreLoadedAgain(On tiers) {
    try (RedisNode node = start(tiers)) {
      node.cache.put("k", "v");
      server.command("SCRIPT", "FLUSH");
      node.cache.put("k", "w");
      server.command("SCRIPT", "FLUSH");
      assertThat(node.cache.get("k")).isEqualTo("w");
      assertThat(node.cache.remove("k")).isTrue();
      assertThat(node.cache.get("k")).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFullRedisRefusesWritesAndTakesRemovals(On tiers) {
    try (RedisNode node = start(tiers, "maxmemory-policy noeviction")) {
      node.cache.put("k", "v");
      node.cache.put("other", "v");
      server.command("CONFIG", "SET", "maxmemory", "1");
      assertThatThrownBy(() -> node.cache.put("k", "w"))
          .isInstanceOf(TierUnavailableException.class)
          .hasMessageContaining("OOM")
          .hasMessageContaining("raise Redis's maxmemory");
      assertThat(node.cache.get("k")).isEqualTo("v");
      assertThat(node.cache.remove("other")).isTrue();
      assertThat(node.cache.get("other")).isNull();
      server.command("CONFIG", "SET", "maxmemory", "0");
      node.cache.put("k", "w");
      assertThat(node.cache.get("k")).isEqualTo("w");
    }
  }

  @Test
  void aReplicaIsNamedAndUsedOnceItIsAMaster() throws Exception {
    try (RedisNode node = start(On.HEAP_REDIS)) {
      node.cache.put("k", "v");
      server.command("REPLICAOF", "127.0.0.1", "1");
      assertThatThrownBy(() -> node.cache.put("k", "w"))
          .isInstanceOf(TierUnavailableException.class)
          .hasMessageContaining("redis.uri names a replica");
      server.command("REPLICAOF", "NO", "ONE");
      await(() -> node.puts("k", "w"));
      assertThat(node.cache.get("k")).isEqualTo("w");
    }
  }

  @Test
  void aRedisThatLoadsItsDataIsWaitedFor() throws Exception {
    try (RedisNode node =
        start(On.REDIS, "loading-process-events-interval-bytes 1024", "key-load-delay 20000")) {
      for (int i = 0; i < 50; i++) {
        node.cache.put("k" + i, "v".repeat(4096 + i * 7 % 64));
      }
      server.command("CONFIG", "SET", "rdbcompression", "no");
      Waiting<Object> reload = Waiting.on(() -> server.command("DEBUG", "RELOAD"));
      await(
          () -> {
            TierUnavailableException failure = failure(() -> node.cache.get("k1"));
            return failure != null && failure.getMessage().contains("Redis is starting");
          });
      assertThat(reload.result()).isEqualTo("OK");
      await(() -> failure(() -> assertThat(node.cache.get("k1")).startsWith("v")) == null);
    }
  }

  @Test
  void entriesAreEvictedWhereRedisMayAndTheRestGoesOn() {
    try (RedisNode node = start(On.HEAP_REDIS, "maxmemory 6mb", "maxmemory-policy volatile-lru")) {
      String value = "v".repeat(10_000);
      for (int i = 0; i < 1_000; i++) {
        node.cache.put("k" + i, value);
      }
      assertThat(String.valueOf(server.command("INFO", "stats")))
          .doesNotContain("evicted_keys:0\r");
      node.cache.put("k0", "again");
      assertThat(node.cache.get("k0")).isEqualTo("again");
      assertThat(node.cache.remove("k0")).isTrue();
      node.cache.clear();
      assertThat(node.cache.get("k999")).isNull();
    }
  }

  @Test
  void aPolicyThatEvictsAnyKeyIsWarnedOf() {
    Logger logger = Logger.getLogger("io.terrace.tier.redis.EvictionPolicyCheck");
    List<String> warnings = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            warnings.add(new SimpleFormatter().formatMessage(record));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try (RedisNode node = start(On.HEAP_REDIS, "maxmemory-policy allkeys-lru")) {
      node.cache.put("k", "v");
      node.cache.put("k", "w");
      assertThat(warnings).hasSize(1);
      assertThat(warnings.get(0)).contains("allkeys-lru").contains("volatile-lru");
    } finally {
      logger.setUseParentHandlers(true);
      logger.removeHandler(handler);
    }
  }
}
