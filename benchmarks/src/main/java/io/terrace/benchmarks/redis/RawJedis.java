package io.terrace.benchmarks.redis;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.RedisClient;

/** The bytes of a body under a key, with nothing beside them. */
final class RawJedis implements RedisSubject {
  private final RedisClient client;
  private final byte[][] keys;

  RawJedis(URI redis, int connections, int entries) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(connections);
    pool.setMaxIdle(connections);
    client =
        RedisClient.builder()
            .hostAndPort(redis.getHost(), redis.getPort())
            .poolConfig(pool)
            .build();
    keys = new byte[entries][];
    for (int i = 0; i < entries; i++) {
      keys[i] = ("raw:key-" + i).getBytes(StandardCharsets.US_ASCII);
    }
  }

  @Override
  public byte @Nullable [] get(int number) {
    return client.get(keys[number]);
  }

  @Override
  public void put(int number, byte[] body) {
    client.set(keys[number], body);
  }

  @Override
  public Object getAll(int[] numbers) {
    byte[][] wanted = new byte[numbers.length][];
    for (int i = 0; i < numbers.length; i++) {
      wanted[i] = keys[numbers[i]];
    }
    return client.mget(wanted);
  }

  @Override
  public void close() {
    client.close();
  }
}
