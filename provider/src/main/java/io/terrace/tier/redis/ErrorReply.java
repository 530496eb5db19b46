package io.terrace.tier.redis;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;

/** What the errors mean that servers answer with. */
final class ErrorReply {
  private static final Set<String> UNREADY = Set.of("LOADING", "READONLY", "MASTERDOWN");

  private static final Map<String, String> ADVICE =
      Map.of(
          "NOAUTH", "set redis.password",
          "WRONGPASS", "check redis.user and redis.password",
          "NOPERM", "the user of redis.user needs more rights",
          "OOM", "raise Redis's maxmemory, or set its maxmemory-policy to one of volatile-*",
          "READONLY", "redis.uri names a replica, or a fail-over is under way",
          "MASTERDOWN", "redis.uri names a replica whose master is down",
          "LOADING", "Redis is starting",
          "CLUSTERDOWN", "the cluster has slots without a server",
          "MISCONF", "Redis cannot write to its disk");

  private ErrorReply() {}

  /** The first word. */
  static String code(JedisDataException error) {
    String message = String.valueOf(error.getMessage());
    int space = message.indexOf(' ');
    return space < 0 ? message : message.substring(0, space);
  }

  /** Whether the server cannot serve as it should, now, though it answers. */
  static boolean isUnready(JedisDataException error) {
    return UNREADY.contains(code(error));
  }

  static RefusedException toException(JedisDataException error, String server) {
    String code = code(error);
    String advice = ADVICE.get(code);
    return new RefusedException(
        "Redis at "
            + server
            + " refused: "
            + error.getMessage()
            + (advice == null ? "" : " (" + advice + ")"),
        code,
        error);
  }

  /**
   * Where a {@code MOVED} or an {@code ASK} points.
   *
   * @param from the server that said so, which may leave out a host that is its own
   * @return null if the error points nowhere
   */
  static @Nullable HostAndPort target(JedisDataException error, HostAndPort from) {
    String[] words = String.valueOf(error.getMessage()).split(" ", -1);
    int colon = words.length < 3 ? -1 : words[2].lastIndexOf(':');
    if (colon < 0 || !words[2].substring(colon + 1).matches("[0-9]{1,5}")) {
      return null;
    }
    String host = words[2].substring(0, colon);
    int port = Integer.parseInt(words[2].substring(colon + 1));
    return new HostAndPort(host.isEmpty() ? from.getHost() : host, port);
  }
}
