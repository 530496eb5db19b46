package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the redis tier.
 *
 * @param uri where the servers are: {@code redis://host:port/database}, {@code rediss://} for TLS,
 *     {@code redis-cluster://host:port,host:port}, {@code rediss-cluster://}, or {@code
 *     redis-sentinel://host:port,host:port/master}, {@code rediss-sentinel://}; with {@code
 *     user:password@} in front of the first host if need be
 * @param user the ACL user, or null for that of the URI or the default one
 * @param password or null for that of the URI, or none; never shown
 * @param trustStore the path of a key store with the certificates to trust, or null for the JVM's
 * @param trustStorePassword or null for none; never shown
 * @param namespace what the keys of the cache begin with: caches of the same name and namespace are
 *     one, in all processes; null for the URI of the cache manager
 * @param partitions into how many parts the keys are divided, from 1 to 1024; fixed for the life of
 *     the data
 * @param maxEntryBytes the largest body that is admitted, at least 1
 * @param chunkBytes the size of one piece of a longer body, 64 KiB to 960 KiB
 * @param connections the most connections to one server, at least 1
 * @param connectTimeout at least 1 ms
 * @param commandTimeout how long a command may take, at least 1 ms
 */
public record RedisSettings(
    String uri,
    @Nullable String user,
    @Nullable String password,
    @Nullable String trustStore,
    @Nullable String trustStorePassword,
    @Nullable String namespace,
    int partitions,
    long maxEntryBytes,
    int chunkBytes,
    int connections,
    Duration connectTimeout,
    Duration commandTimeout)
    implements TierSettings {
  @Serial private static final long serialVersionUID = 1L;

  private static final String PARTITIONS = "redis.partitions";
  private static final String MAX_ENTRY_SIZE = "redis.max-entry-size";
  private static final String CHUNK_SIZE = "redis.chunk-size";
  private static final String CONNECTIONS = "redis.connections";
  private static final String CONNECT_TIMEOUT = "redis.connect-timeout";
  private static final String COMMAND_TIMEOUT = "redis.command-timeout";

  /**
   * @throws InvalidSettingException if a component is out of its range
   */
  public RedisSettings {
    requireNonNull(uri, "uri");
    Require.inRange(PARTITIONS, partitions, 1, 1024);
    Require.atLeastOne(MAX_ENTRY_SIZE, maxEntryBytes);
    Require.inRange(CHUNK_SIZE, chunkBytes, 64 << 10, 960 << 10);
    Require.atLeastOne(CONNECTIONS, connections);
    Require.atLeastOneMilli(CONNECT_TIMEOUT, connectTimeout);
    Require.atLeastOneMilli(COMMAND_TIMEOUT, commandTimeout);
  }

  @Override
  public String tier() {
    return "redis";
  }

  /** A builder with the defaults. */
  public static Builder builder(String uri) {
    return new Builder(uri);
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "RedisSettings[" + uri.replaceAll("//[^/]*@", "//***@") + "]";
  }

  /**
   * Builds {@link RedisSettings}; a method throws {@link InvalidSettingException} for a value out
   * of range. Not thread safe.
   */
  public static final class Builder {
    private final String uri;
    private @Nullable String user;
    private @Nullable String password;
    private @Nullable String trustStore;
    private @Nullable String trustStorePassword;
    private @Nullable String namespace;
    private int partitions = 64;
    private long maxEntryBytes = 8 << 20;
    private int chunkBytes = 256 << 10;
    private int connections = 8;
    private Duration connectTimeout = Duration.ofSeconds(1);
    private Duration commandTimeout = Duration.ofSeconds(1);

    private Builder(String uri) {
      this.uri = requireNonNull(uri, "uri");
    }

    /** The ACL user; that of the URI, or the default one, if not said. */
    public Builder user(String name) {
      user = requireNonNull(name, "user");
      return this;
    }

    /** The password; that of the URI, or none, if not said. */
    public Builder password(String secret) {
      password = requireNonNull(secret, "password");
      return this;
    }

    /** A key store with the certificates to trust; those the JVM trusts if not said. */
    public Builder trustStore(String path, @Nullable String secret) {
      trustStore = requireNonNull(path, "path");
      trustStorePassword = secret;
      return this;
    }

    /** What the keys of the cache begin with; the URI of its manager if not said. */
    public Builder namespace(String name) {
      namespace = requireNonNull(name, "namespace");
      return this;
    }

    /** Into how many parts the keys are divided, from 1 to 1024; 64 if not said. */
    public Builder partitions(int count) {
      partitions = Require.inRange(PARTITIONS, count, 1, 1024);
      return this;
    }

    /** The largest body that is admitted, at least 1 byte; 8 MiB if not said. */
    public Builder maxEntryBytes(long bytes) {
      maxEntryBytes = Require.atLeastOne(MAX_ENTRY_SIZE, bytes);
      return this;
    }

    /** The size of one piece of a longer body, 64 KiB to 960 KiB; 256 KiB if not said. */
    public Builder chunkBytes(long bytes) {
      chunkBytes = Require.inRange(CHUNK_SIZE, bytes, 64 << 10, 960 << 10);
      return this;
    }

    /** The most connections to one server, at least 1; 8 if not said. */
    public Builder connections(int count) {
      connections = (int) Require.atLeastOne(CONNECTIONS, count);
      return this;
    }

    /** How long to wait for a connection, at least 1 ms; a second if not said. */
    public Builder connectTimeout(Duration timeout) {
      connectTimeout = Require.atLeastOneMilli(CONNECT_TIMEOUT, timeout);
      return this;
    }

    /** How long a command may take, at least 1 ms; a second if not said. */
    public Builder commandTimeout(Duration timeout) {
      commandTimeout = Require.atLeastOneMilli(COMMAND_TIMEOUT, timeout);
      return this;
    }

    public RedisSettings build() {
      return new RedisSettings(
          uri,
          user,
          password,
          trustStore,
          trustStorePassword,
          namespace,
          partitions,
          maxEntryBytes,
          chunkBytes,
          connections,
          connectTimeout,
          commandTimeout);
    }
  }
}
