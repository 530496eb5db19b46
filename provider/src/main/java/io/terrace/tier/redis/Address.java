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

  /** Taken apart alone: the settings have checked the syntax. */
  private static final Pattern URI =
      Pattern.compile("redis(s?)(-cluster|-sentinel)?://(?:([^@]*)@)?([^/]+)(?:/(.*))?");

  private static final Pattern HOST = Pattern.compile("\\[?(.*?)]?(?::([0-9]+))?");
  private static final int SERVER_PORT = 6379;
  private static final int SENTINEL_PORT = 26379;

  /**
   * @throws InvalidSettingException if there is a user without a password
   */
  static Address of(RedisSettings settings) {
    Matcher uri = URI.matcher(settings.uri());
    if (!uri.matches()) {
      throw new IllegalArgumentException("settings with a URI that was not checked");
    }
    Kind kind = kind(uri.group(2));
    String path = uri.group(5) == null ? "" : uri.group(5);
    String[] login = login(uri.group(3));
    String user = settings.user() != null ? settings.user() : login[0];
    String password = settings.password() != null ? settings.password() : login[1];
    if (user != null && password == null) {
      throw new InvalidSettingException("redis.password", "must be set if there is a user");
    }
    return new Address(
        kind,
        !uri.group(1).isEmpty(),
        hosts(uri.group(4), kind),
        kind == Kind.SENTINEL ? path : "",
        kind == Kind.SERVER && !path.isEmpty() ? Integer.parseInt(path) : 0,
        user,
        password);
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
      Matcher host = HOST.matcher(name);
      if (host.matches()) {
        int usual = kind == Kind.SENTINEL ? SENTINEL_PORT : SERVER_PORT;
        int port = host.group(2) == null ? usual : Integer.parseInt(host.group(2));
        hosts.add(new HostAndPort(host.group(1), port));
      }
    }
    return List.copyOf(hosts);
  }

  /** The user and the password, null if not said. */
  private static @Nullable String[] login(@Nullable String text) {
    @Nullable String[] login = new @Nullable String[2];
    if (text != null) {
      int colon = text.indexOf(':');
      String user = decoded(colon < 0 ? text : text.substring(0, colon));
      login[0] = user.isEmpty() ? null : user;
      login[1] = colon < 0 ? null : decoded(text.substring(colon + 1));
    }
    return login;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "Address[" + kind + (tls ? ", TLS, " : ", ") + hosts + "]";
  }
}
