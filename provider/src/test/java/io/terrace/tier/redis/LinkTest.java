package io.terrace.tier.redis;

import static io.terrace.tier.redis.Requests.ask;
import static io.terrace.tier.redis.Requests.command;
import static io.terrace.tier.redis.Requests.readable;
import static io.terrace.tier.redis.Requests.script;
import static io.terrace.tier.redis.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.InvalidSettingException;
import io.terrace.RedisSettings;
import io.terrace.servers.RedisServer;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link to one real server that is well. */
@Timeout(120)
class LinkTest {
  private static final Script COUNT = new Script("return redis.call('INCR', KEYS[1])");

  private static RedisServer server;
  private Link link;

  @BeforeAll
  static void startServer() {
    server = RedisServer.builder().user("bob", "secret").tls().start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() {
    server.command("FLUSHALL");
    server.command("SCRIPT", "FLUSH");
    link = Links.open(patient().build());
  }

  @AfterEach
  void i10NothingIsLeft() throws Exception {
    link.close();
    Requests.await(() -> clients() == 0);
    Requests.await(() -> threads().isEmpty());
  }

  /** With time enough for a slow machine. */
  private static RedisSettings.Builder patient() {
    return settings(server.uri().toString())
        .connectTimeout(Duration.ofSeconds(10))
        .commandTimeout(Duration.ofSeconds(10));
  }

  private static long clients() {
    return Objects.toString(server.command("CLIENT", "LIST"))
        .lines()
        .filter(line -> line.contains("name=terrace"))
        .count();
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("terrace-redis"))
        .toList();
  }

  @Test
  void aCommandHasItsReply() throws IOException {
    assertThat(ask(link, "SET", "k", "v")).isEqualTo("OK");
    assertThat(ask(link, "GET", "k")).isEqualTo("v");
    assertThat(ask(link, "GET", "none")).isNull();
    assertThat(ask(link, "STRLEN", "k")).isEqualTo(1L);
  }

  @Test
  void whatTheServerRefusesSaysWhat() throws IOException {
    ask(link, "SET", "k", "v");
    assertThatThrownBy(() -> ask(link, "LPUSH", "k", "v"))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo("WRONGTYPE"));
    assertThat(ask(link, "GET", "k")).isEqualTo("v");
  }

  @Test
  void aScriptRunsOnceWhetherTheServerKnowsItOrNot() throws IOException {
    assertThat(link.call(script(COUNT, "n"))).isEqualTo(1L);
    assertThat(link.call(script(COUNT, "n"))).isEqualTo(2L);
    server.command("SCRIPT", "FLUSH");
    assertThat(link.call(script(COUNT, "n"))).isEqualTo(3L);
    assertThat(ask(link, "GET", "n")).isEqualTo("3");
  }

  @Test
  void unknownScriptsInABatchRunOnceEach() throws IOException {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      requests.add(script(COUNT, "n" + i % 3));
      requests.add(command("SET", "k" + i, "v" + i));
    }
    List<Object> replies = link.callAll(requests);
    assertThat(replies).hasSize(1200).doesNotHaveAnyElementsOfTypes(IOException.class);
    assertThat(ask(link, "GET", "n0")).isEqualTo("200");
    assertThat(ask(link, "GET", "n2")).isEqualTo("200");
    assertThat(ask(link, "GET", "k599")).isEqualTo("v599");
  }

  @Test
  void inABatchEachRequestHasItsOwnOutcome() {
    List<Object> replies =
        link.callAll(
            List.of(command("SET", "k", "v"), command("LPUSH", "k", "v"), command("GET", "k")));
    assertThat(readable(replies.get(0))).isEqualTo("OK");
    assertThat(replies.get(1)).isInstanceOf(RefusedException.class);
    assertThat(readable(replies.get(2))).isEqualTo("v");
    assertThat(link.callAll(List.of())).isEmpty();
  }

  @Test
  void largeBodiesGoAndCome() throws IOException {
    String large = "x".repeat(1 << 20);
    assertThat(ask(link, "SET", "k", large)).isEqualTo("OK");
    assertThat(ask(link, "GET", "k")).isEqualTo(large);
    List<Request> many =
        IntStream.range(0, 20).mapToObj(i -> command("SET", "k" + i, large)).toList();
    assertThat(link.callAll(many)).allSatisfy(reply -> assertThat(readable(reply)).isEqualTo("OK"));
  }

  @Test
  void threadsShareConnectionsAndGetTheirOwnReplies() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    List<Future<Void>> done = new ArrayList<>();
    for (int thread = 0; thread < 16; thread++) {
      String name = "t" + thread;
      done.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 300; i++) {
                  String value = name + "-" + i;
                  assertThat(ask(link, "SET", name, value)).isEqualTo("OK");
                  assertThat(ask(link, "GET", name)).isEqualTo(value);
                  assertThat(link.call(script(COUNT, "count"))).isInstanceOf(Long.class);
                }
                return null;
              }));
    }
    for (Future<Void> one : done) {
      one.get();
    }
    threads.shutdown();
    assertThat(ask(link, "GET", "count")).isEqualTo("4800");
    assertThat(clients()).isBetween(1L, 4L);
  }

  @Test
  void tlsTrustsTheStoreOfTheSettingsAndNothingElse() throws IOException {
    String uri = server.tlsUri().toString();
    RedisSettings trusting =
        settings(uri)
            .connectTimeout(Duration.ofSeconds(10))
            .commandTimeout(Duration.ofSeconds(10))
            .trustStore(server.trustStore().toString(), server.trustStorePassword())
            .build();
    try (Link secure = Links.open(trusting)) {
      assertThat(ask(secure, "SET", "k", "tls")).isEqualTo("OK");
    }
    assertThat(ask(link, "GET", "k")).isEqualTo("tls");
    try (Link distrusting = Links.open(patientAt(uri))) {
      assertThatThrownBy(() -> ask(distrusting, "GET", "k"))
          .isInstanceOf(ConnectionLostException.class)
          .satisfies(e -> assertThat(Link.mayBeDone((IOException) e)).isFalse());
    }
  }

  @Test
  void aTrustStoreThatIsNotThereIsRefusedAtOnce() {
    RedisSettings settings = settings("rediss://h").trustStore("/nowhere/trust.p12", null).build();
    assertThatThrownBy(() -> Links.open(settings))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("redis.trust-store");
  }

  @Test
  void aWrongPasswordSaysWhatToCheck() throws IOException {
    try (Link wrong = Links.open(patient().password("wrong").build())) {
      assertThatThrownBy(() -> ask(wrong, "GET", "k"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("WRONGPASS")
          .hasMessageContaining("redis.password")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void theDatabaseOfTheUriIsUsed() throws IOException {
    try (Link second = Links.open(patientAt(server.uri() + "/2"))) {
      assertThat(ask(second, "SET", "k", "two")).isEqualTo("OK");
      assertThat(ask(link, "GET", "k")).isNull();
    }
  }

  private static RedisSettings patientAt(String uri) {
    return settings(uri)
        .connectTimeout(Duration.ofSeconds(10))
        .commandTimeout(Duration.ofSeconds(10))
        .build();
  }

  @Test
  void linksOfEqualSettingsAreOneUntilTheLastIsClosed() throws Exception {
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      links.add(Links.open(patient().namespace("n" + i).build()));
    }
    for (Link each : links) {
      assertThat(ask(each, "PING")).isEqualTo("PONG");
    }
    assertThat(clients()).isEqualTo(1);
    for (Link each : links) {
      each.close();
      each.close();
      assertThatThrownBy(() -> ask(each, "PING")).hasMessageContaining("closed");
    }
    assertThat(ask(link, "PING")).isEqualTo("PONG");
  }

  @Test
  void channelsShareAConnectionAndEachListenerHearsItsOwn() throws Exception {
    Requests.Heard first = new Requests.Heard();
    Requests.Heard second = new Requests.Heard();
    Requests.Heard again = new Requests.Heard();
    link.subscribe(Requests.bytes("one"), first);
    assertThat(first.next()).isEqualTo("+");
    Closeable two = link.subscribe(Requests.bytes("two"), second);
    assertThat(second.next()).isEqualTo("+");
    link.subscribe(Requests.bytes("one"), again);
    assertThat(again.next()).isEqualTo("+");
    assertThat(clients()).isEqualTo(1);

    server.command("PUBLISH", "one", "a");
    server.command("PUBLISH", "two", "b");
    assertThat(first.next()).isEqualTo("a");
    assertThat(again.next()).isEqualTo("a");
    assertThat(second.next()).isEqualTo("b");

    two.close();
    server.command("PUBLISH", "two", "c");
    server.command("PUBLISH", "one", "d");
    assertThat(first.next()).isEqualTo("d");
    assertThat(second.events).isEmpty();
  }

  @Test
  void aListenerThatFailsKeepsNobodyFromHearing() throws Exception {
    Requests.Heard heard = new Requests.Heard();
    link.subscribe(
        Requests.bytes("c"),
        new Link.Messages() {
          @Override
          public void received(byte[] message) {
            throw new IllegalStateException("a listener of the test");
          }

          @Override
          public void connected() {}
        });
    link.subscribe(Requests.bytes("c"), heard);
    assertThat(heard.next()).isEqualTo("+");
    server.command("PUBLISH", "c", "a");
    server.command("PUBLISH", "c", "b");
    assertThat(heard.next()).isEqualTo("a");
    assertThat(heard.next()).isEqualTo("b");
  }

  /** Were it not, no change of another process would be heard of until the lease is over. */
  @Test
  void i4_aListenerThatFailsBadlyHearsThatItMissedSomethingAndGoesOn() throws Exception {
    Requests.Heard heard = new Requests.Heard();
    link.subscribe(
        Requests.bytes("c"),
        new Link.Messages() {
          @Override
          public void received(byte[] message) {
            if (message.length == 0) {
              throw new StackOverflowError("of the test");
            }
            heard.received(message);
          }

          @Override
          public void connected() {
            heard.connected();
          }
        });
    assertThat(heard.next()).isEqualTo("+");
    server.command("PUBLISH", "c", "a");
    server.command("PUBLISH", "c", "");
    server.command("PUBLISH", "c", "b");
    assertThat(heard.next()).isEqualTo("a");
    assertThat(heard.next()).isEqualTo("+");
    assertThat(heard.next()).isEqualTo("b");
    assertThat(clients()).isEqualTo(1);
  }

  @Test
  void theOneServerHasAllKeys() throws IOException {
    ask(link, "SET", "k", "v");
    List<String> servers = link.servers();
    assertThat(servers).hasSize(1);
    assertThat(link.callOn(servers.get(0), new Request(-1, null, Requests.bytes("DBSIZE"))))
        .isEqualTo(1L);
  }
}
