package io.terrace.examples.edge;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The proxy as a server: its port, its threads and what it bounds. */
final class EdgeServer implements AutoCloseable {
  private static final int MAX_THREADS = 256;
  private static final int MAX_REQUEST_HEADER_BYTES = 16 << 10;
  private static final int MAX_RESPONSE_HEADER_BYTES = 64 << 10;
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);

  private final Server server;
  private final ServerConnector connector;
  private final ExecutorService downloads;
  private final Traffic traffic = new Traffic();

  /**
   * Starts to listen on this machine's loopback address.
   *
   * @param port 0 for any that is free
   * @throws IOException if the port cannot be had
   */
  EdgeServer(int port, ResponseCache cache, Origin origin) throws IOException {
    this.downloads =
        new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), Threads::daemon);
    Proxy proxy = new Proxy(cache, origin, downloads);
    this.server = new Server(Threads.pool("edge", MAX_THREADS));
    this.connector = connector(port);
    server.addConnector(connector);
    server.setHandler(new EdgeHandler(proxy, new Purging(cache), traffic));
    Threads.start(server);
  }

  private ServerConnector connector(int port) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false); // the origin's goes on
    http.setRequestHeaderSize(MAX_REQUEST_HEADER_BYTES);
    http.setResponseHeaderSize(MAX_RESPONSE_HEADER_BYTES);
    ServerConnector listening = new ServerConnector(server, new HttpConnectionFactory(http));
    listening.setHost("127.0.0.1");
    listening.setPort(port);
    listening.setIdleTimeout(IDLE_TIMEOUT.toMillis()); // of a client that takes nothing, too
    return listening;
  }

  int port() {
    return connector.getLocalPort();
  }

  Traffic traffic() {
    return traffic;
  }

  /** Ends all connections and downloads. */
  @Override
  public void close() {
    Threads.stop(server);
    downloads.shutdownNow();
    try {
      boolean unused = downloads.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
