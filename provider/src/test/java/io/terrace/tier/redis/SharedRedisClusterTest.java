package io.terrace.tier.redis;

import io.terrace.servers.RedisCluster;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.SharedTierContract;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The same on three servers, each of which has some of the partitions. */
class SharedRedisClusterTest extends SharedTierContract {
  private static RedisCluster cluster;
  private final RedisSetup setup = RedisSetup.on(uri()).partitions(16);

  @BeforeAll
  static void startServers() {
    cluster = RedisCluster.start(3);
  }

  @AfterAll
  static void stopServers() {
    cluster.close();
  }

  private static String uri() {
    URI first = cluster.uris().get(0);
    return "redis-cluster://" + first.getHost() + ":" + first.getPort();
  }

  @Override
  protected CoherentTier open() {
    return setup.open();
  }

  @Override
  protected CoherentTier openWithShortLog() {
    return RedisSetup.on(uri()).logSteps(10).open();
  }

  @Override
  protected void loseEverything() {
    cluster.nodes().forEach(node -> node.command("FLUSHALL"));
  }
}
