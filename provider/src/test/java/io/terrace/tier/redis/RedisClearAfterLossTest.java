package io.terrace.tier.redis;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.servers.RedisServer;
import io.terrace.tier.LeaseAnswer;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a server brings back that may have forgotten what was announced meanwhile. */
class RedisClearAfterLossTest {

  @Test
  void i4_whatARestartBringsBackIsClearedOnceForAll() throws IOException {
    try (RedisServer server = RedisServer.builder().persistent().start()) {
      RedisSetup setup = RedisSetup.on(server).partitions(4);
      try (RedisTier one = setup.open();
          RedisTier two = setup.open()) {
        one.clearAfterLoss();
        put(one, key("k"), bytes("old"));
        two.clearAfterLoss();
        assertThat(get(two, key("k"))).isEqualTo(bytes("old"));
        one.announce(key("announced"), Duration.ofMinutes(10));
        server.kill();
        try (RedisTier third = setup.open()) {
          assertThatIOException().isThrownBy(third::clearAfterLoss);
        }
        server.restart();
        await(one);
        assertThat(get(one, key("k"))).as("brought back").isEqualTo(bytes("old"));
        one.clearAfterLoss();
        assertThat(get(two, key("k"))).isNull();
        assertThat(two.lookupOrLease(key("announced"), Duration.ofMinutes(1)))
            .isInstanceOf(LeaseAnswer.Announced.class);
        put(one, key("k"), bytes("new"));
        two.clearAfterLoss();
        one.clearAfterLoss();
        assertThat(get(two, key("k"))).isEqualTo(bytes("new"));
      }
    }
  }

  /** Until the breaker lets it be asked again. */
  private static void await(RedisTier tier) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (System.nanoTime() < end) {
      try {
        tier.changes().sequences();
        return;
      } catch (IOException e) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void aServerThatMayNotSayWhoItIsIsClearedOnce() throws IOException {
    try (RedisServer server = RedisServer.start()) {
      server.command("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-info");
      RedisSetup setup = RedisSetup.on(server).partitions(4).user("app", "secret");
      try (RedisTier one = setup.open();
          RedisTier two = setup.open()) {
        put(one, key("k"), bytes("old"));
        one.clearAfterLoss();
        assertThat(get(one, key("k"))).isNull();
        put(one, key("k"), bytes("new"));
        one.clearAfterLoss();
        two.clearAfterLoss();
        assertThat(get(two, key("k"))).isEqualTo(bytes("new"));
      }
    }
  }

  @Test
  void i11_whateverStandsInThePlaceOfARunClearsOnce() throws IOException {
    RedisSetup setup = RedisSetup.here().partitions(1);
    try (RedisTier one = setup.open();
        Link link = Links.open(setup.settings())) {
      byte[] place = setup.keys().run(0);
      for (String command : new String[] {"SET", "RPUSH"}) {
        put(one, key("k"), bytes("old"));
        link.call(Leftovers.command("UNLINK", place));
        link.call(Leftovers.command(command, place, bytes("whatever")));
        try (RedisTier two = setup.open()) {
          two.clearAfterLoss();
          assertThat(get(one, key("k"))).isNull();
          put(one, key("k"), bytes("new"));
        }
        try (RedisTier three = setup.open()) {
          three.clearAfterLoss();
          assertThat(get(one, key("k"))).isEqualTo(bytes("new"));
        }
      }
    }
  }
}
