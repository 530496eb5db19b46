package io.terrace.tier.redis;

import io.terrace.InvalidSettingException;
import io.terrace.RedisSettings;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.providers.PooledConnectionProvider;

/** A link to one server through a pool of connections. */
final class RedisLink implements Link {
  private final HostAndPort server;
  private final JedisClientConfig config;
  private final PooledConnectionProvider provider;

  RedisLink(RedisSettings settings) {
    URI uri = URI.create(settings.uri());
    if (!"redis".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new InvalidSettingException("redis.uri", "must be such as redis://host:6379");
    }
    server = new HostAndPort(uri.getHost(), uri.getPort() < 0 ? 6379 : uri.getPort());
    config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis((int) settings.connectTimeout().toMillis())
            .socketTimeoutMillis((int) settings.commandTimeout().toMillis())
            .user(settings.user())
            .password(settings.password())
            .resp2()
            .build();
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(settings.connections());
    pool.setMaxIdle(settings.connections());
    pool.setMaxWait(settings.commandTimeout());
    provider = new PooledConnectionProvider(server, config, pool);
  }

  @Override
  public @Nullable Object call(Request request) throws IOException {
    try (Connection connection = provider.getConnection()) {
      return call(connection, request);
    } catch (JedisException e) {
      throw translated(e);
    }
  }

  private static @Nullable Object call(Connection connection, Request request) {
    Script script = request.script();
    byte[][] arguments = request.arguments();
    if (script == null) {
      connection.sendCommand(() -> arguments[0], rest(arguments));
      return connection.getOne();
    }
    connection.sendCommand(Command.EVALSHA, with(script.digest(), arguments));
    try {
      return connection.getOne();
    } catch (JedisNoScriptException e) {
      connection.sendCommand(Command.EVAL, with(script.text(), arguments));
      return connection.getOne();
    }
  }

  private static byte[][] rest(byte[][] arguments) {
    byte[][] rest = new byte[arguments.length - 1][];
    System.arraycopy(arguments, 1, rest, 0, rest.length);
    return rest;
  }

  private static byte[][] with(byte[] first, byte[][] arguments) {
    byte[][] all = new byte[arguments.length + 1][];
    all[0] = first;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  private static IOException translated(JedisException e) {
    if (e.getCause() instanceof SocketTimeoutException) {
      SocketTimeoutException timeout = new SocketTimeoutException("Redis did not answer in time");
      timeout.initCause(e);
      return timeout;
    }
    return new IOException("Redis: " + e.getMessage(), e);
  }

  @Override
  public List<@Nullable Object> callAll(List<Request> requests) {
    List<@Nullable Object> replies = new ArrayList<>(requests.size());
    for (Request request : requests) {
      try {
        replies.add(call(request));
      } catch (IOException e) {
        replies.add(e);
      }
    }
    return Collections.unmodifiableList(replies);
  }

  @Override
  public Closeable subscribe(byte[] channel, Messages messages) {
    Subscription subscription = new Subscription(channel, messages);
    subscription.start();
    return subscription;
  }

  @Override
  public List<String> servers() {
    return List.of(server.toString());
  }

  @Override
  public @Nullable Object callOn(String name, Request request) throws IOException {
    return call(request);
  }

  @Override
  public void close() {
    provider.close();
  }

  /** A thread that hears a channel. */
  private final class Subscription extends Thread implements Closeable {
    private final byte[] channel;
    private final Messages messages;
    private volatile boolean closed;
    private volatile @Nullable Connection connection;

    Subscription(byte[] channel, Messages messages) {
      super("terrace-redis-subscription");
      setDaemon(true);
      this.channel = channel;
      this.messages = messages;
    }

    @Override
    public void run() {
      while (!closed) {
        try (Connection opened = new Connection(server, config)) {
          connection = opened;
          opened.setTimeoutInfinite();
          listener().proceed(opened, channel);
        } catch (JedisException | JedisClosed e) {
          LockSupport.parkNanos(100_000_000);
        }
      }
    }

    private BinaryJedisPubSub listener() {
      return new BinaryJedisPubSub() {
        @Override
        public void onMessage(byte[] name, byte[] message) {
          messages.received(message);
        }

        @Override
        public void onSubscribe(byte[] name, int count) {
          if (closed) {
            throw new JedisClosed();
          }
          messages.connected();
        }
      };
    }

    @Override
    public void close() throws IOException {
      closed = true;
      Connection opened = connection;
      if (opened != null) {
        opened.forceDisconnect();
      }
    }
  }

  /** The subscription was closed as it began. */
  private static final class JedisClosed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
