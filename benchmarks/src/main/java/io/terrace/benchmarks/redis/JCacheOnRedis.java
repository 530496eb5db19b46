package io.terrace.benchmarks.redis;

import io.terrace.benchmarks.TerraceManagers;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.codec.CompositeCodec;
import org.redisson.config.Config;
import org.redisson.jcache.configuration.RedissonConfiguration;

/** A JCache that keeps its entries in Redis. */
final class JCacheOnRedis implements RedisSubject {
  private static final String CACHE = "benchmark";

  private final CacheManager manager;
  private final Cache<String, byte[]> cache;
  private final Runnable shutdown;
  private final String[] keys;

  private JCacheOnRedis(
      CacheManager manager,
      Configuration<String, byte[]> configuration,
      Runnable shutdown,
      int entries) {
    this.manager = manager;
    this.shutdown = shutdown;
    cache = manager.createCache(CACHE, configuration);
    keys = new String[entries];
    for (int i = 0; i < entries; i++) {
      keys[i] = "key-" + i;
    }
  }

  static JCacheOnRedis terrace(URI redis, int connections, int entries) {
    return new JCacheOnRedis(
        TerraceManagers.redisOnly(redis, connections), types(), () -> {}, entries);
  }

  /** With codecs that add nothing to the bytes. */
  static JCacheOnRedis redisson(URI redis, int connections, int entries) {
    Config config = new Config();
    config
        .setCodec(
            new CompositeCodec(
                StringCodec.INSTANCE, ByteArrayCodec.INSTANCE, ByteArrayCodec.INSTANCE))
        .useSingleServer()
        .setAddress(redis.toString())
        .setConnectionPoolSize(connections)
        .setConnectionMinimumIdleSize(connections);
    RedissonClient client = Redisson.create(config);
    return new JCacheOnRedis(
        Caching.getCachingProvider("org.redisson.jcache.JCachingProvider").getCacheManager(),
        RedissonConfiguration.fromInstance(client, types()),
        client::shutdown,
        entries);
  }

  private static MutableConfiguration<String, byte[]> types() {
    return new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class);
  }

  @Override
  public byte @Nullable [] get(int number) {
    return cache.get(keys[number]);
  }

  @Override
  public void put(int number, byte[] body) {
    cache.put(keys[number], body);
  }

  @Override
  public Object getAll(int[] numbers) {
    Set<String> wanted = new HashSet<>(2 * numbers.length);
    for (int number : numbers) {
      wanted.add(keys[number]);
    }
    return cache.getAll(wanted);
  }

  @Override
  public void close() {
    manager.getCachingProvider().close();
    shutdown.run();
  }
}
