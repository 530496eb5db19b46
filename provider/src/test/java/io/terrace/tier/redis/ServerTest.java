package io.terrace.tier.redis;

import static io.terrace.tier.redis.Requests.command;
import static io.terrace.tier.redis.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.RedisSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.HostAndPort;

/** The one place in the pool of a server comes back, whatever fails. */
@Timeout(60)
class ServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Alarm alarm = new Alarm("terrace-redis-test");
  private final OddServer first = unreadyOnce();
  private final OddServer second = unreadyOnce();
  private final Map<HostAndPort, Server> servers = new HashMap<>();

  @AfterEach
  void close() throws IOException {
    servers.values().forEach(Server::close);
    first.close();
    second.close();
    alarm.close();
  }

  private static OddServer unreadyOnce() {
    AtomicBoolean ready = new AtomicBoolean();
    return OddServer.startFriendly(
        (name, out) -> OddServer.write(out, ready.getAndSet(true) ? "+OK\r\n" : "-LOADING\r\n"));
  }

  /** With a lane and a place in the pool; that it may be the wrong one is told to who fails. */
  private Server open(OddServer odd) {
    RedisSettings settings =
        settings(odd.uri()).connectTimeout(PATIENCE).commandTimeout(PATIENCE).build();
    Dialer dialer = new Dialer(Address.of(settings), settings);
    Server server =
        new Server(
            odd.address(),
            dialer,
            2,
            alarm,
            () -> {
              throw new AssertionError("doubted by the test");
            });
    servers.put(odd.address(), server);
    return server;
  }

  private static long soon() {
    return System.nanoTime() + PATIENCE.toNanos();
  }

  @Test
  void i10_aCallOfItsOwnGivesItsPlaceBack() {
    Server server = open(first);
    Request large = command("SET", "k", "x".repeat(100_000));
    assertThatThrownBy(() -> server.call(large, Call.Route.DIRECT, soon()))
        .hasMessage("doubted by the test");
    assertThat(Requests.readable(server.call(large, Call.Route.DIRECT, soon()))).isEqualTo("OK");
  }

  @Test
  void i10_callsToManyServersGiveTheirPlacesBack() throws IOException {
    open(first);
    open(second);
    assertThatThrownBy(this::askBoth).hasMessage("doubted by the test");
    askBoth();
  }

  /** One request to each, at the same time. */
  private void askBoth() throws IOException {
    Pipeline pipeline = new Pipeline(servers::get, PATIENCE.toNanos());
    Pipeline.Entry one = pipeline.add(command("PING"), View.of(first.address()));
    Pipeline.Entry two = pipeline.add(command("PING"), View.of(second.address()));
    pipeline.run();
    assertThat(Requests.readable(one.outcome())).isEqualTo("OK");
    assertThat(Requests.readable(two.outcome())).isEqualTo("OK");
  }
}
