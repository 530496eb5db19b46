package io.terrace;

import java.time.Duration;

/** The checks that settings share; each returns what it was given. */
final class Require {
  private Require() {}

  static long atLeastOne(String setting, long value) {
    if (value < 1) {
      throw new InvalidSettingException(setting, "must be at least 1, not " + value);
    }
    return value;
  }

  static long atMost(String setting, long value, String limitSetting, long limit) {
    if (value > limit) {
      throw new InvalidSettingException(
          setting,
          "must be at most " + limitSetting + ", which is " + limit + " bytes, not " + value);
    }
    return value;
  }

  static int inRange(String setting, long value, int least, int most) {
    if (value < least || value > most) {
      throw new InvalidSettingException(
          setting, "must be from " + least + " to " + most + ", not " + value);
    }
    return (int) value;
  }

  static String notBlank(String setting, String value) {
    if (value.isBlank()) {
      throw new InvalidSettingException(setting, "must not be blank");
    }
    return value;
  }

  /** From 1 ms to what a {@code long} counts in milliseconds. */
  static Duration atLeastOneMilli(String setting, Duration value) {
    if (value.compareTo(Duration.ofMillis(1)) < 0) {
      throw new InvalidSettingException(setting, "must be at least 1 ms, not " + value);
    }
    if (value.compareTo(Duration.ofMillis(Long.MAX_VALUE)) > 0) {
      throw new InvalidSettingException(setting, "must be shorter, not " + value);
    }
    return value;
  }

  /**
   * A class {@code com.acme.Order}, a package {@code com.acme.*}, or a tree {@code com.acme.**}.
   */
  static String classPattern(String setting, String pattern) {
    int suffix = pattern.endsWith(".**") ? 3 : pattern.endsWith(".*") ? 2 : 0;
    boolean expectsStart = true;
    for (int i = 0; i < pattern.length() - suffix; i++) {
      char c = pattern.charAt(i);
      boolean fits =
          expectsStart
              ? Character.isJavaIdentifierStart(c)
              : c == '.' || Character.isJavaIdentifierPart(c);
      if (!fits) {
        throw notAPattern(setting, pattern);
      }
      expectsStart = c == '.';
    }
    if (expectsStart) {
      throw notAPattern(setting, pattern);
    }
    return pattern;
  }

  private static InvalidSettingException notAPattern(String setting, String pattern) {
    return new InvalidSettingException(
        setting,
        "must have names like com.acme.Order, com.acme.* or com.acme.**, not '" + pattern + "'");
  }
}
