package io.terrace.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A TCP proxy on 127.0.0.1 that is a bad network: it can hold back what it is sent, delay it, cut
 * connections and turn new ones away. It never loses, reorders or changes bytes of a connection
 * that lives, as TCP does not. Thread safe; all methods return at once.
 *
 * <p>Each connection has a reader and a writer for each direction, with a bounded queue between
 * them, so that a delay applies to every byte and not to the rate.
 */
public final class FaultyProxy implements AutoCloseable {
  /** Which way bytes go. */
  public enum Direction {
    TO_SERVER,
    TO_CLIENT,
    BOTH
  }

  private static final int CONNECT_MILLIS = 5_000;
  private static final int CHUNK_BYTES = 16 << 10;
  private static final int QUEUE_CHUNKS = 64;

  private enum Kind {
    BYTES,
    END,
    RESET
  }

  /** What was read at once, or how the reading ended. */
  private static final class Chunk {
    final Kind kind;
    final byte[] content;
    final long dueNanos;

    Chunk(Kind kind, byte[] content, long dueNanos) {
      this.kind = kind;
      this.content = content;
      this.dueNanos = dueNanos;
    }
  }

  private final InetSocketAddress server;
  private final ServerSocket listener;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong accepted = new AtomicLong();
  private final Thread acceptor;
  private final AtomicLongArray bytes = new AtomicLongArray(2);

  /** Guards {@link #stalled}, and is notified of every change to it. */
  private final Object gate = new Object();

  private final boolean[] stalled = new boolean[2];
  private volatile boolean rejecting;
  private volatile long delayNanos;

  private FaultyProxy(InetSocketAddress server) throws IOException {
    this.server = server;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    acceptor = daemon(this::accept, "accept");
    acceptor.start();
  }

  /** Starts a proxy before a server, which need not be there yet. */
  public static FaultyProxy to(String host, int port) {
    try {
      return new FaultyProxy(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start a proxy", e);
    }
  }

  /** Starts a proxy before a server's port without TLS. */
  public static FaultyProxy to(RedisServer server) {
    return to(server.host(), server.port());
  }

  /** The address on which it listens, {@code 127.0.0.1}. */
  public String host() {
    return "127.0.0.1";
  }

  /** The port on which it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** {@code redis://127.0.0.1:port}. */
  public URI uri() {
    return URI.create("redis://127.0.0.1:" + port());
  }

  /**
   * Holds back all bytes of a direction, and the ends of connections too, until {@link #resume()}:
   * what dropped packets and half-open connections look like. New connections are accepted.
   */
  public void stall(Direction direction) {
    synchronized (gate) {
      stalled[0] |= direction != Direction.TO_CLIENT;
      stalled[1] |= direction != Direction.TO_SERVER;
    }
  }

  /** Ends {@link #stall} and {@link #reject}: what was held back goes on. A delay stays. */
  public void resume() {
    rejecting = false;
    synchronized (gate) {
      stalled[0] = false;
      stalled[1] = false;
      gate.notifyAll();
    }
  }

  /** Delays what is sent from now on, in each direction; zero ends it. */
  public void delay(Duration delay) {
    delayNanos = delay.toNanos();
  }

  /** Cuts the connections that were accepted so far, by RST to both sides. */
  public void dropConnections() {
    links.forEach(Link::reset);
  }

  /** Cuts each new connection as soon as it is accepted, until {@link #resume()}. */
  public void reject() {
    rejecting = true;
  }

  /** The connections that are open. */
  public int openConnections() {
    return links.size();
  }

  /** The connections that were accepted so far, those that were cut at once too. */
  public long acceptedConnections() {
    return accepted.get();
  }

  /** The bytes that were passed on to the server. */
  public long bytesToServer() {
    return bytes.get(0);
  }

  /** The bytes that were passed on to clients. */
  public long bytesToClient() {
    return bytes.get(1);
  }

  /** Cuts all connections and listens no more. */
  @Override
  public void close() {
    closeQuietly(listener);
    try {
      acceptor.join(); // as long as it is in its call, the system goes on to accept
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    dropConnections();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        accepted.incrementAndGet();
        open(client);
      } catch (IOException e) {
        // The listener was closed, or this one client went away.
      }
    }
  }

  private void open(Socket client) throws IOException {
    Socket upstream = new Socket();
    Link link = new Link(client, upstream);
    if (rejecting) {
      link.reset();
      return;
    }
    try {
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
      upstream.connect(server, CONNECT_MILLIS);
    } catch (IOException e) {
      link.reset();
      throw e;
    }
    links.add(link);
    link.start();
    if (listener.isClosed()) {
      link.reset();
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, "faulty-proxy-" + name);
    thread.setDaemon(true);
    return thread;
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // It is of no more use either way.
    }
  }

  /** One client's connection and the one to the server that belongs to it. */
  private final class Link {
    private final Socket client;
    private final Socket upstream;
    private final Pump toServer;
    private final Pump toClient;

    Link(Socket client, Socket upstream) {
      this.client = client;
      this.upstream = upstream;
      this.toServer = new Pump(this, 0, client, upstream);
      this.toClient = new Pump(this, 1, upstream, client);
    }

    void start() {
      toServer.start();
      toClient.start();
    }

    void reset() {
      try {
        client.setSoLinger(true, 0);
        upstream.setSoLinger(true, 0);
      } catch (IOException e) {
        // One of them is closed; the other is closed below.
      }
      close();
    }

    void close() {
      closeQuietly(client);
      closeQuietly(upstream);
      links.remove(this);
      toServer.interrupt();
      toClient.interrupt();
    }

    void closeIfBothEnded() {
      if (toServer.ended && toClient.ended) {
        close();
      }
    }
  }

  /** One direction of a connection. */
  private final class Pump {
    private final Link link;
    private final int direction;
    private final Socket source;
    private final Socket sink;
    private final BlockingQueue<Chunk> queue = new ArrayBlockingQueue<>(QUEUE_CHUNKS);
    private final Thread reader = daemon(this::read, "reader");
    private final Thread writer = daemon(this::write, "writer");
    private volatile boolean ended;

    Pump(Link link, int direction, Socket source, Socket sink) {
      this.link = link;
      this.direction = direction;
      this.source = source;
      this.sink = sink;
    }

    void start() {
      reader.start();
      writer.start();
    }

    void interrupt() {
      reader.interrupt();
      writer.interrupt();
    }

    private void read() {
      try {
        enqueue(readToTheEnd(), new byte[0]);
      } catch (InterruptedException e) {
        // The link is closed.
      }
    }

    private Kind readToTheEnd() throws InterruptedException {
      try {
        InputStream in = source.getInputStream();
        byte[] buffer = new byte[CHUNK_BYTES];
        while (true) {
          int n = in.read(buffer);
          if (n < 0) {
            return Kind.END;
          }
          enqueue(Kind.BYTES, Arrays.copyOf(buffer, n));
        }
      } catch (IOException e) {
        return Kind.RESET;
      }
    }

    private void enqueue(Kind kind, byte[] content) throws InterruptedException {
      queue.put(new Chunk(kind, content, System.nanoTime() + delayNanos));
    }

    private void write() {
      try {
        Kind last = writeToTheEnd();
        if (last == Kind.RESET) {
          link.reset();
        } else {
          sink.shutdownOutput();
          ended = true;
          link.closeIfBothEnded();
        }
      } catch (IOException e) {
        link.reset();
      } catch (InterruptedException e) {
        // The link is closed.
      }
    }

    private Kind writeToTheEnd() throws IOException, InterruptedException {
      OutputStream out = sink.getOutputStream();
      Chunk chunk = next();
      for (; chunk.kind == Kind.BYTES; chunk = next()) {
        // Counted first: who has the bytes finds them counted.
        bytes.addAndGet(direction, chunk.content.length);
        out.write(chunk.content);
      }
      return chunk.kind;
    }

    /** The next chunk, once it is due and the direction is open. */
    private Chunk next() throws InterruptedException {
      Chunk chunk = queue.take();
      TimeUnit.NANOSECONDS.sleep(chunk.dueNanos - System.nanoTime());
      synchronized (gate) {
        while (stalled[direction]) {
          gate.wait();
        }
      }
      return chunk;
    }
  }
}
