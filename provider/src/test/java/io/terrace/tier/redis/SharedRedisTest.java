package io.terrace.tier.redis;

import io.terrace.servers.RedisServer;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.SharedTierContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class SharedRedisTest extends SharedTierContract {
  private static RedisServer server;
  private final RedisSetup setup = RedisSetup.on(server).partitions(16);

  @BeforeAll
  static void startServer() {
    server = RedisServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Override
  protected CoherentTier open() {
    return setup.open();
  }

  @Override
  protected CoherentTier openWithShortLog() {
    return RedisSetup.on(server).logSteps(10).open();
  }

  @Override
  protected void loseEverything() {
    server.command("FLUSHALL");
  }
}
