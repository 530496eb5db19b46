package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.servers.RedisServer;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.cache.configuration.MutableConfiguration;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operations on many keys cost at a real Redis, and what other processes see of them. */
class RedisBulkTest {
  private static final int PARTITIONS = 64;
  private static final int KEYS = 1000;

  private static RedisServer server;

  private RedisNodes nodes;
  private TerraceCache<Integer, String> one;
  private TerraceCache<Integer, String> two;

  @BeforeAll
  static void startServer() {
    server = RedisServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() throws Exception {
    nodes = new RedisNodes(server);
    MutableConfiguration<Integer, String> configuration =
        CacheFixture.of(Integer.class, String.class).setStatisticsEnabled(true);
    one = nodes.node(configuration);
    two = nodes.node(configuration);
    one.put(-1, "x"); // scripts are loaded
    one.remove(-1);
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  private static Map<Integer, String> values(String prefix) {
    Map<Integer, String> values = new HashMap<>();
    for (int i = 0; i < KEYS; i++) {
      values.put(i, prefix + i);
    }
    return values;
  }

  private int calls(String command) {
    return nodes.calls().getOrDefault(command, 0);
  }

  @Test
  void putAllIsOneScriptAndOneMessageAPartition() throws Exception {
    nodes.forget();
    one.putAll(values("a"));
    assertThat(calls("evalsha")).isBetween(1, PARTITIONS);
    assertThat(calls("publish")).isBetween(1, PARTITIONS);
    assertThat(calls("mget")).isZero();
    nodes.forget();
    assertThat(one.getAll(values("a").keySet())).isEqualTo(values("a"));
    assertThat(calls("mget")).isZero(); // the copies of the write
    assertThat(two.getAll(values("a").keySet())).isEqualTo(values("a"));
    one.putAll(values("b"));
    CacheFixture.await(() -> "b7".equals(two.get(7)));
    CacheFixture.await(() -> two.getAll(values("b").keySet()).equals(values("b")));
  }

  @Test
  void getAllIsOneCommandAPartitionForWhatIsNotThere() throws Exception {
    one.putAll(values("a"));
    two.get(0);
    Set<Integer> wanted = new HashSet<>(values("a").keySet());
    wanted.add(KEYS); // nobody has it
    nodes.forget();
    assertThat(two.getAll(wanted)).isEqualTo(values("a"));
    assertThat(calls("mget")).isBetween(1, PARTITIONS);
    assertThat(calls("evalsha")).isZero();
    CacheFixture.await(() -> isReadWithoutRedis(values("a"))); // what was read was copied up
  }

  /** Not at once: news of the very writes that were read may keep them from being copied up. */
  private boolean isReadWithoutRedis(Map<Integer, String> values) {
    nodes.forget();
    assertThat(two.getAll(values.keySet())).isEqualTo(values);
    return calls("mget") == 0;
  }

  @Test
  void removeAllIsOneScriptAndOneMessageAPartition() throws Exception {
    one.putAll(values("a"));
    assertThat(two.getAll(values("a").keySet())).hasSize(KEYS);
    Set<Integer> unwanted = new HashSet<>(values("a").keySet());
    unwanted.add(KEYS);
    nodes.forget();
    one.removeAll(unwanted);
    assertThat(calls("evalsha")).isBetween(1, PARTITIONS);
    assertThat(calls("publish")).isBetween(1, PARTITIONS);
    assertThat(one.getAll(unwanted)).isEmpty();
    CacheFixture.await(() -> two.getAll(unwanted).isEmpty());
  }

  @Test
  void statisticsCountEachKey() throws Exception {
    one.putAll(Map.of(1, "a", 2, "b"));
    one.getAll(Set.of(1, 2, 3));
    one.removeAll(Set.of(1, 3));
    String name = "javax.cache:type=CacheStatistics,CacheManager=test.node-1,Cache=test";
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName bean = new ObjectName(name);
    assertThat(beans.getAttribute(bean, "CachePuts")).isEqualTo(3L); // one by open()
    assertThat(beans.getAttribute(bean, "CacheHits")).isEqualTo(2L);
    assertThat(beans.getAttribute(bean, "CacheMisses")).isEqualTo(1L);
    assertThat(beans.getAttribute(bean, "CacheRemovals")).isEqualTo(2L); // one by open()
  }
}
