package io.terrace.servers;

import io.terrace.servers.dynamodb.DynamoDbProgram;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;

/**
 * The part of DynamoDB that a cache needs, as a child process: tables of one primary key, reads,
 * conditional writes, batches, pages and transactions, with the limits of the service. An
 * acknowledged write survives {@link #kill()}. What it does not know it refuses; it takes names in
 * expressions as {@code #name} only, and deletes nothing that has expired, which the service is
 * free not to do for days. There is no throttling, and each read is consistent. Thread safe.
 */
public final class DynamoDbServer extends AwsServer {
  private DynamoDbServer() {
    super("dynamodb");
  }

  /**
   * Starts a server without tables on a free port.
   *
   * @throws IllegalStateException if it does not come up, with the end of its log
   */
  public static DynamoDbServer start() {
    return started(DynamoDbServer::new);
  }

  @Override
  List<String> program() {
    return List.of(
        // Otherwise an answer waits 40 ms for the client's acknowledgement of its header.
        "-Dsun.net.httpserver.nodelay=true",
        "-cp",
        classPath(),
        DynamoDbProgram.class.getName(),
        Integer.toString(port()),
        directory().resolve("journal").toString(),
        accessKey());
  }

  @Override
  String readyMark() {
    return DynamoDbProgram.READY;
  }

  private static String classPath() {
    try {
      return Path.of(
              DynamoDbProgram.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("No path to the classes of the server", e);
    }
  }
}
