package io.terrace.tier.redis;

import static io.terrace.tier.redis.Requests.TIMEOUT;
import static io.terrace.tier.redis.Requests.answers;
import static io.terrace.tier.redis.Requests.ask;
import static io.terrace.tier.redis.Requests.await;
import static io.terrace.tier.redis.Requests.command;
import static io.terrace.tier.redis.Requests.script;
import static io.terrace.tier.redis.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.failsafe.CircuitBreaker;
import io.terrace.servers.FaultyProxy;
import io.terrace.servers.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link to a server that dies, hangs, or is cut off; it goes on by itself when that is over. */
@Timeout(120)
class LinkFaultsTest {
  private static final Script COUNT = new Script("return redis.call('INCR', KEYS[1])");

  /** What a slow machine may add to a bound. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private RedisServer server;
  private FaultyProxy proxy;
  private Link link;

  @BeforeEach
  void start() {
    server = RedisServer.start();
    proxy = FaultyProxy.to(server);
    link = Links.open(settings(proxy.uri().toString()).build());
  }

  @AfterEach
  void stop() throws Exception {
    link.close();
    await(() -> proxy.openConnections() == 0);
    proxy.close();
    server.close();
  }

  /** For tests in which nothing is to time out, however slow the machine. */
  private void bePatient() throws IOException {
    link.close();
    link = patient(proxy.uri());
  }

  private static Link patient(URI uri) {
    return Links.open(
        settings(uri.toString()).connectTimeout(PATIENCE).commandTimeout(PATIENCE).build());
  }

  private static IOException failure(Link link, Request request) {
    try {
      link.call(request);
    } catch (IOException e) {
      return e;
    }
    throw new AssertionError("it did not fail");
  }

  /** Fails within a time-out for the connection and one for the command. */
  private IOException boundedFailure(Request request) {
    long begin = System.nanoTime();
    IOException failure = failure(link, request);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isLessThan(TIMEOUT.multipliedBy(2).plus(SLACK));
    return failure;
  }

  private void openBreaker() throws InterruptedException {
    await(() -> failure(link, command("PING")) instanceof BreakerOpenException);
    assertThat(link.breakers()).containsValue(CircuitBreaker.State.OPEN);
  }

  @Test
  void aServerThatComesLaterIsFound() throws Exception {
    server.kill();
    try (Link early = patient(server.uri())) {
      assertThat(failure(early, command("PING")))
          .isInstanceOf(ConnectionLostException.class)
          .hasMessageContaining("redis.uri")
          .satisfies(e -> assertThat(Link.mayBeDone(e)).isFalse());
      server.restart();
      await(() -> answers(early, "PING"));
    }
  }

  @Test
  void aHungServerTimesOutWithAnUnknownOutcomeAndIsUsedAgainLater() throws Exception {
    await(() -> answers(link, script(COUNT, "n")));
    server.command("SET", "n", "1");
    server.pause();
    IOException late = boundedFailure(script(COUNT, "n"));
    assertThat(late).isInstanceOf(CallTimeoutException.class);
    assertThat(Link.mayBeDone(late)).isTrue();
    server.resume();
    await(() -> answers(link, "PING"));
    await(() -> "2".equals(server.command("GET", "n")));
  }

  @Test
  void aHungServerThatWasNeverReachedIsKnownNotToHaveDoneIt() {
    server.pause();
    IOException late = boundedFailure(command("SET", "k", "v"));
    assertThat(late).isInstanceOf(CallTimeoutException.class);
    assertThat(Link.mayBeDone(late)).isFalse();
    server.resume();
  }

  @Test
  void droppedPacketsTimeOutInEitherDirection() throws Exception {
    await(() -> answers(link, "PING"));
    proxy.stall(FaultyProxy.Direction.TO_SERVER);
    assertThat(boundedFailure(command("GET", "k"))).isInstanceOf(CallTimeoutException.class);
    proxy.resume();
    await(() -> answers(link, "PING"));
    proxy.stall(FaultyProxy.Direction.TO_CLIENT);
    assertThat(boundedFailure(command("GET", "k"))).isInstanceOf(CallTimeoutException.class);
    proxy.resume();
    await(() -> answers(link, "PING"));
  }

  @Test
  void aWriteThatBlocksIsCutOff() throws Exception {
    try (Link direct = Links.open(settings(server.uri().toString()).build())) {
      String large = "x".repeat(8 << 20);
      await(() -> answers(direct, "SET", "k", large));
      server.pause();
      long begin = System.nanoTime();
      IOException late = failure(direct, command("SET", "k", large));
      assertThat(late).isInstanceOf(CallTimeoutException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isLessThan(TIMEOUT.multipliedBy(2).plus(SLACK));
      server.resume();
      await(() -> answers(direct, "PING"));
    }
  }

  @Test
  void manyThreadsAreEachHeldUpForABoundedTime() throws Exception {
    await(() -> answers(link, "PING"));
    proxy.stall(FaultyProxy.Direction.TO_CLIENT);
    ExecutorService threads = Executors.newFixedThreadPool(16);
    List<Future<IOException>> failures = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      failures.add(threads.submit(() -> boundedFailure(command("GET", "k"))));
    }
    for (Future<IOException> failure : failures) {
      assertThat(failure.get())
          .isInstanceOfAny(CallTimeoutException.class, BreakerOpenException.class);
    }
    threads.shutdown();
    proxy.resume();
    await(() -> answers(link, "PING"));
  }

  @Test
  void aCutConnectionFailsWhatWasSentAndNothingAfterIt() throws Exception {
    await(() -> answers(link, "PING"));
    proxy.stall(FaultyProxy.Direction.TO_CLIENT);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    long before = proxy.bytesToServer();
    Future<IOException> sent = thread.submit(() -> failure(link, command("INCR", "n")));
    await(() -> proxy.bytesToServer() > before);
    proxy.dropConnections();
    proxy.resume();
    assertThat(Link.mayBeDone(sent.get())).isTrue();
    thread.shutdown();
    await(() -> answers(link, "PING"));
  }

  @Test
  void aRestartedServerIsUsedAgainAndScriptsAreLoadedAgain() throws Exception {
    bePatient();
    assertThat(link.call(script(COUNT, "n"))).isEqualTo(1L);
    server.restart();
    await(() -> answers(link, "PING"));
    assertThat(link.call(script(COUNT, "n"))).isEqualTo(1L);
  }

  @Test
  void theBreakerRefusesWithoutAskingAndClosesByItself() throws Exception {
    await(() -> answers(link, "PING"));
    proxy.dropConnections();
    proxy.reject();
    long opened;
    long asked;
    long askedAfter;
    IOException refused;
    List<Object> allRefused;
    do {
      openBreaker();
      opened = System.nanoTime();
      asked = proxy.acceptedConnections();
      refused = failure(link, command("PING"));
      allRefused = link.callAll(List.of(command("PING"), command("PING")));
      askedAfter = proxy.acceptedConnections();
    } while (System.nanoTime() - opened > 500_000_000); // on a slow machine it may be half open
    assertThat(refused).isInstanceOf(BreakerOpenException.class);
    assertThat(Link.mayBeDone(refused)).isFalse();
    assertThat(allRefused).hasOnlyElementsOfType(BreakerOpenException.class);
    assertThat(askedAfter).isEqualTo(asked);

    proxy.resume();
    await(() -> answers(link, "PING"));
    assertThat(link.breakers()).containsOnlyKeys(proxy.host() + ":" + proxy.port());
    assertThat(link.breakers()).containsValue(CircuitBreaker.State.CLOSED);
  }

  @Test
  void errorsOfCommandsDoNotOpenTheBreaker() throws IOException {
    bePatient();
    ask(link, "SET", "k", "v");
    for (int i = 0; i < 20; i++) {
      assertThat(failure(link, command("LPUSH", "k", "v"))).isInstanceOf(RefusedException.class);
    }
    assertThat(ask(link, "GET", "k")).isEqualTo("v");
  }

  @Test
  void aReplicaCountsAsFailing() throws Exception {
    bePatient();
    server.command("REPLICAOF", "127.0.0.1", "1");
    assertThat(failure(link, command("SET", "k", "v")))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isIn("READONLY", "MASTERDOWN"));
    await(() -> failure(link, command("SET", "k", "v")) instanceof BreakerOpenException);
    server.command("REPLICAOF", "NO", "ONE");
    await(() -> answers(link, "SET", "k", "v"));
  }

  /** Publishes until it is heard: the connection may be lost and found again on a slow machine. */
  private void hears(Requests.Heard heard, String message) throws InterruptedException {
    String next = "+";
    while ("+".equals(next)) {
      server.command("PUBLISH", "c", message);
      next = heard.next();
    }
    assertThat(next).isEqualTo(message);
  }

  @Test
  void aHalfOpenSubscriptionIsFoundAndBegunAgain() throws Exception {
    Requests.Heard heard = new Requests.Heard();
    link.subscribe(Requests.bytes("c"), heard);
    assertThat(heard.next()).isEqualTo("+");
    long connections = proxy.acceptedConnections();
    proxy.stall(FaultyProxy.Direction.TO_CLIENT);
    await(() -> proxy.acceptedConnections() > connections);
    proxy.dropConnections();
    proxy.resume();
    assertThat(heard.next()).isEqualTo("+");
    hears(heard, "after");
  }

  @Test
  void aSubscriptionOutlivesARestart() throws Exception {
    Requests.Heard heard = new Requests.Heard();
    link.subscribe(Requests.bytes("c"), heard);
    assertThat(heard.next()).isEqualTo("+");
    server.restart();
    assertThat(heard.next()).isEqualTo("+");
    hears(heard, "after");
  }

  @Test
  void aSubscriptionMayComeBeforeItsServer() throws Exception {
    server.kill();
    Requests.Heard heard = new Requests.Heard();
    link.subscribe(Requests.bytes("c"), heard);
    server.restart();
    assertThat(heard.next()).isEqualTo("+");
  }
}
