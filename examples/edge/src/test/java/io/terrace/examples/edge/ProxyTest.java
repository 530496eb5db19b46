package io.terrace.examples.edge;

import static io.terrace.examples.edge.EdgeUnderTest.xCache;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client gets, over loopback. */
class ProxyTest {
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

  @Test
  void aSecondRequestIsServedFromTheCache() {
    edge.testOrigin.on(
        "/a?b=c",
        (request, sending) ->
            sending
                .header("Cache-Control", "max-age=60")
                .header("Content-Type", "text/x-test")
                .header("X-More", "kept")
                .header("Surrogate-Key", "not-for-clients")
                .whole("hello".getBytes(UTF_8)));

    HttpResponse<String> cold = edge.warm("/a?b=c");
    assertThat(cold.statusCode()).isEqualTo(200);
    assertThat(cold.body()).isEqualTo("hello");
    assertThat(xCache(cold)).isEqualTo("miss");

    HttpResponse<String> warm = edge.get("/a?b=c");
    assertThat(warm.body()).isEqualTo("hello");
    assertThat(xCache(warm)).startsWith("hit; tier=");
    assertThat(warm.headers().firstValueAsLong("Content-Length")).hasValue(5);
    assertThat(warm.headers().firstValue("Content-Type")).hasValue("text/x-test");
    assertThat(warm.headers().firstValue("X-More")).hasValue("kept");
    assertThat(warm.headers().firstValue("Age"))
        .hasValueSatisfying(age -> assertThat(Integer.parseInt(age)).isBetween(0, 20));
    assertThat(warm.headers().allValues("Date"))
        .hasSize(1)
        .isEqualTo(cold.headers().allValues("Date"));
    assertThat(warm.headers().firstValue("Surrogate-Key")).isEmpty();
    assertThat(edge.testOrigin.fetches("/a?b=c")).isEqualTo(1);
  }

  @Test
  void anEntryOutlivesTheProcessOnDisk() throws IOException {
    edge.testOrigin.on("/a", "hello");
    edge.warm("/a");
    edge.server.close();
    edge.origin.close();
    edge.cache.close();

    try (EdgeUnderTest next = new EdgeUnderTest(directory)) {
      HttpResponse<String> warm = next.get("/a");
      assertThat(warm.body()).isEqualTo("hello");
      assertThat(xCache(warm)).isEqualTo("hit; tier=disk");
      assertThat(xCache(next.get("/a"))).isEqualTo("hit; tier=heap");
    }
  }

  @Test
  void headIsAnsweredWithoutABody() {
    edge.testOrigin.on("/a", "hello");
    HttpResponse<String> cold = edge.send("HEAD", "/a");
    assertThat(xCache(cold)).isEqualTo("pass");
    assertThat(cold.headers().firstValueAsLong("Content-Length")).hasValue(5);
    assertThat(edge.testOrigin.asked("/a").get(0).method()).isEqualTo("HEAD");

    edge.warm("/a");
    HttpResponse<String> warm = edge.send("HEAD", "/a");
    assertThat(xCache(warm)).startsWith("hit");
    assertThat(warm.body()).isEmpty();
    assertThat(warm.headers().firstValueAsLong("Content-Length")).hasValue(5);
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=1-3 | 206 | ell | bytes 1-3/5",
        "bytes=3- | 206 | lo | bytes 3-4/5",
        "bytes=-2 | 206 | lo | bytes 3-4/5",
        "bytes=0-99 | 206 | hello | bytes 0-4/5",
        "bytes=5- | 416 | '' | bytes */5",
        "bytes=-0 | 416 | '' | bytes */5",
        "bytes=3-1 | 200 | hello | ",
        "bytes=0-0,2-2 | 200 | hello | ",
        "lines=1-2 | 200 | hello | "
      })
  void aRangeIsServedColdAndWarm(String range, int status, String body, String contentRange) {
    edge.testOrigin.on("/a", "hello");
    HttpResponse<String> cold = edge.warm("/a", "Range", range);
    for (HttpResponse<String> response :
        new HttpResponse[] {cold, edge.get("/a", "Range", range)}) {
      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(response.body()).isEqualTo(body);
      assertThat(response.headers().firstValue("Content-Range").orElse(null))
          .isEqualTo(contentRange);
    }
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(1);
    assertThat(edge.testOrigin.asked("/a").get(0).headers().contains("Range")).isFalse();
  }

  @Test
  void aRangeDependsOnIfRange() {
    edge.testOrigin.on(
        "/a",
        (request, sending) ->
            sending
                .header("Cache-Control", "max-age=60")
                .header("ETag", "\"v1\"")
                .header("Last-Modified", "Sun, 01 Nov 2015 10:00:00 GMT")
                .whole("hello".getBytes(UTF_8)));
    edge.warm("/a");
    assertThat(partial("\"v1\"")).isEqualTo(206);
    assertThat(partial("\"v2\"")).isEqualTo(200);
    assertThat(partial("W/\"v1\"")).isEqualTo(200);
    assertThat(partial("Sun, 01 Nov 2015 10:00:00 GMT")).isEqualTo(206);
    assertThat(partial("Sun, 01 Nov 2015 10:00:01 GMT")).isEqualTo(200);
  }

  private int partial(String ifRange) {
    return edge.get("/a", "Range", "bytes=0-1", "If-Range", ifRange).statusCode();
  }

  @Test
  void aClientThatHasTheResponseIsToldSo() {
    edge.testOrigin.on("/plain", "hello");
    edge.warm("/plain");
    String digest = edge.get("/plain").headers().firstValue("ETag").orElseThrow();
    assertThat(digest).matches("\"[0-9a-f]{32}\"");
    HttpResponse<String> known = edge.get("/plain", "If-None-Match", "\"x\", W/" + digest);
    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(known.body()).isEmpty();
    assertThat(known.headers().firstValue("ETag")).hasValue(digest);
    assertThat(edge.get("/plain", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);

    edge.testOrigin.on(
        "/dated",
        (request, sending) ->
            sending
                .header("Cache-Control", "max-age=60")
                .header("ETag", "\"v1\"")
                .header("Last-Modified", "Sun, 01 Nov 2015 10:00:00 GMT")
                .whole("hello".getBytes(UTF_8)));
    edge.warm("/dated");
    assertThat(edge.get("/dated", "If-None-Match", "\"v1\"").statusCode()).isEqualTo(304);
    String date = "Sun, 01 Nov 2015 10:00:00 GMT";
    assertThat(edge.get("/dated", "If-Modified-Since", date).statusCode()).isEqualTo(304);
    assertThat(
            edge.get("/dated", "If-Modified-Since", date, "If-None-Match", "\"v0\"").statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Cache-Control: no-store",
        "Cache-Control: private, max-age=60",
        "Cache-Control: private=\"x, y\", max-age=60",
        "Set-Cookie: who=you",
        "Vary: Accept-Language",
        "Vary: *"
      })
  void whatIsNotForAllIsNotStored(String header) {
    edge.testOrigin.on(
        "/a",
        (request, sending) ->
            sending
                .header("Expires", "Sun, 01 Nov 2099 10:00:00 GMT")
                .header(header.split(": ")[0], header.split(": ")[1])
                .whole("hello".getBytes(UTF_8)));
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> response = edge.get("/a");
      assertThat(response.body()).isEqualTo("hello");
      assertThat(xCache(response)).isEqualTo("pass");
    }
    assertThat(edge.cache.find("/a")).isNull();
  }

  @Test
  void whatVariesByEncodingAloneIsStoredUnencoded() {
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60").header("Vary", "Accept-Encoding");
          sending.whole(request.headers().get("Accept-Encoding").getBytes(UTF_8));
        });
    assertThat(edge.warm("/a", "Accept-Encoding", "gzip").body()).isEqualTo("identity");
    assertThat(xCache(edge.get("/a", "Accept-Encoding", "br"))).startsWith("hit");

    edge.testOrigin.on(
        "/always-encoded",
        (request, sending) ->
            sending
                .header("Cache-Control", "max-age=60")
                .header("Vary", "Accept-Encoding")
                .header("Content-Encoding", "x-test")
                .whole("hello".getBytes(UTF_8)));
    edge.get("/always-encoded");
    assertThat(xCache(edge.get("/always-encoded"))).isEqualTo("pass");
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 404, 429, 500, 503})
  void otherStatusesPassThrough(int status) {
    edge.testOrigin.on(
        "/a",
        (request, sending) ->
            sending
                .status(status)
                .header("Cache-Control", "max-age=60")
                .header("Location", "/b")
                .whole("no".getBytes(UTF_8)));
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> response = edge.get("/a");
      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(response.body()).isEqualTo("no");
      assertThat(xCache(response)).isEqualTo("pass");
    }
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(2);
  }

  @Test
  void anEmptyBodyIsAResponseLikeAnyOther() {
    edge.testOrigin.on("/a", "");
    assertThat(edge.warm("/a").body()).isEmpty();
    HttpResponse<String> warm = edge.get("/a");
    assertThat(xCache(warm)).startsWith("hit");
    assertThat(warm.headers().firstValueAsLong("Content-Length")).hasValue(0);
    assertThat(edge.get("/a", "Range", "bytes=0-0").statusCode()).isEqualTo(416);
  }

  @Test
  void aBodyOfUnknownLengthIsStored() {
    byte[] body = Bodies.of(300_000);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60").body().write(body, 0, 150_000);
          sending.body().write(body, 150_000, 150_000);
        });
    assertThat(edge.warm("/a").body()).hasSize(300_000);
    HttpResponse<String> warm = edge.get("/a");
    assertThat(warm.headers().firstValueAsLong("Content-Length")).hasValue(300_000);
    assertThat(warm.body()).isEqualTo(new String(body, UTF_8));
  }
}
