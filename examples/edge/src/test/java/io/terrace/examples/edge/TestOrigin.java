package io.terrace.examples.edge;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** A server whose answers a test writes, and that remembers what it was asked. */
final class TestOrigin implements AutoCloseable {
  private final Server server = new Server(Threads.pool("test-origin", 64));
  private final ServerConnector connector = new ServerConnector(server);
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** What one path is answered with. */
  interface Answer {
    void to(Asked request, Sending sending) throws IOException;
  }

  /** A request. */
  record Asked(String method, String path, HttpFields headers) {}

  /** A response; its body goes out as it is written. */
  record Sending(Request request, Response response) {
    Sending status(int status) {
      response.setStatus(status);
      return this;
    }

    Sending header(String name, String value) {
      response.getHeaders().add(name, value);
      return this;
    }

    OutputStream body() {
      return Content.Sink.asOutputStream(response);
    }

    void whole(byte[] body) throws IOException {
      header("Content-Length", Integer.toString(body.length));
      if (!request.getMethod().equals("HEAD")) {
        body().write(body);
      }
    }

    /** Closes the connection, whatever was said of the body. */
    void die() {
      request.getConnectionMetaData().getConnection().getEndPoint().close();
    }
  }

  TestOrigin() throws IOException {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            answer(request, response, callback);
            return true;
          }
        });
    Threads.start(server);
  }

  private void answer(Request request, Response response, Callback callback) {
    Asked question =
        new Asked(
            request.getMethod(),
            request.getHttpURI().getPathQuery(),
            HttpFields.build(request.getHeaders()));
    asked.add(question);
    Answer answer = answers.get(question.path());
    try {
      if (answer == null) {
        response.setStatus(404);
      } else {
        answer.to(question, new Sending(request, response));
      }
      callback.succeeded();
    } catch (IOException | RuntimeException e) {
      callback.failed(e);
    }
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + connector.getLocalPort());
  }

  void on(String path, Answer answer) {
    answers.put(path, answer);
  }

  /** A body that is fresh for a minute. */
  void on(String path, String body) {
    on(path, body.getBytes(StandardCharsets.UTF_8));
  }

  void on(String path, byte[] body) {
    on(path, (request, sending) -> sending.header("Cache-Control", "max-age=60").whole(body));
  }

  /** What it was asked for a path. */
  List<Asked> asked(String path) {
    return asked.stream().filter(request -> request.path().equals(path)).toList();
  }

  int fetches(String path) {
    return asked(path).size();
  }

  @Override
  public void close() {
    Threads.stop(server);
  }
}
