package io.terrace.tier.redis;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.util.RedisInputStream;

/**
 * A server that answers as a real one never would. Commands of a connection are answered one after
 * the other, in a thread of its own.
 */
final class OddServer implements Closeable {
  /** So little that a command of some megabytes does not fit, if nobody reads it. */
  private static final int RECEIVE_BYTES = 64 << 10;

  /** Answers a command. */
  interface Answers {
    /**
     * @param name of the command, such as {@code GET}
     * @param out flushed after it; fails once the client has gone
     */
    void to(String name, OutputStream out) throws IOException, InterruptedException;
  }

  private final ServerSocket listener;
  private final Answers answers;
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();

  private OddServer(Answers answers) throws IOException {
    this.answers = answers;
    listener = new ServerSocket();
    listener.setReceiveBufferSize(RECEIVE_BYTES);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  static OddServer start(Answers answers) {
    try {
      OddServer server = new OddServer(answers);
      daemon(server::accept).start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers as {@code answers} says, but as a real server to what opens a connection. */
  static OddServer startFriendly(Answers answers) {
    return start(
        (name, out) -> {
          if (name.equals("CLIENT")) {
            write(out, "+OK\r\n");
          } else {
            answers.to(name, out);
          }
        });
  }

  static void write(OutputStream out, String reply) throws IOException {
    out.write(Requests.bytes(reply));
  }

  /** Writes a beginning, and then a digit at a time, each soon enough for a time-out of its own. */
  static void trickle(OutputStream out, String beginning) throws IOException, InterruptedException {
    write(out, beginning);
    out.flush();
    long pauseMillis = Requests.TIMEOUT.toMillis() / 4;
    for (int i = 0; i < 80; i++) {
      Thread.sleep(pauseMillis);
      write(out, "0");
      out.flush();
    }
  }

  HostAndPort address() {
    return new HostAndPort("127.0.0.1", listener.getLocalPort());
  }

  String uri() {
    return "redis://" + address();
  }

  /** The connections until now. */
  int accepted() {
    return accepted.get();
  }

  /** The connections that are open. */
  int clients() {
    return clients.size();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "odd-server");
    thread.setDaemon(true);
    return thread;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        accepted.incrementAndGet();
        clients.add(client);
        daemon(() -> serve(client)).start();
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client) {
    try (client) {
      RedisInputStream in = new RedisInputStream(client.getInputStream());
      OutputStream out = new BufferedOutputStream(client.getOutputStream());
      while (Replies.read(in) instanceof List<?> command && command.get(0) instanceof byte[] name) {
        answers.to(String.valueOf(Requests.readable(name)), out);
        out.flush();
      }
    } catch (IOException | JedisConnectionException | InterruptedException e) {
      // one of the two has gone
    } finally {
      clients.remove(client);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
