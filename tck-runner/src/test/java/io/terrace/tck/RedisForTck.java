package io.terrace.tck;

import io.terrace.servers.RedisCluster;
import io.terrace.servers.RedisServer;
import java.net.URI;
import java.util.stream.Collectors;
import org.junit.runner.Result;
import org.junit.runner.notification.RunListener;

/**
 * Starts the Redis of a run before its first test, and tells its URI in a property: one server, or
 * with {@code -Dtck.redis=cluster} a cluster of three.
 */
public final class RedisForTck extends RunListener {
  private static final String URI_PROPERTY = "io.terrace.tck.redis";

  private final AutoCloseable servers;

  public RedisForTck() {
    if (System.getProperty("terrace.tck.redis", "server").equals("cluster")) {
      RedisCluster cluster = RedisCluster.start(3);
      servers = cluster;
      System.setProperty(URI_PROPERTY, uri(cluster));
    } else {
      RedisServer server = RedisServer.start();
      servers = server;
      System.setProperty(URI_PROPERTY, server.uri().toString());
    }
  }

  private static String uri(RedisCluster cluster) {
    return cluster.uris().stream()
        .map(URI::getAuthority)
        .collect(Collectors.joining(",", "redis-cluster://", ""));
  }

  @Override
  public void testRunFinished(Result result) throws Exception {
    servers.close();
  }
}
