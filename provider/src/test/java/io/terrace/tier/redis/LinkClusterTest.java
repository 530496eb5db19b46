package io.terrace.tier.redis;

import static io.terrace.tier.redis.Requests.answers;
import static io.terrace.tier.redis.Requests.ask;
import static io.terrace.tier.redis.Requests.await;
import static io.terrace.tier.redis.Requests.command;
import static io.terrace.tier.redis.Requests.readable;
import static io.terrace.tier.redis.Requests.script;
import static io.terrace.tier.redis.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.servers.RedisCluster;
import io.terrace.servers.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link to a cluster of three real servers. */
@Timeout(180)
class LinkClusterTest {
  private static final Script COUNT = new Script("return redis.call('INCR', KEYS[1])");

  private static RedisCluster cluster;
  private Link link;

  @BeforeAll
  static void form() {
    cluster = RedisCluster.start(3, "cluster-require-full-coverage no");
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @BeforeEach
  void open() {
    cluster.nodes().forEach(node -> node.command("FLUSHALL"));
    cluster.nodes().forEach(node -> node.command("SCRIPT", "FLUSH"));
    link =
        Links.open(
            settings("redis-cluster://" + address(cluster.node(0)) + "," + address(cluster.node(1)))
                .connectTimeout(Duration.ofSeconds(2))
                .commandTimeout(Duration.ofSeconds(5))
                .build());
  }

  @AfterEach
  void close() throws IOException {
    link.close();
  }

  private static String address(RedisServer server) {
    return server.host() + ":" + server.port();
  }

  private static RedisServer otherThan(RedisServer server) {
    return cluster.nodes().stream().filter(node -> node != server).findFirst().orElseThrow();
  }

  /** A key that a node has now. */
  private static String keyOf(RedisServer node) {
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> "key" + i)
        .filter(key -> cluster.ownerOf(cluster.slotOf(key)) == node)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void eachRequestGoesToTheServerOfItsSlot() throws IOException {
    for (RedisServer node : cluster.nodes()) {
      String key = keyOf(node);
      assertThat(ask(link, "SET", key, "v")).isEqualTo("OK");
      assertThat(node.command("DBSIZE")).isEqualTo(1L);
    }
    assertThat(ask(link, "PING")).isEqualTo("PONG");
  }

  @Test
  void manyRequestsGoToAllServersAtOnce() throws IOException {
    List<Request> puts = IntStream.range(0, 500).mapToObj(i -> script(COUNT, "key" + i)).toList();
    assertThat(link.callAll(puts)).containsOnly(1L);
    long stored = 0;
    for (String server : link.servers()) {
      stored += (Long) link.callOn(server, new Request(-1, null, Requests.bytes("DBSIZE")));
    }
    assertThat(stored).isEqualTo(500);
    assertThat(Set.copyOf(link.servers()))
        .isEqualTo(
            cluster.nodes().stream()
                .map(LinkClusterTest::address)
                .collect(Collectors.toUnmodifiableSet()));
  }

  @Test
  void aSlotThatMovedIsFollowed() throws IOException {
    String key = keyOf(cluster.node(0));
    int slot = cluster.slotOf(key);
    assertThat(link.call(script(COUNT, key))).isEqualTo(1L);
    RedisServer target = otherThan(cluster.node(0));
    cluster.moveSlot(slot, target);
    try {
      assertThat(link.call(script(COUNT, key))).isEqualTo(2L);
      assertThat(link.callAll(List.of(script(COUNT, key), script(COUNT, key))))
          .containsExactlyInAnyOrder(3L, 4L);
      assertThat(target.command("GET", key)).isEqualTo("4");
    } finally {
      cluster.moveSlot(slot, cluster.node(0));
    }
    assertThat(link.callAll(List.of(script(COUNT, key), script(COUNT, key))))
        .containsExactlyInAnyOrder(5L, 6L);
  }

  @Test
  void aSlotThatIsMovingIsAskedWhereItGoes() throws IOException {
    String key = keyOf(cluster.node(1));
    int slot = cluster.slotOf(key);
    assertThat(ask(link, "SET", "{" + key + "}other", "v")).isEqualTo("OK");
    RedisServer target = otherThan(cluster.node(1));
    cluster.beginMove(slot, target);
    try {
      assertThat(link.call(script(COUNT, key))).isEqualTo(1L);
      assertThat(link.callAll(List.of(script(COUNT, key), command("GET", key), command("PING"))))
          .satisfies(replies -> assertThat(replies.get(0)).isEqualTo(2L))
          .satisfies(replies -> assertThat(readable(replies.get(2))).isEqualTo("PONG"));
      assertThat(ask(link, "GET", "{" + key + "}other")).isEqualTo("v");
      cluster.moveKeys(slot, target);
      assertThat(ask(link, "GET", "{" + key + "}other")).isEqualTo("v");
      assertThat(link.call(script(COUNT, key))).isEqualTo(3L);
    } finally {
      cluster.finishMove(slot, target);
      cluster.moveSlot(slot, cluster.node(1));
    }
  }

  @Test
  void aNodeThatIsDownFailsItsOwnSlotsOnly() throws Exception {
    String lost = keyOf(cluster.node(2));
    String kept = keyOf(cluster.node(0));
    assertThat(ask(link, "SET", lost, "v")).isEqualTo("OK");
    cluster.kill(2);
    try {
      for (int i = 0; i < 10; i++) {
        assertThat(answers(link, "GET", lost)).isFalse();
        assertThat(ask(link, "SET", kept, "v")).isEqualTo("OK");
      }
      List<Object> replies =
          link.callAll(List.of(command("GET", lost), command("GET", kept), command("GET", lost)));
      assertThat(readable(replies.get(1))).isEqualTo("v");
      assertThat(replies.get(0)).isInstanceOf(IOException.class);
      assertThat(replies.get(2)).isInstanceOf(IOException.class);
    } finally {
      cluster.node(2).restart();
      cluster.awaitFormed();
    }
    await(() -> answers(link, "GET", lost));
  }

  @Test
  void aMessageReachesASubscriptionFromAnyNodeAndAfterItsNodeDied() throws Exception {
    Requests.Heard heard = new Requests.Heard();
    link.subscribe(Requests.bytes("c"), heard);
    assertThat(heard.next()).isEqualTo("+");
    for (int i = 0; i < 3; i++) {
      cluster.node(i).command("PUBLISH", "c", "from" + i);
      assertThat(heard.next()).isEqualTo("from" + i);
    }
    int listened =
        IntStream.range(0, 3)
            .filter(i -> cluster.node(i).command("PUBSUB", "CHANNELS").toString().contains("c"))
            .findFirst()
            .orElseThrow();
    cluster.kill(listened);
    try {
      assertThat(heard.next()).isEqualTo("+");
      cluster.node((listened + 1) % 3).command("PUBLISH", "c", "after");
      assertThat(heard.next()).isEqualTo("after");
    } finally {
      cluster.node(listened).restart();
      cluster.awaitFormed();
    }
  }
}
