package io.terrace.examples.edge;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A proxy in front of a {@link TestOrigin}, and a client. */
final class EdgeUnderTest implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

  static {
    JETTY.setLevel(Level.SEVERE);
  }

  final TestOrigin testOrigin;
  final ResponseCache cache;
  final Origin origin;
  final EdgeServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  EdgeUnderTest(Path directory) throws IOException {
    this(directory, null, Duration.ofSeconds(10));
  }

  EdgeUnderTest(Path directory, String maxBytes, Duration patience) throws IOException {
    testOrigin = new TestOrigin();
    cache = ResponseCache.open(directory, maxBytes);
    origin = new Origin(testOrigin.uri(), patience);
    server = new EdgeServer(0, cache, origin);
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  /** Any request; the body as text. */
  HttpResponse<String> send(String method, String path, String... headers) {
    try {
      return sendOrFail(method, path, headers);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HttpResponse<String> sendOrFail(String method, String path, String... headers)
      throws IOException {
    try {
      return client.send(request(method, path, headers), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<String> get(String path, String... headers) {
    return send("GET", path, headers);
  }

  /** Gets a path, and waits until the cache has all of it. */
  HttpResponse<String> warm(String path, String... headers) {
    HttpResponse<String> response = get(path, headers);
    awaitStored(path);
    return response;
  }

  void awaitStored(String path) {
    await(
        () -> {
          try (CachedResponse found = cache.find(path)) {
            return found != null && !found.isGrowing();
          }
        });
  }

  /** Waits for something that happens in other threads. */
  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("this does not come about");
      }
      Thread.onSpinWait();
      Thread.yield();
    }
  }

  /** The headers now, and the body as it is read. */
  HttpResponse<InputStream> open(String path, String... headers) throws IOException {
    try {
      return client.send(request("GET", path, headers), BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest request(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(PATIENCE);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  /** A client that says what it likes, and may leave at any time. */
  Raw raw(String text) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    return new Raw(socket, new BufferedInputStream(socket.getInputStream()));
  }

  /** A connection of its own. */
  record Raw(Socket socket, InputStream in) implements AutoCloseable {
    String line() throws IOException {
      StringBuilder line = new StringBuilder();
      int next = in.read();
      while (next >= 0 && next != '\n') {
        if (next != '\r') {
          line.append((char) next);
        }
        next = in.read();
      }
      return line.toString();
    }

    void skipHeaders() throws IOException {
      String line = line();
      while (!line.isEmpty()) {
        line = line();
      }
    }

    /** Leaves as one does whose process was killed: with a reset. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  static String xCache(HttpResponse<?> response) {
    return response.headers().firstValue("X-Cache").orElse("");
  }

  @Override
  public void close() {
    server.close();
    origin.close();
    cache.close();
    testOrigin.close();
  }
}
