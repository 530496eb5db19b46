package io.terrace.examples.edge;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a body; see RFC 9110, section 14.
 *
 * @param offset of its first byte
 * @param length in bytes; 0 for a range that the body does not have
 */
record ByteRange(long offset, long length) {
  private static final Pattern SINGLE = Pattern.compile("(?i)bytes=\\s*(\\d*)-(\\d*)\\s*");

  /** What a range that begins beyond the end comes to. */
  static final ByteRange UNSATISFIABLE = new ByteRange(0, 0);

  /**
   * Reads a Range header.
   *
   * @param total the length of the body in bytes
   * @return null if the header is to be ignored: several ranges, another unit, or nonsense
   */
  static @Nullable ByteRange of(String header, long total) {
    Matcher matcher = SINGLE.matcher(header);
    if (!matcher.matches()) {
      return null;
    }
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (first.isEmpty()) {
      return last.isEmpty() ? null : suffix(number(last), total);
    }
    long from = number(first);
    long to = last.isEmpty() ? Long.MAX_VALUE : number(last);
    if (to < from) {
      return null;
    }
    return from >= total ? UNSATISFIABLE : new ByteRange(from, Math.min(to, total - 1) - from + 1);
  }

  private static ByteRange suffix(long bytes, long total) {
    long length = Math.min(bytes, total);
    return length == 0 ? UNSATISFIABLE : new ByteRange(total - length, length);
  }

  /** A number of any length; what is over a long's range is as good as its maximum. */
  private static long number(String digits) {
    return digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
  }

  /** The value of Content-Range. */
  String contentRange(long total) {
    return this.equals(UNSATISFIABLE)
        ? "bytes */" + total
        : "bytes " + offset + "-" + (offset + length - 1) + "/" + total;
  }
}
