package io.terrace.tier.redis;

import io.terrace.InvalidSettingException;
import io.terrace.RedisSettings;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Where the servers are and who asks them: the URI of the settings, taken apart. Immutable.
 *
 * @param hosts the server; servers of the cluster to begin with; or the sentinels
 * @param master the name of the master that the sentinels watch; empty if there are none
 */
record Address(
    Kind kind,
    boolean tls,
    List<HostAndPort> hosts,
    String master,
    int database,
    @Nullable String user,
    @Nullable String password) {
  enum Kind {
    SERVER,
    CLUSTER,
    SENTINEL
  }

  private static final String SETTING = "redis.uri";
  private static final Pattern URI =
      Pattern.compile("redis(s?)(-cluster|-sentinel)?://(?:(.*)@)?([^/@?#]+)(?:/([^?#]*))?");
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^:\\[\\]\\s]+)(?::([0-9]{1,5}))?");
  private static final int SERVER_PORT = 6379;
  private static final int SENTINEL_PORT = 26379;
  private static final int LAST_PORT = 65535;

  /**
   * @throws InvalidSettingException if the URI cannot be; it does not show the password
   */
  static Address of(RedisSettings settings) {
    Matcher uri = URI.matcher(settings.uri());
    if (!uri.matches()) {
      throw invalid("is no address of Redis");
    }
    Kind kind = kind(uri.group(2));
    List<HostAndPort> hosts = hosts(uri.group(4), kind);
    String path = uri.group(5) == null ? "" : uri.group(5);
    String master = "";
    if (kind == Kind.SENTINEL) {
      int slash = path.indexOf('/');
      master = slash < 0 ? path : path.substring(0, slash);
      path = slash < 0 ? "" : path.substring(slash + 1);
      if (master.isEmpty()) {
        throw invalid("does not name the master that the sentinels watch");
      }
    }
    int database = database(path, kind);
    String[] login = login(uri.group(3));
    String user = settings.user() != null ? settings.user() : login[0];
    String password = settings.password() != null ? settings.password() : login[1];
    if (user != null && password == null) {
      throw new InvalidSettingException("redis.password", "must be set if there is a user");
    }
    return new Address(kind, !uri.group(1).isEmpty(), hosts, master, database, user, password);
  }

  private static Kind kind(@Nullable String suffix) {
    if (suffix == null) {
      return Kind.SERVER;
    }
    return suffix.equals("-cluster") ? Kind.CLUSTER : Kind.SENTINEL;
  }

  private static List<HostAndPort> hosts(String names, Kind kind) {
    List<HostAndPort> hosts = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      Matcher host = HOST.matcher(name.strip());
      if (!host.matches()) {
        throw invalid("names a host that cannot be: '" + name + "'");
      }
      int port = kind == Kind.SENTINEL ? SENTINEL_PORT : SERVER_PORT;
      if (host.group(2) != null) {
        port = Integer.parseInt(host.group(2));
      }
      if (port < 1 || port > LAST_PORT) {
        throw invalid("names a port that cannot be: " + port);
      }
      hosts.add(new HostAndPort(host.group(1).replaceAll("[\\[\\]]", ""), port));
    }
    if (kind == Kind.SERVER && hosts.size() > 1) {
      throw invalid("names several hosts; a cluster is redis-cluster://");
    }
    return List.copyOf(hosts);
  }

  private static int database(String path, Kind kind) {
    if (path.isEmpty()) {
      return 0;
    }
    if (!path.matches("[0-9]{1,6}")) {
      throw invalid("names a database that is no number: '" + path + "'");
    }
    int database = Integer.parseInt(path);
    if (kind == Kind.CLUSTER && database != 0) {
      throw invalid("names a database, but a cluster has only 0");
    }
    return database;
  }

  /** The user and the password, null if not said. */
  private static @Nullable String[] login(@Nullable String text) {
    if (text == null) {
      return new @Nullable String[2];
    }
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw invalid("has no password in front of the @: say user:password@, or :password@");
    }
    String user = decoded(text.substring(0, colon));
    return new @Nullable String[] {
      user.isEmpty() ? null : user, decoded(text.substring(colon + 1))
    };
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw invalid("has a user or a password with a % that is not followed by two digits");
    }
  }

  private static InvalidSettingException invalid(String problem) {
    return new InvalidSettingException(
        SETTING,
        problem
            + "; say for example redis://host:6379/0, redis-cluster://host:6379,host:6379 or"
            + " redis-sentinel://host:26379/master, with rediss for TLS");
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "Address[" + kind + (tls ? ", TLS, " : ", ") + hosts + "]";
  }
}
