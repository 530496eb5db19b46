package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RedisSentinelTest {
  @Test
  void failsOverAndTheFormerMasterFollows() {
    try (RedisSentinel group = RedisSentinel.start()) {
      RedisServer first = group.master();
      assertThat(first).isSameAs(group.servers().get(0));
      first.command("SET", "k", "v");
      assertThat(first.command("WAIT", "1", "5000")).isEqualTo(1L);

      RedisServer second = group.awaitFailover(group.killMaster());
      assertThat(second).isSameAs(group.servers().get(1)).isSameAs(group.master());
      assertThat(second.command("GET", "k")).isEqualTo("v");
      assertThat(second.command("SET", "k", "w")).isEqualTo("OK");

      first.restart();
      group.awaitReplica(first);
      assertThat(first.command("GET", "k")).isEqualTo("w");
      assertThat(group.sentinel().command("SENTINEL", "CKQUORUM", group.masterName()))
          .asString()
          .startsWith("OK");
    }
  }
}
