package io.terrace.tck;

import io.terrace.servers.RedisServer;
import org.junit.runner.Description;
import org.junit.runner.Result;
import org.junit.runner.notification.RunListener;

/** Starts the Redis server of a run before its first test, and tells its URI in a property. */
public final class RedisForTck extends RunListener {
  private static final String PROPERTY = "io.terrace.tck.redis";

  private final RedisServer server = RedisServer.start();

  public RedisForTck() {
    System.setProperty(PROPERTY, server.uri().toString());
  }

  @Override
  public void testRunStarted(Description description) {
    System.setProperty(PROPERTY, server.uri().toString());
  }

  @Override
  public void testRunFinished(Result result) {
    server.close();
  }
}
