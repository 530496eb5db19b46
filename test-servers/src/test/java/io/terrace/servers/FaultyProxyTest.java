package io.terrace.servers;

import static io.terrace.servers.FaultyProxy.Direction.BOTH;
import static io.terrace.servers.FaultyProxy.Direction.TO_CLIENT;
import static io.terrace.servers.FaultyProxy.Direction.TO_SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultyProxyTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(10);

  private static RedisServer server;
  private FaultyProxy proxy;

  @BeforeAll
  static void startServer() {
    server = RedisServer.start();
  }

  @AfterAll
  static void closeServer() {
    server.close();
  }

  @BeforeEach
  void start() {
    server.command("FLUSHALL");
    proxy = FaultyProxy.to(server);
  }

  @AfterEach
  void close() {
    proxy.close();
    Await.until(
        LONG,
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("faulty-proxy-")),
        () -> "Threads of the proxy to end");
  }

  @Test
  void passesOnAndCounts() throws IOException {
    String big = "x".repeat(3 << 20);
    try (RespConnection connection = open()) {
      assertThat(connection.call("SET", "k", big)).isEqualTo("OK");
      assertThat(connection.call("GET", "k")).isEqualTo(big);
      assertThat(proxy.bytesToServer()).isGreaterThan(3 << 20);
      assertThat(proxy.bytesToClient()).isGreaterThan(3 << 20);
      assertThat(proxy.openConnections()).isEqualTo(1);
    }
    Await.until(LONG, () -> proxy.openConnections() == 0, () -> "The connection to end");
    assertThat(proxy.acceptedConnections()).isEqualTo(1);
  }

  @Test
  void droppedConnectionFailsAndTheNextOneWorks() throws IOException {
    try (RespConnection connection = open()) {
      connection.call("PING");
      proxy.dropConnections();
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(SocketException.class);
      assertThat(proxy.openConnections()).isZero();
    }
    try (RespConnection connection = open()) {
      assertThat(connection.call("PING")).isEqualTo("PONG");
    }
    assertThat(proxy.acceptedConnections()).isEqualTo(2);
  }

  @Test
  void requestsThatAreStalledComeToTheServerLater() throws IOException {
    try (RespConnection connection = open()) {
      connection.call("PING");
      proxy.stall(TO_SERVER);
      connection.timeout(SHORT);
      assertThatThrownBy(() -> connection.call("SET", "k", "v"))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(server.command("GET", "k")).isNull();

      proxy.resume();
      Await.until(LONG, () -> "v".equals(server.command("GET", "k")), () -> "The value to come");
    }
  }

  @Test
  void repliesThatAreStalledBelongToCommandsThatWereDone() throws IOException {
    try (RespConnection connection = open()) {
      connection.call("PING");
      proxy.stall(TO_CLIENT);
      connection.timeout(SHORT);
      assertThatThrownBy(() -> connection.call("SET", "k", "v"))
          .isInstanceOf(SocketTimeoutException.class);
      Await.until(LONG, () -> "v".equals(server.command("GET", "k")), () -> "The value to come");
    }
  }

  @Test
  void stalledProxyAcceptsAndHidesThatTheServerHungUp() throws IOException {
    proxy.stall(BOTH);
    try (RespConnection connection = open()) {
      connection.timeout(SHORT);
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(SocketTimeoutException.class);
      Await.until(LONG, () -> clients() == 2, () -> "The proxy to connect");
      server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(SocketTimeoutException.class);

      proxy.resume();
      connection.timeout(LONG);
      assertThatThrownBy(() -> connection.call("PING"))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void stalledConnectionCanBeDropped() throws IOException {
    try (RespConnection connection = open()) {
      connection.call("PING");
      proxy.stall(BOTH);
      connection.timeout(SHORT);
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(SocketTimeoutException.class);
      proxy.dropConnections();
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void delayAppliesToEachWayAndNotToTheRate() throws Exception {
    Duration delay = Duration.ofMillis(100);
    proxy.delay(delay);
    long start = System.nanoTime();
    try (RespConnection connection = open()) {
      assertThat(connection.call("PING")).isEqualTo("PONG");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(delay.multipliedBy(2));

      String big = "x".repeat(3 << 20);
      start = System.nanoTime();
      assertThat(connection.call("SET", "k", big)).isEqualTo("OK");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("of some 200 chunks at least")
          .isLessThan(delay.multipliedBy(50));

      proxy.delay(Duration.ZERO);
      assertThat(connection.call("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void rejectsNewConnectionsOnlyUntilItIsResumed() throws IOException {
    try (RespConnection old = open()) {
      old.call("PING");
      proxy.reject();
      assertThatThrownBy(
              () -> {
                try (RespConnection connection = open()) {
                  connection.call("PING");
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(old.call("PING")).isEqualTo("PONG");

      proxy.resume();
      try (RespConnection connection = open()) {
        assertThat(connection.call("PING")).isEqualTo("PONG");
      }
    }
  }

  @Test
  void cutsClientsOfAServerThatIsNotThere() throws IOException {
    try (FaultyProxy orphan = FaultyProxy.to("127.0.0.1", Ports.free())) {
      assertThatThrownBy(
              () -> { // the cut may come while it still connects
                try (RespConnection connection =
                    RespConnection.open("127.0.0.1", orphan.port(), LONG)) {
                  connection.call("PING");
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void closedProxyRefuses() {
    proxy.close();
    assertThatThrownBy(() -> open()).isInstanceOf(ConnectException.class);
  }

  @Test
  void servesManyConnectionsAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tasks.add(this::countTo100);
      }
      for (Future<Object> result : threads.invokeAll(tasks)) {
        assertThat(result.get()).isNotNull();
      }
      assertThat(server.command("GET", "n")).isEqualTo("800");
      assertThat(proxy.acceptedConnections()).isEqualTo(8);
    } finally {
      threads.shutdownNow();
    }
  }

  private Object countTo100() throws IOException {
    try (RespConnection connection = open()) {
      for (int i = 1; i < 100; i++) {
        connection.call("INCR", "n");
      }
      return connection.call("INCR", "n");
    }
  }

  private static long clients() {
    return ((String) server.command("CLIENT", "LIST")).lines().count();
  }

  private RespConnection open() throws IOException {
    return RespConnection.open(proxy.host(), proxy.port(), LONG);
  }
}
