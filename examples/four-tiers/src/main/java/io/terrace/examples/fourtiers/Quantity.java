package io.terrace.examples.fourtiers;

import java.nio.charset.Charset;
import java.util.Locale;

/** Writes quantities the way people read them. */
final class Quantity {
  /** A terminal or a pipe that does not know the letter gets the usual two. */
  private static final String MICROSECONDS =
      outputCharset().newEncoder().canEncode("µ") ? "µs" : "us";

  private static final String[] BINARY_UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Quantity() {}

  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    boolean whole = value == Math.rint(value);
    return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, BINARY_UNITS[unit]);
  }

  /** A latency. */
  static String nanos(long nanos) {
    if (nanos < 1_000_000) {
      return String.format(Locale.ROOT, "%.1f %s", nanos / 1e3, MICROSECONDS);
    }
    return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
  }

  static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }

  /** A throughput. */
  static String perSecond(long bytes, long nanos) {
    return Math.round(bytes / (nanos / 1e9) / (1 << 20)) + " MiB/s";
  }

  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private static Charset outputCharset() {
    String name = System.getProperty("stdout.encoding", System.getProperty("sun.stdout.encoding"));
    return name == null ? Charset.defaultCharset() : Charset.forName(name);
  }
}
