package io.terrace.jcache;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between clients and a Redis, passes everything on, and measures each command on its way:
 * an array of byte strings, as clients send it. Thread safe.
 */
final class CommandMeter implements AutoCloseable {
  private final URI server;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong longestBytes = new AtomicLong();
  private final AtomicLong allBytes = new AtomicLong();

  CommandMeter(URI server) throws IOException {
    this.server = server;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  /** Where clients connect to. */
  URI uri() {
    return URI.create("redis://127.0.0.1:" + listener.getLocalPort());
  }

  /** The length of the longest command until now, as it is on the wire. */
  long longestBytes() {
    return longestBytes.get();
  }

  /** The length of all commands until now. */
  long allBytes() {
    return allBytes.get();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // one of the two sides is gone
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = opened(listener.accept());
      Socket redis = opened(new Socket(server.getHost(), server.getPort()));
      daemon(() -> passOn(client, redis));
      daemon(
          () -> {
            try (client;
                redis) {
              redis.getInputStream().transferTo(client.getOutputStream());
            }
          });
    }
  }

  private Socket opened(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return socket;
  }

  private void passOn(Socket client, Socket redis) throws IOException {
    try (client;
        redis) {
      InputStream in = new BufferedInputStream(client.getInputStream(), 64 << 10);
      OutputStream out = new BufferedOutputStream(redis.getOutputStream(), 64 << 10);
      byte[] buffer = new byte[64 << 10];
      while (true) {
        long bytes = command(in, out, buffer);
        longestBytes.accumulateAndGet(bytes, Math::max);
        allBytes.addAndGet(bytes);
        if (in.available() == 0) {
          out.flush();
        }
      }
    }
  }

  /** Passes a command on, and returns its length. */
  private static long command(InputStream in, OutputStream out, byte[] buffer) throws IOException {
    String head = line(in, out);
    if (!head.startsWith("*")) {
      throw new IOException("no command: " + head);
    }
    long bytes = head.length() + 2L;
    for (int i = Integer.parseInt(head.substring(1)); i > 0; i--) {
      String length = line(in, out);
      int left = Integer.parseInt(length.substring(1)) + 2;
      bytes += length.length() + 2L + left;
      while (left > 0) {
        int count = in.readNBytes(buffer, 0, Math.min(left, buffer.length));
        if (count == 0) {
          throw new IOException("a command ends early");
        }
        out.write(buffer, 0, count);
        left -= count;
      }
    }
    return bytes;
  }

  private static String line(InputStream in, OutputStream out) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the client is gone");
      }
      line.append((char) next);
    }
    line.setLength(line.length() - 1);
    out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
