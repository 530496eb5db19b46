package io.terrace;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the redis tier. The serialized form has the passwords in it; nothing else shows them.
 *
 * @param uri where the servers are: {@code redis://host:port/database}, {@code rediss://} for TLS,
 *     {@code redis-cluster://host:port,host:port}, {@code rediss-cluster://}, or {@code
 *     redis-sentinel://host:port,host:port/master}, {@code rediss-sentinel://}; with {@code
 *     user:password@} in front of the first host if need be, percent-encoded
 * @param user the ACL user, or null for that of the URI or the default one
 * @param password or null for that of the URI, or none; never shown
 * @param trustStore the path of a key store with the certificates to trust, or null for the JVM's;
 *     for TLS only
 * @param trustStorePassword or null for none; never shown
 * @param namespace what the keys of the cache begin with: caches of the same name and namespace are
 *     one, in all processes; without braces; null for the URI of the cache manager
 * @param partitions into how many parts the keys are divided, from 1 to 1024; fixed for the life of
 *     the data
 * @param maxEntryBytes the largest body that is admitted, at least 1
 * @param chunkBytes the size of one piece of a longer body, 64 KiB to 960 KiB
 * @param connections the most connections to one server, from 1 to 10,000; two are used if need be,
 *     and one more that listens to changes
 * @param connectTimeout for a connection, and again for the login over it, at least 1 ms
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

  private static final String USER = "redis.user";
  private static final String PASSWORD = "redis.password";
  private static final String TRUST_STORE = "redis.trust-store";
  private static final String TRUST_STORE_PASSWORD = "redis.trust-store-password";
  private static final String NAMESPACE = "redis.namespace";
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
    RedisUri.checked(uri);
    checkCredentials(user, password);
    checkTrust(uri, trustStore, trustStorePassword);
    if (namespace != null) {
      checkedNamespace(namespace);
    }
    Require.inRange(PARTITIONS, partitions, 1, 1024);
    Require.atLeastOne(MAX_ENTRY_SIZE, maxEntryBytes);
    Require.inRange(CHUNK_SIZE, chunkBytes, 64 << 10, 960 << 10);
    Require.inRange(CONNECTIONS, connections, 1, 10_000);
    Require.atLeastOneMilli(CONNECT_TIMEOUT, connectTimeout);
    Require.atLeastOneMilli(COMMAND_TIMEOUT, commandTimeout);
  }

  private static void checkCredentials(@Nullable String user, @Nullable String password) {
    if (user != null) {
      Require.notBlank(USER, user);
    }
    if (password != null) {
      Require.notBlank(PASSWORD, password);
    }
  }

  private static void checkTrust(String uri, @Nullable String store, @Nullable String secret) {
    if (store == null) {
      if (secret != null) {
        throw new InvalidSettingException(TRUST_STORE_PASSWORD, "needs a '" + TRUST_STORE + "'");
      }
      return;
    }
    Require.notBlank(TRUST_STORE, store);
    if (!RedisUri.isTls(uri)) {
      throw new InvalidSettingException(
          TRUST_STORE,
          "is for TLS: begin redis.uri with rediss://, rediss-cluster:// or rediss-sentinel://");
    }
  }

  /** Braces would move the keys of a partition to different servers of a cluster. */
  private static String checkedNamespace(String name) {
    Require.notBlank(NAMESPACE, name);
    if (name.indexOf('{') >= 0 || name.indexOf('}') >= 0) {
      throw new InvalidSettingException(NAMESPACE, "must have no braces, not '" + name + "'");
    }
    return name;
  }

  @Override
  public String tier() {
    return "redis";
  }

  @Override
  public boolean isShared() {
    return true;
  }

  /**
   * A builder with the defaults.
   *
   * @param uri as {@link #uri}
   */
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
      this.uri = RedisUri.checked(uri);
    }

    /** The ACL user; that of the URI, or the default one, if not said. */
    public Builder user(String name) {
      user = Require.notBlank(USER, name);
      return this;
    }

    /** The password; that of the URI, or none, if not said. */
    public Builder password(String secret) {
      password = Require.notBlank(PASSWORD, secret);
      return this;
    }

    /**
     * A key store with the certificates to trust, for TLS; those the JVM trusts if not said.
     *
     * @param secret its password, or null for none
     */
    public Builder trustStore(String path, @Nullable String secret) {
      trustStore = Require.notBlank(TRUST_STORE, path);
      trustStorePassword = secret;
      return this;
    }

    /** What the keys of the cache begin with, without braces; the manager's URI if not said. */
    public Builder namespace(String name) {
      namespace = checkedNamespace(name);
      return this;
    }

    /** Into how many parts the keys are divided, from 1 to 1024; 64 if not said. */
    public Builder partitions(long count) {
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

    /** The most connections to one server, from 1 to 10,000; 8 if not said. */
    public Builder connections(long count) {
      connections = Require.inRange(CONNECTIONS, count, 1, 10_000);
      return this;
    }

    /**
     * How long to wait for a connection, and then for TLS and the login over it, at least 1 ms; a
     * second if not said.
     */
    public Builder connectTimeout(Duration timeout) {
      connectTimeout = Require.atLeastOneMilli(CONNECT_TIMEOUT, timeout);
      return this;
    }

    /** How long a command may take, at least 1 ms; a second if not said. */
    public Builder commandTimeout(Duration timeout) {
      commandTimeout = Require.atLeastOneMilli(COMMAND_TIMEOUT, timeout);
      return this;
    }

    /**
     * @throws InvalidSettingException if there is a trust store and the URI does not ask for TLS
     */
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
