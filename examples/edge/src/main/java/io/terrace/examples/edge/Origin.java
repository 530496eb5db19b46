package io.terrace.examples.edge;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.http.HttpDateTime;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/** The server this proxy stands in front of. Thread safe. */
final class Origin implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final String VIA = "terrace-edge";

  /** What this proxy says itself, what it does not have, and what the client sets on its own. */
  private static final List<String> NOT_FORWARDED =
      List.of("Host", "Content-Length", "Expect", "Date", "HTTP2-Settings");

  private final String base;
  private final Duration patience;
  private final HttpClient client;
  private final ScheduledThreadPoolExecutor timer;
  private final LongAdder fetches = new LongAdder();

  /**
   * @param base what is put before the path of a request
   * @param patience how long to wait for headers, and for more of a body
   */
  Origin(URI base, Duration patience) {
    String text = base.toString();
    this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    this.patience = patience;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    this.timer = new ScheduledThreadPoolExecutor(1, Origin::daemon);
    timer.setRemoveOnCancelPolicy(true);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "edge-origin-timer");
    thread.setDaemon(true);
    return thread;
  }

  /** Whether a request came through this proxy before. */
  static boolean isLoop(HttpFields request) {
    return request.getValuesList("Via").stream().anyMatch(via -> via.contains(VIA));
  }

  /**
   * Asks the origin; blocks until its headers are there.
   *
   * @param pathAndQuery as in the request line
   * @param headers of the request, of which those of one connection are left out
   * @throws IllegalArgumentException if this is no request that can be made
   * @throws IOException if the origin does not answer
   */
  OriginResponse fetch(String method, String pathAndQuery, HttpFields headers) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + pathAndQuery))
            .timeout(patience)
            .method(method, HttpRequest.BodyPublishers.noBody());
    for (HttpField field : EndToEnd.of(headers, NOT_FORWARDED)) {
      request.header(field.getName(), String.valueOf(field.getValue()));
    }
    request.header("Via", "1.1 " + VIA);
    fetches.increment();
    HttpResponse<InputStream> response = send(request.build());
    HttpFields.Mutable received = HttpFields.build();
    for (Map.Entry<String, List<String>> header : response.headers().map().entrySet()) {
      header.getValue().forEach(value -> received.add(header.getKey(), value));
    }
    if (!received.contains(HttpHeader.DATE)) {
      received.put(HttpHeader.DATE, HttpDateTime.format(Instant.now()));
    }
    InputStream body = new GuardedBody(response.body(), patience, timer);
    return new OriginResponse(response.statusCode(), received, body);
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    try {
      return client.send(request, BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the origin");
    }
  }

  /** How often it was asked. */
  long fetches() {
    return fetches.sum();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
