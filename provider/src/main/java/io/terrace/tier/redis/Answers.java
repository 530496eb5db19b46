package io.terrace.tier.redis;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What servers answer, which is checked before it is believed. */
final class Answers {
  private Answers() {}

  static List<?> list(@Nullable Object reply) throws IOException {
    if (reply instanceof List<?> list) {
      return list;
    }
    throw unexpected(reply);
  }

  /** A list of so many values at least. */
  static List<?> list(@Nullable Object reply, int size) throws IOException {
    List<?> list = list(reply);
    if (list.size() < size) {
      throw new IOException("Redis answered with " + list.size() + " values instead of " + size);
    }
    return list;
  }

  /** Bytes, or null for what is not there. */
  static byte @Nullable [] bytes(@Nullable Object reply) throws IOException {
    if (reply == null) {
      return null;
    }
    if (reply instanceof byte[] bytes) {
      return bytes;
    }
    throw unexpected(reply);
  }

  static long number(@Nullable Object reply) throws IOException {
    if (reply instanceof Long number) {
      return number;
    }
    throw unexpected(reply);
  }

  private static IOException unexpected(@Nullable Object reply) {
    if (reply instanceof IOException failure) {
      return failure;
    }
    String type = reply == null ? "nothing" : reply.getClass().getSimpleName();
    return new IOException("Redis answered with something unexpected: " + type);
  }
}
