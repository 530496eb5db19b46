package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisClusterTest {
  private static RedisCluster cluster;

  @BeforeAll
  static void start() {
    cluster = RedisCluster.start(3, "cluster-require-full-coverage no", "appendonly yes");
  }

  @AfterAll
  static void close() {
    cluster.close();
    assertThat(cluster.nodes()).noneMatch(RedisServer::isRunning);
  }

  @Test
  void slotsAreSharedAmongThreeMasters() {
    assertThat(cluster.uris()).hasSize(3).doesNotHaveDuplicates();
    assertThat(cluster.ownerOf(0)).isSameAs(cluster.node(0));
    assertThat(cluster.ownerOf(8_000)).isSameAs(cluster.node(1));
    assertThat(cluster.ownerOf(16_383)).isSameAs(cluster.node(2));
  }

  @Test
  void otherNodesAnswerMoved() {
    int slot = cluster.slotOf("{moved}:1");
    RedisServer owner = cluster.ownerOf(slot);
    assertThat(owner.command("SET", "{moved}:1", "v")).isEqualTo("OK");
    assertThatThrownBy(() -> otherThan(owner).command("GET", "{moved}:1"))
        .isInstanceOf(RedisErrorException.class)
        .hasMessage("MOVED " + slot + " 127.0.0.1:" + owner.port());
  }

  @Test
  void movingASlotGoesThroughAskToMoved() throws IOException {
    int slot = cluster.slotOf("{ask}");
    RedisServer source = cluster.ownerOf(slot);
    RedisServer target = otherThan(source);
    source.command("SET", "{ask}:old", "v");

    cluster.beginMove(slot, target);
    String ask = "ASK " + slot + " 127.0.0.1:" + target.port();
    assertThat(source.command("GET", "{ask}:old")).isEqualTo("v");
    assertThatThrownBy(() -> source.command("SET", "{ask}:new", "v")).hasMessage(ask);
    try (RespConnection connection = target.connect(Duration.ofSeconds(5))) {
      connection.call("ASKING");
      assertThat(connection.call("SET", "{ask}:new", "w")).isEqualTo("OK");
    }
    cluster.moveKeys(slot, target);
    assertThatThrownBy(() -> source.command("GET", "{ask}:old")).hasMessage(ask);

    cluster.finishMove(slot, target);
    assertThat(cluster.ownerOf(slot)).isSameAs(target);
    assertThat(target.command("GET", "{ask}:old")).isEqualTo("v");
    assertThat(target.command("GET", "{ask}:new")).isEqualTo("w");
    String moved = "MOVED " + slot + " 127.0.0.1:" + target.port();
    for (RedisServer node : cluster.nodes()) {
      if (node != target) {
        assertThatThrownBy(() -> node.command("GET", "{ask}:old")).hasMessage(moved);
      }
    }

    cluster.moveSlot(slot, source);
    assertThat(source.command("GET", "{ask}:old")).isEqualTo("v");
  }

  @Test
  void killedNodeComesBackWithItsSlots() {
    int slot = cluster.slotOf("{killed}");
    RedisServer owner = cluster.ownerOf(slot);
    owner.command("SET", "{killed}", "v");
    cluster.kill(cluster.nodes().indexOf(owner));
    assertThat(owner.isRunning()).isFalse();
    assertThatThrownBy(() -> cluster.ownerOf(slot)).isInstanceOf(IllegalStateException.class);

    owner.restart();
    cluster.awaitFormed();
    assertThat(cluster.ownerOf(slot)).isSameAs(owner);
    assertThat(owner.command("GET", "{killed}")).isEqualTo("v");
  }

  private static RedisServer otherThan(RedisServer server) {
    return cluster.node((cluster.nodes().indexOf(server) + 1) % 3);
  }
}
