package io.terrace.tier;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * A key as the byte tiers know it: its canonical bytes and their 128-bit hash. Equality is equality
 * of the bytes, so a hash collision is a miss. Immutable; the array belongs to the key and must not
 * be changed by anyone.
 */
public final class EntryKey {
  private final byte[] bytes;
  private final long hashHigh;
  private final long hashLow;

  /**
   * @param bytes the canonical bytes, owned by this key from now on
   * @param hashHigh the upper 64 bits of the hash of the length-prefixed bytes
   * @param hashLow the lower 64 bits
   */
  public EntryKey(byte[] bytes, long hashHigh, long hashLow) {
    this.bytes = bytes;
    this.hashHigh = hashHigh;
    this.hashLow = hashLow;
  }

  /** The canonical bytes, not copied: read only. */
  public byte[] bytes() {
    return bytes;
  }

  public long hashHigh() {
    return hashHigh;
  }

  public long hashLow() {
    return hashLow;
  }

  /** The hash in hexadecimal: how messages and logs name the key. */
  public String digest() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(hashHigh) + hex.toHexDigits(hashLow);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EntryKey key
        && hashLow == key.hashLow
        && hashHigh == key.hashHigh
        && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return (int) (hashLow ^ (hashLow >>> 32));
  }

  @Override
  public String toString() {
    return digest();
  }
}
