package io.terrace.tier.redis;

import static io.terrace.tier.redis.Requests.TIMEOUT;
import static io.terrace.tier.redis.Requests.ask;
import static io.terrace.tier.redis.Requests.await;
import static io.terrace.tier.redis.Requests.command;
import static io.terrace.tier.redis.Requests.script;
import static io.terrace.tier.redis.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A link to a server that answers slowly or not at all: no call lasts longer than its times. */
@Timeout(120)
class OddAnswersTest {
  /** A time-out for the connection, one for the login over it, and two for the command. */
  private static final Duration BOUND = TIMEOUT.multipliedBy(4);

  /** What a slow machine may add to a bound; a trickle lasts for 20 time-outs. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  /** For tests in which nothing is to time out. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static Link patient(OddServer server) {
    return Links.open(
        settings(server.uri()).connectTimeout(PATIENCE).commandTimeout(PATIENCE).build());
  }

  /** What a call comes to within its times. */
  private static <T> T inTime(Callable<T> call) throws Exception {
    FutureTask<T> result = new FutureTask<>(call);
    Thread caller = new Thread(result, "odd-caller");
    caller.setDaemon(true); // no interrupt ends what blocks on a socket
    caller.start();
    return result.get(BOUND.plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
  }

  private static IOException failure(Link link, Request request) throws Exception {
    Throwable failure = inTime(() -> catchThrowable(() -> link.call(request)));
    assertThat(failure).isInstanceOf(IOException.class);
    return (IOException) failure;
  }

  @ParameterizedTest
  @ValueSource(strings = {"$1000\r\n", "+", "-", ":", "*1000\r\n:"})
  void aReplyThatTricklesIsLate(String beginning) throws Exception {
    try (OddServer server =
            OddServer.startFriendly((name, out) -> OddServer.trickle(out, beginning));
        Link link = Links.open(settings(server.uri()).build())) {
      IOException late = failure(link, command("GET", "k"));
      assertThat(late).isInstanceOf(CallTimeoutException.class);
      assertThat(Link.mayBeDone(late)).isTrue();
      await(() -> server.clients() == 0);
    }
  }

  @Test
  void repliesThatTrickleAreLateTogether() throws Exception {
    try (OddServer server =
            OddServer.startFriendly((name, out) -> OddServer.trickle(out, "$1000\r\n"));
        Link link = Links.open(settings(server.uri()).build())) {
      List<Request> both = List.of(command("GET", "k"), command("GET", "k"));
      assertThat(inTime(() -> link.callAll(both)))
          .hasOnlyElementsOfType(CallTimeoutException.class);
    }
  }

  @Test
  void aLoginThatTricklesIsNotAwaited() throws Exception {
    try (OddServer server = OddServer.start((name, out) -> OddServer.trickle(out, "+"));
        Link link = Links.open(settings(server.uri()).build())) {
      IOException late = failure(link, command("GET", "k"));
      assertThat(late).isInstanceOf(CallTimeoutException.class);
      assertThat(Link.mayBeDone(late)).isFalse();
      await(() -> server.clients() == 0);
    }
  }

  /** A server that forgot a script may hang while it is sent its text. */
  @Test
  void theTextOfAScriptIsNotSentForEver() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (OddServer server =
            OddServer.startFriendly(
                (name, out) -> {
                  OddServer.write(out, "-NOSCRIPT No matching script.\r\n");
                  out.flush();
                  ended.await();
                });
        Link link = Links.open(settings(server.uri()).build())) {
      Request large = script(new Script("return 1"), "k", "x".repeat(8 << 20));
      IOException late = failure(link, large);
      assertThat(late).isInstanceOf(CallTimeoutException.class);
      assertThat(Link.mayBeDone(late)).isTrue();
    } finally {
      ended.countDown();
    }
  }

  @Test
  void aReplyThatIsSlowButInTimeIsTaken() throws Exception {
    try (OddServer server =
            OddServer.startFriendly(
                (name, out) -> {
                  for (byte next : Requests.bytes("$3\r\nabc\r\n")) {
                    out.write(next);
                    out.flush();
                  }
                });
        Link link = patient(server)) {
      assertThat(ask(link, "GET", "k")).isEqualTo("abc");
      assertThat(ask(link, "GET", "k")).isEqualTo("abc");
      assertThat(server.accepted()).isEqualTo(1);
    }
  }

  @Test
  void aHostThatIsNotThereSaysSo() throws Exception {
    OddServer server = OddServer.start((name, out) -> {});
    server.close();
    try (Link link = patient(server)) {
      assertThatThrownBy(() -> ask(link, "GET", "k"))
          .isInstanceOf(ConnectionLostException.class)
          .hasMessageContaining("redis.uri")
          .hasMessageContaining("refused");
    }
  }
}
