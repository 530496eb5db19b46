package io.terrace.tck;

import io.terrace.servers.DynamoDbServer;
import org.junit.runner.Result;
import org.junit.runner.notification.RunListener;

/** Starts the DynamoDB of a run before its first test, and tells where it is in properties. */
public final class DynamoDbForTck extends RunListener {
  private final DynamoDbServer server = DynamoDbServer.start();

  public DynamoDbForTck() {
    System.setProperty("io.terrace.tck.dynamodb", server.endpoint().toString());
    System.setProperty("io.terrace.tck.access-key", server.accessKey());
    System.setProperty("io.terrace.tck.secret-key", server.secretKey());
  }

  @Override
  public void testRunFinished(Result result) {
    server.close();
  }
}
