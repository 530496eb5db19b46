package io.terrace.tier.redis;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A Lua script, which servers know by the digest of its text once it was loaded. Immutable. */
final class Script {
  private final byte[] text;
  private final byte[] digest;

  Script(String text) {
    this.text = text.getBytes(StandardCharsets.UTF_8);
    this.digest = HexFormat.of().formatHex(sha1(this.text)).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] sha1(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  byte[] text() {
    return text;
  }

  /** In hexadecimal, as {@code EVALSHA} takes it. */
  byte[] digest() {
    return digest;
  }
}
