package io.terrace.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.servers.DynamoDbServer;
import io.terrace.servers.FaultyProxy;
import io.terrace.servers.RedisServer;
import io.terrace.servers.S3Server;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.configuration.MutableConfiguration;

/**
 * Servers of Redis, DynamoDB and S3, and processes that share them, each by ways of its own that
 * may fail. Not thread safe.
 */
final class FourTiersFixture implements AutoCloseable {
  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  final RedisServer redis = RedisServer.builder().persistent().start();
  final DynamoDbServer dynamoDb = DynamoDbServer.start();
  final S3Server s3 = S3Server.start();
  private final Path root;
  private final Duration commandTimeout;
  private final List<Way> ways = new ArrayList<>();
  private final List<FourTiersNode<?>> nodes = new ArrayList<>();
  private String namespace = "";

  /** The network of one process. */
  record Way(FaultyProxy redis, FaultyProxy dynamoDb) {}

  /**
   * @param root for the disks of processes
   * @param commandTimeout of Redis
   */
  FourTiersFixture(Path root, Duration commandTimeout) {
    this.root = root;
    this.commandTimeout = commandTimeout;
  }

  /** Begins with an empty cache. */
  void begin() {
    namespace = "four-tiers-" + NAMESPACES.incrementAndGet();
  }

  String namespace() {
    return namespace;
  }

  FourTiersNode<String> node(String tiers) {
    return node(tiers, FourTiersNode.PATIENT, CacheFixture.of(String.class, String.class));
  }

  <V> FourTiersNode<V> node(
      String tiers, CoherenceSettings coherence, MutableConfiguration<String, V> standard) {
    FourTiersNode<V> node =
        new FourTiersNode<>(
            tiers,
            servers(way(nodes.size()), REQUEST_TIMEOUT),
            namespace,
            root.resolve(namespace + "-" + nodes.size()),
            coherence,
            standard.setStatisticsEnabled(true));
    nodes.add(node);
    return node;
  }

  /** The way of a process to the servers, by its number among those of a test. */
  Way way(int node) {
    while (ways.size() <= node) {
      FaultyProxy toRedis = FaultyProxy.to(redis);
      ways.add(new Way(toRedis, FaultyProxy.to("127.0.0.1", dynamoDb.port())));
    }
    return ways.get(node);
  }

  FourTiersNode.Servers servers(Way way, Duration requestTimeout) {
    return new FourTiersNode.Servers(
        way.redis().uri(),
        URI.create("http://127.0.0.1:" + way.dynamoDb().port()),
        s3.endpoint(),
        dynamoDb.accessKey(),
        dynamoDb.secretKey(),
        commandTimeout,
        requestTimeout);
  }

  /** Closes the processes, and checks that nothing is left of them; all servers are up again. */
  void end() throws Exception {
    nodes.forEach(FourTiersNode::close);
    nodes.clear();
    CacheFixture.await(() -> RedisNode.threads().isEmpty());
    for (Way way : ways) {
      way.redis().resume();
      way.dynamoDb().resume();
      CacheFixture.await(() -> way.redis().openConnections() == 0);
      CacheFixture.await(() -> way.dynamoDb().openConnections() == 0);
    }
    assertThat(redis.isRunning() && dynamoDb.isRunning()).isTrue();
    CacheFixture.await(
        () -> String.valueOf(redis.command("CLIENT", "LIST")).lines().count() == 1); // its own
  }

  @Override
  public void close() {
    for (Way way : ways) {
      way.redis().close();
      way.dynamoDb().close();
    }
    redis.close();
    dynamoDb.close();
    s3.close();
  }
}
