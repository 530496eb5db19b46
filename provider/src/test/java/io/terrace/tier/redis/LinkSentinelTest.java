package io.terrace.tier.redis;

import static io.terrace.tier.redis.Requests.answers;
import static io.terrace.tier.redis.Requests.ask;
import static io.terrace.tier.redis.Requests.await;
import static io.terrace.tier.redis.Requests.command;
import static io.terrace.tier.redis.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.servers.RedisSentinel;
import io.terrace.servers.RedisServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link that finds its master through a real sentinel. */
@Timeout(180)
class LinkSentinelTest {
  private static String uri(RedisSentinel servers, String master) {
    RedisServer sentinel = servers.sentinel();
    return "redis-sentinel://127.0.0.1:1," + sentinel.host() + ":" + sentinel.port() + "/" + master;
  }

  @Test
  void theMasterIsFoundAndFoundAgainAfterAFailover() throws Exception {
    try (RedisSentinel servers = RedisSentinel.start();
        Link link = Links.open(settings(uri(servers, servers.masterName())).build())) {
      assertThat(ask(link, "SET", "k", "v")).isEqualTo("OK");
      Requests.Heard heard = new Requests.Heard();
      link.subscribe(Requests.bytes("c"), heard);
      assertThat(heard.next()).isEqualTo("+");

      RedisServer former = servers.killMaster();
      RedisServer master = servers.awaitFailover(former);
      await(() -> answers(link, "SET", "k", "after"));
      assertThat(master.command("GET", "k")).isEqualTo("after");
      assertThat(link.servers()).containsExactly(master.host() + ":" + master.port());
      String told = heard.next();
      while (told.equals("+")) { // it may connect more than once on its way to the new master
        master.command("PUBLISH", "c", "after");
        told = heard.next();
      }
      assertThat(told).isEqualTo("after");

      former.restart();
      servers.rejoin(former);
      assertThat(ask(link, "GET", "k")).isEqualTo("after");
    }
  }

  @Test
  void aMasterThatNobodyWatchesIsNamed() throws IOException {
    try (RedisSentinel servers = RedisSentinel.start();
        Link link = Links.open(settings(uri(servers, "nobody")).build())) {
      assertThatThrownBy(() -> link.call(command("PING")))
          .isInstanceOf(ConnectionLostException.class)
          .hasMessageContaining("nobody");
    }
  }
}
