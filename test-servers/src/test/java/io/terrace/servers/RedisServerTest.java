package io.terrace.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisServerTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(10);

  @Test
  void answersUnderItsOwnProcessIdUntilItIsClosed() {
    RedisServer server = RedisServer.start();
    try (server) {
      assertThat(server.command("PING")).isEqualTo("PONG");
      assertThat(server.uri()).hasToString("redis://127.0.0.1:" + server.port());
      assertThat(server.isRunning()).isTrue();
      assertThat((String) server.command("INFO", "server"))
          .contains("redis_version:7.0.15", "process_id:" + server.pid() + "\r\n");
      assertThat(server.directory()).isNotEmptyDirectory();
    }
    assertThat(server.isRunning()).isFalse();
    assertThat(server.directory()).doesNotExist();
    assertThatThrownBy(server::pid).isInstanceOf(IllegalStateException.class);
    server.close();
  }

  @Test
  void repliesOfEachKindAreRead() {
    try (RedisServer server = RedisServer.start()) {
      assertThat(server.command("SET", "k", "ä\r\n")).isEqualTo("OK");
      assertThat(server.command("GET", "k")).isEqualTo("ä\r\n");
      assertThat(server.command("GET", "none")).isNull();
      assertThat(server.command("APPEND", "k", "x")).isEqualTo(5L);
      assertThat(server.command("EVAL", "return {1, 'two', false, {'4'}}", "0"))
          .hasToString("[1, two, null, [4]]");
      assertThatThrownBy(() -> server.command("GET"))
          .isInstanceOf(RedisErrorException.class)
          .hasMessageContaining("wrong number of arguments");
    }
  }

  @Test
  void dataSurvivesAKillIfPersistent(@TempDir Path directory) {
    try (RedisServer server = RedisServer.builder().directory(directory).persistent().start()) {
      long pid = server.pid();
      server.command("SET", "k", "v");
      server.kill();
      assertThat(server.isRunning()).isFalse();
      assertThatThrownBy(() -> server.connect(LONG)).isInstanceOf(ConnectException.class);

      server.restart();
      assertThat(server.pid()).isNotEqualTo(pid);
      assertThat(server.command("GET", "k")).isEqualTo("v");
    }
    assertThat(directory).as("a directory that was given is kept").isNotEmptyDirectory();
  }

  @Test
  void dataIsLostWithoutPersistenceEvenInAnOrderlyStop() {
    try (RedisServer server = RedisServer.start()) {
      server.command("SET", "k", "v");
      server.stop();
      assertThat(server.log()).contains("Received SIGTERM", "bye bye");

      server.restart();
      assertThat(server.command("GET", "k")).isNull();
    }
  }

  @Test
  void pausedServerAcceptsAndAnswersNothingUntilItIsResumed() throws IOException {
    try (RedisServer server = RedisServer.start();
        RespConnection before = server.connect(LONG)) {
      server.pause();
      assertThat(server.isRunning()).isTrue();
      before.timeout(SHORT);
      assertThatThrownBy(() -> before.call("PING")).isInstanceOf(SocketTimeoutException.class);
      try (RespConnection during = server.connect(LONG)) {
        during.timeout(SHORT);
        assertThatThrownBy(() -> during.call("PING")).isInstanceOf(SocketTimeoutException.class);
      }

      server.resume();
      assertThat(server.command("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void pausedServerCanBeKilledAndStopped() {
    try (RedisServer server = RedisServer.start()) {
      server.pause();
      server.kill();
      assertThat(server.isRunning()).isFalse();
      server.restart();
      server.pause();
      server.stop();
      assertThat(server.isRunning()).isFalse();
      assertThat(server.log()).contains("bye bye");
    }
  }

  @Test
  void linesOfConfigurationWin() {
    try (RedisServer server =
        RedisServer.builder()
            .persistent()
            .config("maxmemory 10mb", "maxmemory-policy allkeys-lfu", "appendonly no")
            .start()) {
      assertThat(server.command("CONFIG", "GET", "maxmemory"))
          .hasToString("[maxmemory, " + (10 << 20) + "]");
      assertThat(server.command("CONFIG", "GET", "maxmemory-policy"))
          .hasToString("[maxmemory-policy, allkeys-lfu]");
      assertThat(server.command("CONFIG", "GET", "appendonly")).hasToString("[appendonly, no]");
    }
  }

  @Test
  void onlyTheUsersThatWereNamedMayEnter() throws IOException {
    try (RedisServer server =
            RedisServer.builder()
                .user("alice", "secret")
                .config("user bob on >pw ~a:* +get")
                .start();
        RespConnection connection = RespConnection.open("127.0.0.1", server.port(), LONG)) {
      assertThat(server.uri()).hasToString("redis://alice:secret@127.0.0.1:" + server.port());
      assertThat(server.command("SET", "b:1", "v")).isEqualTo("OK");
      assertThatThrownBy(() -> connection.call("PING")).hasMessageStartingWith("NOAUTH");
      assertThatThrownBy(() -> connection.call("AUTH", "alice", "guess"))
          .hasMessageStartingWith("WRONGPASS");
      connection.call("AUTH", "bob", "pw");
      assertThat(connection.call("GET", "a:1")).isNull();
      assertThatThrownBy(() -> connection.call("GET", "b:1")).hasMessageStartingWith("NOPERM");

      server.restart();
      assertThat(server.command("PING")).isEqualTo("PONG");
    }
  }

  @Test
  void passwordOfTheDefaultUserIsEnough() throws IOException {
    try (RedisServer server = RedisServer.builder().user("default", "secret").start();
        RespConnection connection = RespConnection.open("127.0.0.1", server.port(), LONG)) {
      assertThatThrownBy(() -> connection.call("PING")).hasMessageStartingWith("NOAUTH");
      assertThat(connection.call("AUTH", "secret")).isEqualTo("OK");
    }
  }

  @Test
  void servesTlsToWhoTrustsItsCertificate() throws Exception {
    try (RedisServer server = RedisServer.builder().tls().user("alice", "secret").start()) {
      assertThat(server.command("PING")).as("without TLS").isEqualTo("PONG");
      assertThat(server.tlsUri())
          .hasToString("rediss://alice:secret@127.0.0.1:" + server.tlsPort());
      try (RespConnection connection = overTls(server, TestCertificate.shared().sslContext())) {
        assertThat(connection.call("AUTH", "alice", "secret")).isEqualTo("OK");
        assertThat(connection.call("PING")).isEqualTo("PONG");
      }
      assertThatThrownBy(() -> overTls(server, SSLContext.getDefault()))
          .isInstanceOf(SSLHandshakeException.class);
      KeyStore trust =
          KeyStore.getInstance(
              server.trustStore().toFile(), server.trustStorePassword().toCharArray());
      assertThat(trust.isCertificateEntry(trust.aliases().nextElement())).isTrue();
    }
  }

  private static RespConnection overTls(RedisServer server, SSLContext context) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.tlsPort());
    try {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return new RespConnection(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Test
  void refusesToSpeakOfTlsWithoutIt() {
    try (RedisServer server = RedisServer.start()) {
      assertThatThrownBy(server::tlsUri).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(server::trustStore).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void listensOnThePortThatIsAskedForOrFails() throws IOException {
    int port = Ports.free();
    try (RedisServer server = RedisServer.builder().port(port).start()) {
      assertThat(server.port()).isEqualTo(port);
      assertThatThrownBy(() -> RedisServer.builder().port(port).start())
          .as("the other server's answers do not pass for its own")
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Failed listening on port " + port);
    }
  }

  @Test
  void failureToStartTellsWhatTheServerSaid(@TempDir Path directory) {
    assertThatThrownBy(
            () -> RedisServer.builder().directory(directory).config("maxmemory lots").start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("argument must be a memory value");
  }

  @Test
  void portsAreFreeAndEachIsGivenOnce() throws IOException {
    int port = Ports.free();
    assertThat(Ports.free()).isNotEqualTo(port);
    try (ServerSocket socket = new ServerSocket(port)) {
      assertThat(socket.getLocalPort()).isEqualTo(port);
    }
  }

  @Test
  void binaryIsChosenByMachine() {
    assertThat(RedisBinary.resource("Linux", "amd64")).endsWith("linux-amd64");
    assertThat(RedisBinary.resource("Linux", "aarch64")).endsWith("linux-arm64");
    assertThat(RedisBinary.resource("Mac OS X", "aarch64")).endsWith("darwin-arm64");
    assertThatThrownBy(() -> RedisBinary.resource("Windows 11", "amd64"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("Windows 11-amd64");
    assertThat(Files.isExecutable(RedisBinary.path())).isTrue();
  }
}
