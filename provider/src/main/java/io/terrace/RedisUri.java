package io.terrace;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The syntax of {@code redis.uri}: {@code scheme://user:password@host:port,host:port/path}, without
 * parameters. What is wrong is told with an example, and without a part of the URI, any of which
 * may be a misplaced password.
 */
final class RedisUri {
  private static final String SETTING = "redis.uri";

  private static final Pattern SCHEME = Pattern.compile("(rediss?(?:-cluster|-sentinel)?)://(.*)");
  private static final Pattern REST =
      Pattern.compile("(?:([^/?#@\\s\\p{Cntrl}]+)@)?([^/?#@\\s\\p{Cntrl}]*)(?:/([^/?#@]*))?");
  private static final Pattern ENCODED = Pattern.compile("(?:[^%]|%[0-9A-Fa-f]{2})*");
  private static final Pattern HOST =
      Pattern.compile("(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");
  private static final Pattern DATABASE = Pattern.compile("[0-9]{0,6}");
  private static final Pattern MASTER = Pattern.compile("[A-Za-z0-9._-]+");

  private RedisUri() {}

  /**
   * The URI, if its syntax is right; no name is looked up.
   *
   * @throws InvalidSettingException if it is not
   */
  static String checked(String uri) {
    Matcher scheme = SCHEME.matcher(uri);
    if (!scheme.matches()) {
      throw invalid(
          "must begin with redis://, rediss://, redis-cluster://, rediss-cluster://,"
              + " redis-sentinel:// or rediss-sentinel://, as redis://localhost:6379 does");
    }
    String kind = scheme.group(1);
    Matcher rest = REST.matcher(scheme.group(2));
    if (!rest.matches()) {
      throw invalid(
          "must be like "
              + example(kind)
              + ", without parameters; in a user or password the characters / ? # @ and space are"
              + " %2F %3F %23 %40 %20");
    }
    if (rest.group(1) != null && !ENCODED.matcher(rest.group(1)).matches()) {
      throw invalid("must have the character % in a user or password as %25");
    }
    checkHosts(kind, rest.group(2));
    checkPath(kind, rest.group(3) == null ? "" : rest.group(3));
    return uri;
  }

  static boolean isTls(String uri) {
    return uri.startsWith("rediss");
  }

  private static void checkHosts(String kind, String hosts) {
    String[] all = hosts.split(",", -1);
    for (String one : all) {
      Matcher host = HOST.matcher(one);
      if (!host.matches() || (host.group(1) != null && !isPort(host.group(1)))) {
        throw invalid(
            "must name a host, and a port from 1 to 65535 if not the usual one, as "
                + example(kind)
                + " does");
      }
    }
    if (all.length > 1 && !kind.contains("-")) {
      throw invalid(
          "must name one host; several are for "
              + example(kind + "-cluster")
              + " or "
              + example(kind + "-sentinel"));
    }
  }

  private static boolean isPort(String digits) {
    int port = Integer.parseInt(digits);
    return port >= 1 && port <= 65_535;
  }

  private static void checkPath(String kind, String path) {
    if (kind.endsWith("-sentinel")) {
      if (!MASTER.matcher(path).matches()) {
        throw invalid("must end in the name of the master, as " + example(kind) + " does");
      }
    } else if (kind.endsWith("-cluster")) {
      if (!path.isEmpty()) {
        throw invalid("must end in its hosts, as " + example(kind) + " does: no database");
      }
    } else if (!DATABASE.matcher(path).matches()) {
      throw invalid("must end in the number of a database, as " + example(kind) + "/0 does");
    }
  }

  private static String example(String kind) {
    if (kind.endsWith("-sentinel")) {
      return kind + "://one:26379,two:26379/mymaster";
    }
    return kind + (kind.endsWith("-cluster") ? "://one:6379,two:6379" : "://localhost:6379");
  }

  private static InvalidSettingException invalid(String problem) {
    return new InvalidSettingException(SETTING, problem);
  }
}
