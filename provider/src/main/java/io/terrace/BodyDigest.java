package io.terrace;

import java.io.Serial;
import java.io.Serializable;
import java.util.HexFormat;

/**
 * XXH3 of the bytes of a body, 128 bits: equal bodies have equal digests, and different ones never
 * do by chance. Not a cryptographic hash: whoever wants to can make two bodies with one digest.
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record BodyDigest(long high, long low) implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  /** The digest as 32 hexadecimal digits. */
  public String hex() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low);
  }

  @Override
  public String toString() {
    return hex();
  }
}
