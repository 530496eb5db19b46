package io.terrace.examples.edge;

import static io.terrace.examples.edge.EdgeUnderTest.xCache;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.examples.edge.EdgeUnderTest.Raw;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must not reach the origin, the cache or another client. */
class SafetyTest {
  @TempDir Path directory;
  private EdgeUnderTest edge;

  @BeforeEach
  void start() throws IOException {
    edge = new EdgeUnderTest(directory);
  }

  @AfterEach
  void stop() {
    edge.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Authorization", "Cookie"})
  void aPersonalResponseIsNotStored(String header) {
    edge.testOrigin.on("/a", "yours");
    assertThat(xCache(edge.get("/a", header, "me"))).isEqualTo("pass");
    assertThat(xCache(edge.get("/a", header, "me"))).isEqualTo("pass");
    assertThat(edge.cache.find("/a")).isNull();
    assertThat(edge.testOrigin.asked("/a").get(0).headers().get(header)).isEqualTo("me");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Authorization", "Cookie"})
  void aPersonalRequestIsNotServedWhatIsStoredUnlessThatIsPublic(String header) {
    edge.testOrigin.on("/a", "theirs");
    edge.warm("/a");
    edge.testOrigin.on("/a", "yours");
    assertThat(edge.get("/a", header, "me").body()).isEqualTo("yours");
    assertThat(edge.get("/a").body()).isEqualTo("theirs");

    edge.testOrigin.on(
        "/public",
        (request, sending) ->
            sending.header("Cache-Control", "public, max-age=60").whole("all".getBytes(UTF_8)));
    assertThat(xCache(edge.warm("/public", header, "me"))).isEqualTo("miss");
    assertThat(xCache(edge.get("/public", header, "you"))).startsWith("hit");
    assertThat(xCache(edge.get("/public"))).startsWith("hit");
  }

  @Test
  void headersOfOneConnectionGoNoFurther() throws IOException {
    edge.testOrigin.on(
        "/a",
        (request, sending) ->
            sending
                .header("Cache-Control", "max-age=60")
                .header("Connection", "X-Hop")
                .header("X-Hop", "1")
                .header("Keep-Alive", "timeout=5")
                .header("Proxy-Authenticate", "Basic")
                .whole("hello".getBytes(UTF_8)));
    try (Raw client =
        edge.raw(
            "GET /a HTTP/1.1\r\nHost: x\r\nConnection: X-Mine\r\nX-Mine: 1\r\nX-End: 1\r\n"
                + "TE: trailers\r\nProxy-Authorization: Basic x\r\n\r\n")) {
      assertThat(client.line()).isEqualTo("HTTP/1.1 200 OK");
    }
    HttpFields asked = edge.testOrigin.asked("/a").get(0).headers();
    assertThat(asked.getFieldNamesCollection())
        .doesNotContain("X-Mine", "TE", "Proxy-Authorization")
        .contains("X-End", "Via");
    assertThat(asked.get("Host")).isEqualTo(edge.testOrigin.uri().getAuthority());

    edge.awaitStored("/a");
    HttpResponse<String> warm = edge.get("/a");
    assertThat(warm.headers().map().keySet())
        .doesNotContain("x-hop", "X-Hop", "keep-alive", "proxy-authenticate");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 3\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "Transfer-Encoding: identity\r\n\r\n",
        "X-Bad : 1\r\n\r\n"
      })
  void aRequestThatTwoServersCouldReadDifferentlyIsRefused(String rest) throws IOException {
    edge.testOrigin.on("/a", "hello");
    try (Raw client = edge.raw("GET /a HTTP/1.1\r\nHost: x\r\n" + rest)) {
      assertThat(client.line()).startsWith("HTTP/1.1 400 ");
    }
    assertThat(edge.testOrigin.fetches("/a")).isZero();
  }

  @Test
  void headersOverTheLimitAreRefused() throws IOException {
    String large = "x".repeat(20_000);
    try (Raw client = edge.raw("GET /a HTTP/1.1\r\nHost: x\r\nX-Large: " + large + "\r\n\r\n")) {
      assertThat(client.line()).startsWith("HTTP/1.1 431 ");
    }
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          for (int i = 0; i < 5; i++) {
            sending.header("X-Large-" + i, "x".repeat(4_000));
          }
          sending.header("Cache-Control", "max-age=60").whole("hello".getBytes(UTF_8));
        });
    edge.get("/a");
    assertThat(xCache(edge.get("/a"))).isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void otherMethodsAreRefused(String method) {
    assertThat(edge.send(method, "/a").statusCode()).isEqualTo(405);
    assertThat(edge.testOrigin.fetches("/a")).isZero();
  }

  @Test
  void aRequestThatWasHereBeforeIsRefused() {
    assertThat(edge.get("/a", "Via", "1.1 terrace-edge").statusCode()).isEqualTo(508);
  }
}
