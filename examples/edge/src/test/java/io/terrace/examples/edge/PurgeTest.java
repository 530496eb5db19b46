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

/** PURGE by URL and by key, hard and soft. */
class PurgeTest {
  @TempDir Path directory;
  private EdgeUnderTest edge;

  @BeforeEach
  void start() throws IOException {
    edge = new EdgeUnderTest(directory);
    tagged("/a", "red round");
    tagged("/b", "red");
    tagged("/c", "blue round");
    edge.testOrigin.on(
        "/tagged-the-other-way",
        (request, sending) ->
            sending
                .header("Cache-Control", "max-age=60")
                .header("Cache-Tag", "red, big")
                .whole("other".getBytes(UTF_8)));
    edge.warm("/a");
    edge.warm("/b");
    edge.warm("/c");
    edge.warm("/tagged-the-other-way");
  }

  private void tagged(String path, String keys) {
    edge.testOrigin.on(
        path,
        (request, sending) -> {
          sending.header("ETag", "\"v1\"").header("Cache-Control", "max-age=60");
          sending.header("Surrogate-Key", keys);
          if ("\"v1\"".equals(request.headers().get("If-None-Match"))) {
            sending.status(304);
          } else {
            sending.whole(path.getBytes(UTF_8));
          }
        });
  }

  @AfterEach
  void stop() {
    edge.close();
  }

  @Test
  void byUrl() {
    HttpResponse<String> purged = edge.send("PURGE", "/a");
    assertThat(purged.statusCode()).isEqualTo(200);
    assertThat(purged.body()).startsWith("purge of url /a:").contains("disk done");
    assertThat(xCache(edge.get("/a"))).isEqualTo("miss");
    assertThat(xCache(edge.get("/b"))).startsWith("hit");
  }

  @Test
  void byKey() {
    HttpResponse<String> purged = edge.send("PURGE", "/", "Surrogate-Key", "red");
    assertThat(purged.statusCode()).isEqualTo(200);
    assertThat(purged.body()).startsWith("purge of key red:");
    assertThat(xCache(edge.get("/a"))).isEqualTo("miss");
    assertThat(xCache(edge.get("/b"))).isEqualTo("miss");
    assertThat(xCache(edge.get("/c"))).startsWith("hit");
    assertThat(xCache(edge.get("/tagged-the-other-way"))).isEqualTo("miss");
  }

  @Test
  void bySeveralKeys() {
    edge.send("PURGE", "/", "Surrogate-Key", "blue big");
    assertThat(xCache(edge.get("/a"))).startsWith("hit");
    assertThat(xCache(edge.get("/c"))).isEqualTo("miss");
    assertThat(xCache(edge.get("/tagged-the-other-way"))).isEqualTo("miss");
  }

  @Test
  void softlyByUrl() {
    edge.send("PURGE", "/a", "Soft-Purge", "1");
    assertThat(xCache(edge.get("/a"))).startsWith("revalidated");
    assertThat(xCache(edge.get("/a"))).startsWith("hit");
    assertThat(edge.get("/a").body()).isEqualTo("/a");
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(2);
  }

  @Test
  void softlyByKey() {
    edge.send("PURGE", "/", "Soft-Purge", "1", "Surrogate-Key", "red");
    assertThat(xCache(edge.get("/a"))).startsWith("revalidated");
    assertThat(xCache(edge.get("/a"))).startsWith("hit");
    assertThat(edge.get("/a").body()).isEqualTo("/a");
    edge.send("PURGE", "/", "Soft-Purge", "1", "Surrogate-Key", "red");
    assertThat(xCache(edge.get("/a"))).startsWith("revalidated");
  }

  @Test
  void whatWasPurgedSoftlyIsServedWhileTheOriginIsDown() {
    edge.send("PURGE", "/", "Soft-Purge", "1", "Surrogate-Key", "red");
    edge.testOrigin.close();
    HttpResponse<String> stale = edge.get("/a");
    assertThat(xCache(stale)).startsWith("stale; tier=");
    assertThat(stale.body()).isEqualTo("/a");
    assertThat(xCache(edge.get("/b"))).startsWith("stale");
    assertThat(xCache(edge.get("/c"))).startsWith("hit");
  }

  @Test
  void whatWasPurgedHardIsNotServedWhileTheOriginIsDown() {
    edge.send("PURGE", "/a");
    edge.testOrigin.close();
    assertThat(edge.get("/a").statusCode()).isEqualTo(502);
  }
}
