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
  private static final int MAX_DEPTH = 8;
  private static final int MAX_ELEMENTS = 1 << 20;
  private static final int ELEMENT_BYTES = 16;

  private final RedisInputStream in;
  private long left = MAX_REPLY_BYTES;

  private Replies(RedisInputStream in) {
    this.in = in;
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
    Object reply = new Replies(in).next(0);
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
      case '-' -> new JedisDataException(new String(line(), StandardCharsets.UTF_8));
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

  private void take(long bytes, long most) {
    left -= bytes;
    if (bytes > most || left < 0) {
      throw new JedisConnectionException("a reply of " + bytes + " bytes is refused as too long");
    }
  }

  private long number() {
    return in.readLongCrLf();
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
    return line.toByteArray();
  }
}
