package io.terrace.jcache;

import java.io.InputStream;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/** So many bytes that depend on a seed, and their checksum; no chunk of it is like another. */
final class Noise extends InputStream {
  private final byte[] pattern = new byte[8191]; // a prime, so that chunks begin at other places
  private final CRC32C crc = new CRC32C();
  private final long bytes;
  private long at;

  Noise(int seed, long bytes) {
    new SplittableRandom(seed).nextBytes(pattern);
    this.bytes = bytes;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (at == bytes) {
      return -1;
    }
    int from = (int) (at % pattern.length);
    int count = (int) Math.min(bytes - at, Math.min(length, pattern.length - from));
    System.arraycopy(pattern, from, target, offset, count);
    crc.update(target, offset, count);
    at += count;
    return count;
  }

  int checksum() {
    return (int) crc.getValue();
  }
}
