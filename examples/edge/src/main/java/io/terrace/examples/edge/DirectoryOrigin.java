package io.terrace.examples.edge;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.resource.ResourceFactory;

/**
 * An origin to try the proxy with: the files of a directory, fresh for a minute, each with the
 * surrogate keys {@code dir:} and the top directory it is in and {@code ext:} and what its name
 * ends with.
 */
final class DirectoryOrigin implements AutoCloseable {
  private static final int MAX_THREADS = 64;
  private static final Duration FRESH = Duration.ofMinutes(1);

  private final Server server;
  private final ServerConnector connector;

  /** Starts to listen on a free port of this machine's loopback address. */
  DirectoryOrigin(Path root) throws IOException {
    this.server = new Server(Threads.pool("origin", MAX_THREADS));
    this.connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ResourceHandler files = new ResourceHandler();
    files.setBaseResource(ResourceFactory.of(server).newResource(root));
    files.setEtags(true);
    files.setCacheControl("public, max-age=" + FRESH.toSeconds());
    server.setHandler(new Tagged(files));
    Threads.start(server);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + connector.getLocalPort());
  }

  /** Adds the surrogate keys. */
  private static final class Tagged extends Handler.Wrapper {
    Tagged(Handler files) {
      super(files);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      List<String> keys = keys(Request.getPathInContext(request));
      if (!keys.isEmpty()) {
        response.getHeaders().put("Surrogate-Key", String.join(" ", keys));
      }
      return super.handle(request, response, callback);
    }

    private static List<String> keys(String path) {
      List<String> keys = new ArrayList<>();
      int slash = path.indexOf('/', 1);
      if (slash > 0) {
        keys.add("dir:" + path.substring(1, slash));
      }
      String name = path.substring(path.lastIndexOf('/') + 1);
      int dot = name.lastIndexOf('.');
      if (dot >= 0 && dot < name.length() - 1) {
        keys.add("ext:" + name.substring(dot + 1).toLowerCase(Locale.ROOT));
      }
      return keys;
    }
  }

  @Override
  public void close() {
    Threads.stop(server);
  }
}
