package io.terrace.tier.redis;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.RedisInputStream;

/**
 * Reads replies of RESP 2. What a server says is not trusted: a reply whose parts are longer than
 * anything that is stored here ends the connection before anything is allocated for it.
 */
final class Replies {
  /** The longest string, in bytes: commands are not over 1 MiB, and a scan's page is shorter. */
  static final int MAX_STRING_BYTES = 16 << 20;

  /** The most bytes of one reply, its parts together. */
  static final long MAX_REPLY_BYTES = 256L << 20;

  private static final int MAX_LINE_BYTES = 64 << 10;

  /** Of the greatest {@code long}. */
  private static final int MAX_DIGITS = 19;

  private static final int MAX_DEPTH = 8;
  private static final int MAX_ELEMENTS = 1 << 20;
  private static final int ELEMENT_BYTES = 16;

  /** What an error takes with its stack trace, 720 bytes as measured, and its message apart. */
  private static final int ERROR_BYTES = 1024;

  private final RedisInputStream in;
  private long left;

  private Replies(RedisInputStream in, long mostBytes) {
    this.in = in;
    this.left = mostBytes;
  }

  /**
   * Waits for the next reply.
   *
   * @return {@code byte[]}, {@code Long}, null, or a list of these and of {@link
   *     JedisDataException}
   * @throws JedisDataException if the reply is an error
   * @throws JedisConnectionException if the connection cannot be read any further
   */
  static @Nullable Object read(RedisInputStream in) {
    return read(in, MAX_REPLY_BYTES);
  }

  /** As {@link #read(RedisInputStream)}, with another bound for the parts together. */
  static @Nullable Object read(RedisInputStream in, long mostBytes) {
    Object reply = new Replies(in, mostBytes).next(0);
    if (reply instanceof JedisDataException error) {
      throw error;
    }
    return reply;
  }

  private @Nullable Object next(int depth) {
    byte kind = in.readByte();
    return switch (kind) {
      case '$' -> string(number());
      case ':' -> number();
      case '*' -> list(number(), depth);
      case '+' -> line();
      case '-' -> error();
      default -> throw new JedisConnectionException("not a reply of RESP 2, kind " + kind);
    };
  }

  private byte @Nullable [] string(long length) {
    if (length < 0) {
      return null;
    }
    take(length, MAX_STRING_BYTES);
    byte[] bytes = new byte[(int) length];
    for (int at = 0; at < bytes.length; ) {
      int got = in.read(bytes, at, bytes.length - at);
      if (got < 0) {
        throw new JedisConnectionException("the connection was closed within a reply");
      }
      at += got;
    }
    in.readByte();
    in.readByte();
    return bytes;
  }

  private @Nullable List<@Nullable Object> list(long size, int depth) {
    if (size < 0) {
      return null;
    }
    if (depth >= MAX_DEPTH) {
      throw new JedisConnectionException("a reply of more than " + MAX_DEPTH + " levels");
    }
    take(Math.min(size, MAX_ELEMENTS + 1) * ELEMENT_BYTES, MAX_ELEMENTS * ELEMENT_BYTES);
    List<@Nullable Object> elements = new ArrayList<>((int) size);
    for (long i = 0; i < size; i++) {
      elements.add(next(depth + 1));
    }
    return elements;
  }

  private JedisDataException error() {
    take(ERROR_BYTES, ERROR_BYTES);
    return new JedisDataException(new String(line(), StandardCharsets.UTF_8));
  }

  private void take(long bytes, long most) {
    left -= bytes;
    if (bytes > most || left < 0) {
      throw new JedisConnectionException("a reply of " + bytes + " bytes is refused as too long");
    }
  }

  /** Of few digits: Jedis would read as many as come. */
  private long number() {
    byte next = in.readByte();
    boolean isNegative = next == '-';
    if (isNegative) {
      next = in.readByte();
    }
    long negative = 0; // which has room for the least long
    int digits = 0;
    try {
      for (; next != '\r'; next = in.readByte(), digits++) {
        if (next < '0' || next > '9' || digits == MAX_DIGITS) {
          throw new JedisConnectionException("not a number in a reply");
        }
        negative = Math.subtractExact(Math.multiplyExact(negative, 10L), next - '0');
      }
      in.readByte();
      return isNegative ? negative : Math.negateExact(negative);
    } catch (ArithmeticException e) {
      throw new JedisConnectionException("a number in a reply is too great", e);
    }
  }

  private byte[] line() {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    for (byte next = in.readByte(); next != '\r'; next = in.readByte()) {
      if (line.size() == MAX_LINE_BYTES) {
        throw new JedisConnectionException("a line of over " + MAX_LINE_BYTES + " bytes");
      }
      line.write(next);
    }
    in.readByte();
    take(line.size(), MAX_LINE_BYTES);
    return line.toByteArray();
  }
}
