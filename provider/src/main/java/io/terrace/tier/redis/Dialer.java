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
  private final @Nullable SslOptions trust;
  private final long connectNanos;
  private final long commandNanos;

  /**
   * @throws InvalidSettingException if the trust store cannot be read
   */
  Dialer(Address address, RedisSettings settings) {
    connectNanos = settings.connectTimeout().toNanos();
    commandNanos = settings.commandTimeout().toNanos();
    onlyMasters = address.kind() == Address.Kind.SENTINEL;
    trust = address.tls() ? trust(settings) : null;
    sentinelConfig = base().build();
    config =
        base()
            .user(address.user())
            .password(address.password())
            .database(address.database())
            .build();
  }

  // RESP 2, as every server speaks it without a greeting, also behind a proxy.
  private static DefaultJedisClientConfig.Builder base() {
    return DefaultJedisClientConfig.builder()
        .serverDefaultProtocol()
        .clientName("terrace")
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
  }

  // The trust store is read for each connection, as it may change; it is read here to fail early.
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

  /** How long a connection may take, then the login over it, and a question whether it lives. */
  long connectNanos() {
    return connectNanos;
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
    Wire wire = dial(server, config);
    if (onlyMasters && !isMaster(wire)) {
      Wire.close(wire);
      throw new IOException(server + " is no master any more");
    }
    return wire;
  }

  private Wire dial(HostAndPort server, JedisClientConfig login) {
    Dial dial = new Dial(server, connectNanos, trust);
    Wire wire = null;
    try {
      wire = new Wire(dial, login);
      wire.endReadsAt(System.nanoTime() + connectNanos); // for who asks without a time of his own
      return wire;
    } finally {
      if (wire == null) {
        dial.close();
      }
    }
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
    return dial(sentinel, sentinelConfig);
  }
}
