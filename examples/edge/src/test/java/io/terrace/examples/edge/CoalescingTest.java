package io.terrace.examples.edge;

import static io.terrace.examples.edge.EdgeUnderTest.xCache;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many who want one cold object at a time. */
class CoalescingTest {
  private static final int LENGTH = 4 << 20;

  @TempDir Path directory;
  private EdgeUnderTest edge;
  private ExecutorService clients;

  @BeforeEach
  void start() throws IOException {
    edge = new EdgeUnderTest(directory);
    clients = Executors.newCachedThreadPool();
  }

  @AfterEach
  void stop() {
    clients.shutdownNow();
    edge.close();
  }

  @Test
  void fullAndRangeRequestsOfAColdObjectAreOneFetch() throws Exception {
    byte[] body = Bodies.of(LENGTH);
    CountDownLatch allAsked = new CountDownLatch(1);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          await(allAsked);
          sending.header("Cache-Control", "max-age=60").whole(body);
        });
    List<Future<HttpResponse<String>>> whole = new ArrayList<>();
    List<Future<HttpResponse<String>>> parts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String range = "bytes=" + i * 500_000 + "-" + (i * 500_000 + 99_999);
      whole.add(clients.submit(() -> edge.get("/a")));
      parts.add(clients.submit(() -> edge.get("/a", "Range", range)));
    }
    EdgeUnderTest.await(() -> edge.testOrigin.fetches("/a") == 1);
    allAsked.countDown();

    String text = new String(body, UTF_8);
    for (int i = 0; i < 8; i++) {
      assertThat(whole.get(i).get().body()).isEqualTo(text);
      HttpResponse<String> part = parts.get(i).get();
      assertThat(part.statusCode()).isEqualTo(206);
      assertThat(part.body()).isEqualTo(text.substring(i * 500_000, i * 500_000 + 100_000));
    }
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(1);
    assertThat(misses(whole) + misses(parts)).isEqualTo(1);
  }

  private static long misses(List<Future<HttpResponse<String>>> responses)
      throws InterruptedException, ExecutionException {
    long misses = 0;
    for (Future<HttpResponse<String>> response : responses) {
      misses += xCache(response.get()).equals("miss") ? 1 : 0;
    }
    return misses;
  }

  @Test
  void aRangeOfAColdObjectWaitsForItsBytesOnly() throws Exception {
    byte[] body = Bodies.of(LENGTH);
    CountDownLatch half = new CountDownLatch(1);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60");
          sending.header("Content-Length", Integer.toString(LENGTH));
          sending.body().write(body, 0, LENGTH / 2);
          await(half);
          sending.body().write(body, LENGTH / 2, LENGTH / 2);
        });
    HttpResponse<String> early = edge.get("/a", "Range", "bytes=1000000-1000099");
    assertThat(early.statusCode()).isEqualTo(206);
    assertThat(early.headers().firstValue("Content-Range"))
        .hasValue("bytes 1000000-1000099/" + LENGTH);
    assertThat(early.body())
        .isEqualTo(new String(Arrays.copyOfRange(body, 1_000_000, 1_000_100), UTF_8));
    assertThat(half.getCount()).isEqualTo(1);

    CompletableFuture<HttpResponse<String>> late =
        CompletableFuture.supplyAsync(() -> edge.get("/a", "Range", "bytes=-100"), clients);
    HttpResponse<InputStream> whole = edge.open("/a");
    assertThat(xCache(whole)).isEqualTo("joined");
    assertThat(whole.body().readNBytes(LENGTH / 2)).hasSize(LENGTH / 2);
    assertThat(late).isNotDone();
    half.countDown();
    assertThat(late.get().body())
        .isEqualTo(new String(Arrays.copyOfRange(body, LENGTH - 100, LENGTH), UTF_8));
    assertThat(whole.body().readAllBytes()).hasSize(LENGTH / 2);
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(1);
  }

  @Test
  void aSlowClientDelaysNobody() throws Exception {
    byte[] body = Bodies.of(16 << 20);
    edge.testOrigin.on("/a", body);
    HttpResponse<InputStream> slow = edge.open("/a");
    assertThat(slow.body().read()).isEqualTo(body[0]);
    edge.awaitStored("/a");
    assertThat(edge.get("/a").body()).hasSize(body.length);
    assertThat(slow.body().readAllBytes()).hasSize(body.length - 1);
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(1);
  }

  @Test
  void concurrentRequestsOfAnExpiredObjectAreOneValidation() throws Exception {
    CountDownLatch allAsked = new CountDownLatch(1);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("ETag", "\"v1\"").header("Cache-Control", "max-age=60");
          if (request.headers().contains("If-None-Match")) {
            await(allAsked);
            sending.status(304);
          } else {
            sending.header("Age", "61").whole("hello".getBytes(UTF_8));
          }
        });
    edge.warm("/a");
    List<Future<HttpResponse<String>>> responses = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      responses.add(clients.submit(() -> edge.get("/a")));
    }
    EdgeUnderTest.await(() -> edge.testOrigin.fetches("/a") == 2);
    allAsked.countDown();
    for (Future<HttpResponse<String>> response : responses) {
      assertThat(response.get().body()).isEqualTo("hello");
    }
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(2);
  }

  @Test
  void whoWaitedForWhatIsNotStoredAsksForHimself() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          await(asked);
          sending.header("Cache-Control", "private").whole("mine".getBytes(UTF_8));
        });
    List<Future<HttpResponse<String>>> responses = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      responses.add(clients.submit(() -> edge.get("/a")));
    }
    EdgeUnderTest.await(() -> edge.testOrigin.fetches("/a") >= 1);
    asked.countDown();
    for (Future<HttpResponse<String>> response : responses) {
      assertThat(xCache(response.get())).isEqualTo("pass");
      assertThat(response.get().body()).isEqualTo("mine");
    }
    assertThat(edge.testOrigin.fetches("/a")).isEqualTo(4);
  }

  @Test
  void aPurgeWhileAnObjectArrivesKeepsItOut() throws Exception {
    CountDownLatch purged = new CountDownLatch(1);
    byte[] body = Bodies.of(LENGTH);
    edge.testOrigin.on(
        "/a",
        (request, sending) -> {
          sending.header("Cache-Control", "max-age=60");
          sending.header("Content-Length", Integer.toString(LENGTH));
          sending.body().write(body, 0, 1000);
          await(purged);
          sending.body().write(body, 1000, LENGTH - 1000);
        });
    HttpResponse<InputStream> first = edge.open("/a");
    assertThat(first.body().readNBytes(1000)).hasSize(1000);
    edge.send("PURGE", "/a");
    edge.testOrigin.on("/a", "new");
    assertThat(edge.get("/a").body()).isEqualTo("new");
    purged.countDown();
    try {
      assertThat(first.body().readAllBytes()).hasSize(LENGTH - 1000);
    } catch (IOException e) {
      assertThat(e).isNotNull(); // cut off rather than completed: both are right
    }
    edge.awaitStored("/a");
    assertThat(edge.get("/a").body()).isEqualTo("new");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
