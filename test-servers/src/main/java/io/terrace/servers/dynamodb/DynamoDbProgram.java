package io.terrace.servers.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** The process: it listens on 127.0.0.1 and keeps its tables in a journal. */
public final class DynamoDbProgram {
  /** What the process prints once it listens. */
  public static final String READY = "Listening";

  private static final String TARGET_PREFIX = "DynamoDB_20120810.";

  private final Service service;
  private final String accessKey;

  private DynamoDbProgram(Service service, String accessKey) {
    this.service = service;
    this.accessKey = accessKey;
  }

  /**
   * Runs until it is killed.
   *
   * @param args the port, the file of the journal, and the access key that clients have to have
   * @throws IOException if it cannot listen, or cannot read or write the journal
   */
  public static void main(String[] args) throws IOException {
    Database database = Database.open(Path.of(args[1]));
    DynamoDbProgram program = new DynamoDbProgram(new Service(database), args[2]);
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
    HttpServer server = HttpServer.create(address, 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", program::answer);
    server.start();
    System.out.println(READY + " on " + server.getAddress());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      int status = 200;
      Map<String, Object> response;
      try {
        response = response(exchange);
      } catch (ServiceException e) {
        status = 400;
        response = e.toJson();
      } catch (RuntimeException e) {
        e.printStackTrace();
        status = 500;
        response = new ServiceException("InternalServerError", e.toString()).toJson();
      }
      send(exchange, status, Json.print(response).getBytes(UTF_8));
    }
  }

  private Map<String, Object> response(HttpExchange exchange) throws IOException {
    String json = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    @Nullable String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    if (target == null || !target.startsWith(TARGET_PREFIX)) {
      throw new ServiceException("UnknownOperationException", "No X-Amz-Target: " + target);
    }
    @Nullable String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization == null || !authorization.contains("Credential=" + accessKey + "/")) {
      throw new ServiceException(
          "UnrecognizedClientException", "The security token included in the request is invalid.");
    }
    return service.run(target.substring(TARGET_PREFIX.length()), json);
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(body);
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
    exchange.getResponseHeaders().set("x-amzn-RequestId", UUID.randomUUID().toString());
    exchange.getResponseHeaders().set("x-amz-crc32", Long.toString(checksum.getValue()));
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
