package io.terrace.jcache;

import io.terrace.servers.RedisServer;
import java.net.URI;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.configuration.CompleteConfiguration;

/**
 * Caches of one name in managers of their own, which share a real Redis as processes do. Heartbeats
 * are so rare that what is counted is the operations' own.
 */
final class RedisNodes implements AutoCloseable {
  private static final Pattern STATISTIC = Pattern.compile("cmdstat_([a-z|]+):calls=(\\d+)");
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final RedisServer server;
  private final TerraceCachingProvider provider = new TerraceCachingProvider();
  private final String namespace = "nodes-" + NAMESPACES.incrementAndGet();
  private int nodes;

  RedisNodes(RedisServer server) {
    this.server = server;
  }

  /** The cache in one process more, on a heap and Redis, after its first heartbeat. */
  <K, V> TerraceCache<K, V> node(CompleteConfiguration<K, V> configuration) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("terrace.defaults.tiers", "heap,redis");
    properties.setProperty("terrace.defaults.redis.uri", server.uri().toString());
    properties.setProperty("terrace.defaults.redis.namespace", namespace);
    properties.setProperty("terrace.defaults.coherence.heartbeat", "30s");
    properties.setProperty("terrace.defaults.coherence.lease", "300s");
    URI uri = URI.create("test:node-" + ++nodes);
    Cache<K, V> cache =
        provider
            .getCacheManager(uri, getClass().getClassLoader(), properties)
            .createCache("test", configuration);
    TerraceCache<K, V> node = cache.unwrap(TerraceCache.class);
    CacheFixture.await(() -> node.coherenceStatistics().distrusted() > 0); // the first heartbeat
    return node;
  }

  /** Begins to count commands anew. */
  void forget() {
    server.command("CONFIG", "RESETSTAT");
  }

  /** How often each command ran since {@link #forget}, by scripts too. */
  Map<String, Integer> calls() {
    Matcher each = STATISTIC.matcher(String.valueOf(server.command("INFO", "commandstats")));
    Map<String, Integer> calls = new TreeMap<>();
    while (each.find()) {
      calls.put(each.group(1), Integer.valueOf(each.group(2)));
    }
    return calls;
  }

  @Override
  public void close() {
    provider.close();
  }
}
