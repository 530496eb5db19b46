package io.terrace.tier.aws;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * What one request uploads: some chunks of a body and their checksums, in one array that grows up
 * to the size of a part. Filled by one thread and then read by another.
 */
final class PartBuffer {
  private static final String CONTENT_TYPE = "application/octet-stream";

  private final CRC32C crc = new CRC32C();
  private final IntFunction<byte[]> arrays;
  private final int maxBytes;
  private byte[] bytes;
  private int length;
  private int chunkLength;
  private long chunkNumber;

  /**
   * @param firstBytes the length of the array to begin with; at most {@code maxBytes}
   * @param maxBytes the length of a full part: a number of whole chunks with checksums
   */
  PartBuffer(IntFunction<byte[]> arrays, int firstBytes, int maxBytes) {
    this.arrays = arrays;
    this.maxBytes = maxBytes;
    bytes = arrays.apply(firstBytes);
    begin(0);
  }

  /** Forgets what is in it. */
  void begin(long firstChunkNumber) {
    length = 0;
    beginChunk(firstChunkNumber);
  }

  private void beginChunk(long number) {
    chunkLength = 0;
    chunkNumber = number;
    BodyChunks.begin(crc, number);
  }

  boolean isFull() {
    return length == maxBytes;
  }

  int length() {
    return length;
  }

  /** The number of the chunk that comes next, or is not full yet. */
  long chunkNumber() {
    return chunkNumber;
  }

  /** Takes bytes of the body, up to the end of the chunk; must not be full. */
  void take(ByteBuffer source) {
    int count = Math.min(source.remaining(), BodyChunks.CHUNK_BYTES - chunkLength);
    ensureRoom(count + BodyChunks.CHECK_BYTES);
    source.get(bytes, length, count);
    crc.update(bytes, length, count);
    length += count;
    chunkLength += count;
    if (chunkLength == BodyChunks.CHUNK_BYTES) {
      endChunk();
    }
  }

  private void ensureRoom(int count) {
    int needed = length + count;
    if (needed > bytes.length) {
      long doubled = 2L * bytes.length;
      byte[] longer = arrays.apply((int) Math.min(Math.max(needed, doubled), maxBytes));
      System.arraycopy(bytes, 0, longer, 0, length);
      bytes = longer;
    }
  }

  private void endChunk() {
    ByteBuffer.wrap(bytes).putInt(length, (int) crc.getValue());
    length += BodyChunks.CHECK_BYTES;
    beginChunk(chunkNumber + 1);
  }

  /** Ends the body: what is not a whole chunk is the last one. */
  void end() {
    if (chunkLength > 0) {
      endChunk();
    }
  }

  /**
   * The bytes as they are now, not copied.
   *
   * @param wanted asked before each attempt to send them; once it says no, there are no more
   */
  RequestBody requestBody(BooleanSupplier wanted) {
    return RequestBody.fromContentProvider(() -> stream(wanted), length, CONTENT_TYPE);
  }

  private InputStream stream(BooleanSupplier wanted) {
    if (!wanted.getAsBoolean()) {
      throw SdkClientException.create("the upload has ended"); // which the SDK does not try again
    }
    return new ByteArrayInputStream(bytes, 0, length);
  }

  /** CRC32C of the bytes, in Base64 as S3 wants it. */
  String checksum() {
    CRC32C whole = new CRC32C();
    whole.update(bytes, 0, length);
    byte[] value = ByteBuffer.allocate(Integer.BYTES).putInt((int) whole.getValue()).array();
    return Base64.getEncoder().encodeToString(value);
  }
}
