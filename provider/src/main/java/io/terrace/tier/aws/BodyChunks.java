package io.terrace.tier.aws;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * How a body lies in its object: chunks of 256 KiB, the last one shorter, each followed by its
 * checksum. So any range can be fetched, and every byte is checked before it is served. Immutable.
 *
 * @param bodyBytes the length of the body, from 0 to {@link #MAX_BODY_BYTES}
 */
record BodyChunks(long bodyBytes) {
  static final int CHUNK_BYTES = 256 << 10;

  /** CRC32C of the chunk's number, 8 bytes, and its bytes; big-endian. */
  static final int CHECK_BYTES = Integer.BYTES;

  /** A chunk of full length with its checksum. */
  static final int FRAME_BYTES = CHUNK_BYTES + CHECK_BYTES;

  /** More than S3 takes; positions up to here can be counted. */
  static final long MAX_BODY_BYTES = 1L << 50;

  /**
   * @throws IllegalArgumentException if the length is out of its range
   */
  BodyChunks {
    if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) {
      throw new IllegalArgumentException("not the length of a body: " + bodyBytes);
    }
  }

  /** How many there are; none of an empty body. */
  long count() {
    return (bodyBytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
  }

  /** The length of the object in bytes. */
  long objectBytes() {
    return bodyBytes + count() * CHECK_BYTES;
  }

  /** Where a chunk begins in the object. */
  static long objectOffset(long number) {
    return number * FRAME_BYTES;
  }

  /** Where a chunk ends in the object, its checksum included. */
  long objectEnd(long number) {
    return Math.min(objectOffset(number + 1), objectBytes());
  }

  /** The length of a chunk without its checksum. */
  int chunkBytes(long number) {
    return (int) Math.min(CHUNK_BYTES, bodyBytes - number * CHUNK_BYTES);
  }

  /** A checksum that knows the place of the chunk, so that no other chunk passes for it. */
  static void begin(CRC32C crc, long number) {
    crc.reset();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }
}
