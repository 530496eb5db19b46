package io.terrace.examples.edge;

import static io.terrace.examples.edge.EdgeUnderTest.xCache;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.examples.edge.TestOrigin.Asked;
import io.terrace.examples.edge.TestOrigin.Sending;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of stale responses. A response is stale at once if the origin says it is old. */
class FreshnessTest {
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

  /** An origin with one version, that knows when a client has it. */
  private static void versioned(Asked request, Sending sending) throws IOException {
    boolean known = "\"v1\"".equals(request.headers().get("If-None-Match"));
    sending.header("ETag", "\"v1\"").header("Cache-Control", "max-age=60");
    if (known) {
      sending.status(304).header("X-Seen", "validated");
    } else {
      sending.header("Age", "61").whole("hello".getBytes(UTF_8));
    }
  }

  @Test
  void anExpiredResponseIsValidatedAndFreshAgain() {
    edge.testOrigin.on("/a", FreshnessTest::versioned);
    assertThat(xCache(edge.warm("/a"))).isEqualTo("miss");

    HttpResponse<String> validated = edge.get("/a");
    assertThat(xCache(validated)).startsWith("revalidated; tier=");
    assertThat(validated.body()).isEqualTo("hello");
    assertThat(validated.headers().firstValue("X-Seen")).hasValue("validated");

    HttpResponse<String> fresh = edge.get("/a");
    assertThat(xCache(fresh)).startsWith("hit");
    assertThat(fresh.body()).isEqualTo("hello");
    List<Asked> asked = edge.testOrigin.asked("/a");
    assertThat(asked).hasSize(2);
    assertThat(asked.get(1).headers().get("If-None-Match")).isEqualTo("\"v1\"");
  }

  @Test
  void anExpiredResponseThatChangedIsReplaced() {
    edge.testOrigin.on("/a", FreshnessTest::versioned);
    edge.warm("/a");
    edge.testOrigin.on("/a", "changed");
    HttpResponse<String> changed = edge.get("/a");
    assertThat(changed.body()).isEqualTo("changed");
    assertThat(xCache(changed)).isEqualTo("miss");
    edge.awaitStored("/a");
    assertThat(edge.get("/a").body()).isEqualTo("changed");
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(2);
  }

  @Test
  void anExpiredResponseThatIsGoneIsForgotten() {
    edge.testOrigin.on("/a", FreshnessTest::versioned);
    edge.warm("/a");
    edge.testOrigin.on("/a", (request, sending) -> sending.status(404));
    assertThat(edge.get("/a").statusCode()).isEqualTo(404);
    edge.testOrigin.on("/a", (request, sending) -> sending.status(503));
    assertThat(edge.get("/a").statusCode()).isEqualTo(503);
  }

  @Test
  void aResponseThatAlwaysIsToBeValidatedIs() {
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("ETag", "\"v1\"").header("Cache-Control", "no-cache");
          if (request.headers().contains("If-None-Match")) {
            sending.status(304);
          } else {
            sending.whole("hello".getBytes(UTF_8));
          }
        });
    edge.warm("/a");
    assertThat(xCache(edge.get("/a"))).startsWith("revalidated");
    assertThat(xCache(edge.get("/a"))).startsWith("revalidated");
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(3);
  }

  @Test
  void aStaleResponseIsServedWhileTheOriginFails() {
    edge.testOrigin.on("/a", FreshnessTest::versioned);
    edge.warm("/a");
    edge.testOrigin.on("/a", (request, sending) -> sending.status(500));
    assertStale(edge.get("/a"), "hello");
    assertStale(edge.send("HEAD", "/a"), "");
    edge.testOrigin.on("/a", (request, sending) -> sending.die());
    assertStale(edge.get("/a"), "hello");
    assertThat(edge.get("/a", "Range", "bytes=1-2").body()).isEqualTo("el");

    edge.testOrigin.on("/a", FreshnessTest::versioned);
    assertThat(xCache(edge.get("/a"))).startsWith("revalidated");
  }

  private static void assertStale(HttpResponse<String> response, String body) {
    assertThat(xCache(response)).startsWith("stale; tier=");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(body);
    assertThat(response.headers().firstValue("Warning"))
        .hasValueSatisfying(warning -> assertThat(warning).startsWith("111 "));
    assertThat(Long.parseLong(response.headers().firstValue("Age").orElseThrow()))
        .isGreaterThanOrEqualTo(61);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"max-age=60, must-revalidate", "s-maxage=60", "max-age=60, stale-if-error=0"})
  void aStaleResponseIsNotServedWhereTheOriginForbidsIt(String control) {
    edge.testOrigin.on(
        "/a",
        (request, sending) ->
            sending
                .header("Cache-Control", control)
                .header("Age", "61")
                .whole("hello".getBytes(UTF_8)));
    edge.warm("/a");
    edge.testOrigin.on("/a", (request, sending) -> sending.die());
    HttpResponse<String> failed = edge.get("/a");
    assertThat(failed.statusCode()).isEqualTo(502);
    assertThat(failed.body()).doesNotContain("hello");
  }

  @Test
  void whatBreaksOffOnItsWayLeavesTheStaleResponseBehind() {
    edge.testOrigin.on("/a", FreshnessTest::versioned);
    edge.warm("/a");
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60").header("Content-Length", "1000");
          sending.body().write(Bodies.of(500));
          sending.die();
        });
    FailureTest.assertNotWhole(edge, "/a");
    edge.testOrigin.on("/a", (request, sending) -> sending.status(500));
    assertStale(edge.get("/a"), "hello");
  }
}
