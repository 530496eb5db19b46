package io.terrace.tier.redis;

import io.terrace.InvalidSettingException;
import io.terrace.RedisSettings;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.exceptions.JedisException;

/** Connects to servers, all in the same way. Immutable. */
final class Dialer {
  private final JedisClientConfig config;
  private final JedisClientConfig sentinelConfig;
  private final boolean onlyMasters;
  private final int connectMillis;
  private final long commandNanos;

  /**
   * @throws InvalidSettingException if the trust store cannot be read
   */
  Dialer(Address address, RedisSettings settings) {
    connectMillis = (int) Math.min(settings.connectTimeout().toMillis(), Integer.MAX_VALUE);
    commandNanos = settings.commandTimeout().toNanos();
    onlyMasters = address.kind() == Address.Kind.SENTINEL;
    SslOptions trust = address.tls() ? trust(settings) : null;
    sentinelConfig = base(trust).build();
    config =
        base(trust)
            .user(address.user())
            .password(address.password())
            .database(address.database())
            .build();
  }

  // RESP 2, as every server speaks it without a greeting, also behind a proxy.
  private DefaultJedisClientConfig.Builder base(@Nullable SslOptions trust) {
    DefaultJedisClientConfig.Builder base =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(connectMillis)
            .socketTimeoutMillis(connectMillis)
            .serverDefaultProtocol()
            .clientName("terrace")
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
    if (trust != null) {
      base.sslOptions(trust);
    }
    return base;
  }

  // Jedis reads the trust store for each connection; it is read here to fail early.
  private static SslOptions trust(RedisSettings settings) {
    SslOptions.Builder trust = SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL);
    String secret = settings.trustStorePassword();
    try {
      if (settings.trustStore() != null) {
        File file = new File(settings.trustStore());
        trust.truststore(file, secret == null ? null : secret.toCharArray());
      }
      SslOptions options = trust.build();
      options.createSslContext();
      return options;
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      InvalidSettingException invalid =
          new InvalidSettingException("redis.trust-store", "cannot be read: " + e.getMessage());
      invalid.initCause(e);
      throw invalid;
    }
  }

  /** How long a connection may take, and each answer while it is made. */
  int connectMillis() {
    return connectMillis;
  }

  /** How long a command may take. */
  long commandNanos() {
    return commandNanos;
  }

  /**
   * Connects and logs in.
   *
   * @throws JedisException if that fails
   * @throws IOException if the server is not a master where it has to be
   */
  Wire dial(HostAndPort server) throws IOException {
    Wire wire = new Wire(new DefaultJedisSocketFactory(server, config), config);
    if (onlyMasters && !isMaster(wire)) {
      Wire.close(wire);
      throw new IOException(server + " is no master any more");
    }
    return wire;
  }

  private static boolean isMaster(Wire wire) {
    try {
      return wire.executeCommand(Command.ROLE) instanceof List<?> role
          && role.get(0) instanceof byte[] name
          && new String(name, StandardCharsets.UTF_8).equals("master");
    } catch (JedisException e) {
      Wire.close(wire);
      throw e;
    }
  }

  /** Connects to a sentinel. */
  Wire dialSentinel(HostAndPort sentinel) {
    return new Wire(new DefaultJedisSocketFactory(sentinel, sentinelConfig), sentinelConfig);
  }
}
