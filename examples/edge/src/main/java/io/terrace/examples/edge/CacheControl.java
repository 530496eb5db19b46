package io.terrace.examples.edge;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The directives of a Cache-Control header, by their names in lower case.
 *
 * @param directives with their arguments, which are empty where there are none
 */
record CacheControl(Map<String, String> directives) {
  private static final Pattern DIRECTIVE =
      Pattern.compile("([^\\s,=\"]+)(?:\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s,]*)))?");

  /** Reads all header lines of that name; of a directive that is there twice, the first counts. */
  static CacheControl of(List<String> values) {
    Map<String, String> directives = new HashMap<>();
    for (String value : values) {
      Matcher matcher = DIRECTIVE.matcher(value);
      while (matcher.find()) {
        String argument = matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
        String name = matcher.group(1).toLowerCase(Locale.ROOT);
        directives.putIfAbsent(name, argument == null ? "" : argument);
      }
    }
    return new CacheControl(directives);
  }

  boolean has(String directive) {
    return directives.containsKey(directive);
  }

  /** The argument of a directive in seconds. One that makes no sense is 0: stale at once. */
  OptionalLong seconds(String directive) {
    String argument = directives.get(directive);
    if (argument == null) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(argument.matches("\\d{1,10}") ? Long.parseLong(argument) : 0);
  }
}
