package io.terrace.tier.redis;

import static io.terrace.tier.redis.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.RedisSettings;
import io.terrace.servers.RedisServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.HostAndPort;

/** The thread that listens goes on, whatever happens to it. */
@Timeout(60)
class SubscriptionsTest {
  @Test
  void i4_whatFailsBadlyIsTriedAgain() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    try (RedisServer server = RedisServer.start();
        Alarm alarm = new Alarm("terrace-redis-test")) {
      RedisSettings settings = settings(server.uri().toString()).build();
      View view = View.of(new HostAndPort(server.host(), server.port()));
      Topology topology =
          new Topology(
              last -> {
                if (looks.incrementAndGet() == 1) {
                  throw new OutOfMemoryError("of the test");
                }
                return view;
              },
              alarm,
              settings.connectTimeout().toNanos(),
              found -> {});
      Dialer dialer = new Dialer(Address.of(settings), settings);
      try (Subscriptions subscriptions = new Subscriptions(topology, dialer, alarm)) {
        Requests.Heard heard = new Requests.Heard();
        subscriptions.add(Requests.bytes("c"), heard);
        assertThat(heard.next()).isEqualTo("+");
        server.command("PUBLISH", "c", "a");
        assertThat(heard.next()).isEqualTo("a");
        assertThat(looks).hasValue(2);
      }
    }
  }
}
