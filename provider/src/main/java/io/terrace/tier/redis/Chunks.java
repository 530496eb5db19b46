package io.terrace.tier.redis;

/**
 * Where a body lies that is too long to stand behind its header.
 *
 * @param idHigh the upper half of the number of the write, which no other write has
 * @param idLow the lower half
 * @param chunkBytes the length of each chunk but the last
 * @param count how many there are
 */
record Chunks(long idHigh, long idLow, int chunkBytes, int count) {
  static final int ID_BYTES = 16;

  /** The longest chunk that is ever written. */
  static final int MAX_BYTES = 960 << 10;

  /** The most chunks of one body, as a script visits each of them at the commit. */
  static final int MAX_COUNT = 16_384;

  /** Whether a body of this length is in so many chunks. */
  boolean hold(long bodyLength) {
    return chunkBytes > 0
        && chunkBytes <= MAX_BYTES
        && count > 0
        && count <= MAX_COUNT
        && bodyLength > (count - 1L) * chunkBytes
        && bodyLength <= (long) count * chunkBytes;
  }

  /** The length of a chunk of a body. */
  int length(int number, long bodyLength) {
    return (int) Math.min(chunkBytes, bodyLength - (long) number * chunkBytes);
  }
}
