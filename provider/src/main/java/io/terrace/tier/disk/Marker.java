package io.terrace.tier.disk;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file that says that a folder is a cache of ours: three lines of text and their checksum.
 *
 * @param format the version of the format; magic line, this line and the checksum keep their form
 *     in every version
 * @param cacheId a random number that every region repeats
 */
record Marker(int format, long cacheId) {
  static final String NAME = "terrace-disk";
  static final int MAX_BYTES = 4096;
  private static final String MAGIC = "terrace disk cache";
  private static final String FORMAT = "format ";
  private static final String CACHE = "cache ";
  private static final String CHECK = "check ";

  byte[] encode() {
    String text =
        MAGIC + "\n" + FORMAT + format + "\n" + CACHE + HexFormat.of().toHexDigits(cacheId) + "\n";
    return (text + CHECK + check(text) + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static String check(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  /** Decodes a whole file, or null if it is not intact. */
  static @Nullable Marker decode(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.US_ASCII);
    int end = text.lastIndexOf(CHECK);
    if (end < 0 || !text.substring(end).equals(CHECK + check(text.substring(0, end)) + "\n")) {
      return null;
    }
    String[] lines = text.substring(0, end).split("\n", -1);
    if (lines.length < 3 || !lines[0].equals(MAGIC) || !lines[1].startsWith(FORMAT)) {
      return null;
    }
    try {
      int format = Integer.parseInt(lines[1].substring(FORMAT.length()));
      long id =
          lines[2].startsWith(CACHE)
              ? HexFormat.fromHexDigitsToLong(lines[2].substring(CACHE.length()))
              : 0;
      return new Marker(format, id);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
