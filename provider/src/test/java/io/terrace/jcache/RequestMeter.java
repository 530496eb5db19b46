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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between clients and a server of DynamoDB's or S3's protocol, passes everything on, and
 * counts the requests by what they ask for, but for those of the control items. Thread safe.
 */
final class RequestMeter implements AutoCloseable {
  /** In what a process asks once a second at most, whatever it does, and in nothing else. */
  private static final List<String> OF_CONTROL =
      List.of("\"ProjectionExpression\":\"#c, #n\"", "begins_with");

  private static final String TARGET = "x-amz-target: dynamodb_20120810.";

  private final URI server;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> counts = new TreeMap<>();

  RequestMeter(URI server) throws IOException {
    this.server = server;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  /** Where clients connect to. */
  URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** What was asked for since the last time, and how often. */
  synchronized Map<String, Integer> take() {
    Map<String, Integer> taken = new TreeMap<>(counts);
    counts.clear();
    return taken;
  }

  private synchronized void count(String head, String body) {
    if (OF_CONTROL.stream().noneMatch(body::contains)) {
      counts.merge(operation(head), 1, Integer::sum);
    }
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
      Socket target = opened(new Socket(server.getHost(), server.getPort()));
      daemon(() -> passOn(client, target));
      daemon(
          () -> {
            try (client;
                target) {
              target.getInputStream().transferTo(client.getOutputStream());
            }
          });
    }
  }

  private Socket opened(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return socket;
  }

  private void passOn(Socket client, Socket target) throws IOException {
    try (client;
        target) {
      InputStream in = new BufferedInputStream(client.getInputStream(), 64 << 10);
      OutputStream out = new BufferedOutputStream(target.getOutputStream(), 64 << 10);
      while (true) {
        passOn(head(in), in, out);
      }
    }
  }

  /** Passes a request on; it is counted before its last byte is out, and so before its answer. */
  private void passOn(String head, InputStream in, OutputStream out) throws IOException {
    long left = length(head);
    if (left == 0) {
      count(head, "");
    }
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    out.flush(); // the client may wait for leave to go on
    byte[] buffer = new byte[64 << 10];
    StringBuilder beginning = new StringBuilder();
    while (left > 0) {
      int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (count < 0) {
        throw new IOException("a request ends early");
      }
      if (beginning.length() < buffer.length) {
        beginning.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
      }
      left -= count;
      if (left == 0) {
        count(head, beginning.toString());
      }
      out.write(buffer, 0, count);
    }
    out.flush();
  }

  /** The lines of a request before its body, with the empty one. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the client is gone");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static long length(String head) {
    String name = "\r\ncontent-length:";
    int at = head.toLowerCase(Locale.ROOT).indexOf(name);
    if (at < 0) {
      return 0;
    }
    int from = at + name.length();
    return Long.parseLong(head.substring(from, head.indexOf("\r\n", from)).trim());
  }

  private static String operation(String head) {
    int target = head.toLowerCase(Locale.ROOT).indexOf(TARGET);
    if (target >= 0) {
      int from = target + TARGET.length();
      return head.substring(from, head.indexOf("\r\n", from));
    }
    String request = head.substring(0, head.indexOf(" HTTP/"));
    String method = request.substring(0, request.indexOf(' '));
    String query = request.contains("?") ? request.substring(request.indexOf('?')) : "";
    return switch (method) {
      case "GET" -> "GetObject";
      case "PUT" -> query.contains("partNumber=") ? "UploadPart" : "PutObject";
      case "POST" -> post(query);
      default -> method;
    };
  }

  private static String post(String query) {
    if (query.startsWith("?delete")) {
      return "DeleteObjects";
    }
    return query.startsWith("?uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
