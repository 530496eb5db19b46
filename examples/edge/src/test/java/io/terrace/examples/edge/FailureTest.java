package io.terrace.examples.edge;

import static io.terrace.examples.edge.EdgeUnderTest.xCache;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that leave and origins that die. */
class FailureTest {
  private static final int LENGTH = 3 << 20;

  @TempDir Path directory;
  private EdgeUnderTest edge;

  @BeforeEach
  void start() throws IOException {
    edge = new EdgeUnderTest(directory, "64MiB", Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() {
    edge.close();
  }

  static void assertBroken(ThrowingCallable reading) {
    assertThatThrownBy(reading).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 65_536, 262_143, 262_144, 1_000_000, LENGTH - 1})
  void aClientThatLeavesHarmsNobody(int afterBytes) throws IOException {
    byte[] body = Bodies.of(LENGTH);
    CountDownLatch left = new CountDownLatch(1);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60");
          sending.header("Content-Length", Integer.toString(LENGTH));
          int first = Math.max(1, afterBytes);
          sending.body().write(body, 0, first);
          await(left);
          sending.body().write(body, first, LENGTH - first);
        });
    try (EdgeUnderTest.Raw leaving = edge.raw("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")) {
      leaving.skipHeaders();
      assertThat(leaving.in().readNBytes(afterBytes)).hasSize(afterBytes);
      HttpResponse<InputStream> staying = edge.open("/a");
      assertThat(xCache(staying)).isEqualTo("joined");
      leaving.reset();
      left.countDown();
      assertThat(staying.body().readAllBytes()).isEqualTo(body);
    }
    edge.awaitStored("/a");
    HttpResponse<String> warm = edge.get("/a");
    assertThat(xCache(warm)).startsWith("hit");
    assertThat(warm.body()).isEqualTo(new String(body, UTF_8));
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatItsOnlyClientLeftIsStoredAllTheSame() throws IOException {
    byte[] body = Bodies.of(LENGTH);
    edge.testOrigin.on("/a", body);
    try (EdgeUnderTest.Raw leaving = edge.raw("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")) {
      leaving.skipHeaders();
      leaving.reset();
    }
    edge.awaitStored("/a");
    assertThat(edge.get("/a").body()).isEqualTo(new String(body, UTF_8));
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_536, 1_000_000, LENGTH - 1})
  void anOriginThatDiesBreaksTheConnection(int afterBytes) {
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60");
          sending.header("Content-Length", Integer.toString(LENGTH));
          sending.body().write(Bodies.of(LENGTH), 0, afterBytes);
          sending.body().flush();
          sending.die();
        });
    assertNothingLooksComplete();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_536, 1_000_000})
  void anOriginThatDiesInABodyOfUnknownLengthBreaksTheConnection(int afterBytes) {
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60");
          sending.body().write(Bodies.of(LENGTH), 0, afterBytes);
          sending.body().flush();
          sending.die();
        });
    assertNothingLooksComplete();
  }

  /** A client that got nothing yet is told so; any other one is cut off. */
  static void assertNotWhole(EdgeUnderTest edge, String path) {
    try {
      assertThat(edge.sendOrFail("GET", path).statusCode()).isEqualTo(502);
    } catch (IOException e) {
      assertThat(e).isNotNull(); // broken, as it should be
    }
  }

  private void assertNothingLooksComplete() {
    for (int i = 0; i < 2; i++) {
      assertNotWhole(edge, "/a");
    }
    assertThat(edge.cache.find("/a")).isNull();
    edge.testOrigin.on("/a", "whole");
    assertThat(edge.get("/a").body()).isEqualTo("whole");
  }

  @Test
  void anOriginThatStallsBreaksTheConnection() throws IOException {
    edge.close();
    edge = new EdgeUnderTest(directory, "64MiB", Duration.ofSeconds(2));
    CountDownLatch over = new CountDownLatch(1);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60").body().write(Bodies.of(1000));
          await(over);
        });
    assertBroken(() -> edge.sendOrFail("GET", "/a"));
    over.countDown();
    assertThat(edge.cache.find("/a")).isNull();
  }

  @Test
  void anOriginThatIsNotThereIsABadGateway() {
    edge.testOrigin.close();
    assertThat(edge.get("/a").statusCode()).isEqualTo(502);
    assertThat(edge.get("/a", "Cookie", "me").statusCode()).isEqualTo(502);
  }

  @Test
  void whatIsTooLargeForTheCachePassesThrough() throws IOException {
    edge.close();
    edge = new EdgeUnderTest(directory.resolve("small"), "1MiB", Duration.ofSeconds(10));
    byte[] body = Bodies.of(LENGTH);
    edge.testOrigin.on("/a", body);
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> response = edge.get("/a");
      assertThat(xCache(response)).isEqualTo("pass");
      assertThat(response.body()).isEqualTo(new String(body, UTF_8));
    }
  }

  @Test
  void whatTurnsOutTooLargePassesThroughFromTheSecondTimeOn() throws IOException {
    edge.close();
    edge = new EdgeUnderTest(directory.resolve("small"), "1MiB", Duration.ofSeconds(10));
    byte[] body = Bodies.of(LENGTH);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60").body().write(body);
        });
    assertNotWhole(edge, "/a");
    HttpResponse<String> response = edge.get("/a");
    assertThat(xCache(response)).isEqualTo("pass");
    assertThat(response.body()).isEqualTo(new String(body, UTF_8));
  }
}
