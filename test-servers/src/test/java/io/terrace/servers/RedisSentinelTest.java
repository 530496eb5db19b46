package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RedisSentinelTest {
  @Test
  void failsOverToTheReplica() {
    try (RedisSentinel group = RedisSentinel.start()) {
      RedisServer first = group.master();
      RedisServer replica = group.servers().get(1);
      assertThat(first).isSameAs(group.servers().get(0));
      first.command("SET", "k", "v");
      Await.until(
          Duration.ofSeconds(30), () -> "v".equals(replica.command("GET", "k")), replica::log);

      RedisServer second = group.awaitFailover(group.killMaster());
      assertThat(second).isSameAs(replica).isSameAs(group.master());
      assertThat(second.command("GET", "k")).isEqualTo("v");
      assertThat(second.command("SET", "k", "w")).isEqualTo("OK");
      assertThat(group.sentinel().command("SENTINEL", "CKQUORUM", group.masterName()))
          .asString()
          .startsWith("OK");
    }
  }
}
