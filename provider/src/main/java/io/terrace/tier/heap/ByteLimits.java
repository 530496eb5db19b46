package io.terrace.tier.heap;

import io.terrace.HeapSettings;
import io.terrace.InvalidSettingException;
import io.terrace.Metadata;
import io.terrace.tier.EntryHeader;
import java.util.Map;

/**
 * The bounds of a heap tier for bytes, and what an entry counts. Immutable.
 *
 * @param maxBytes of everything: entries, unfinished writes, bodies that are still read though
 *     their entries left, and chunks kept for reuse
 * @param maxWeightBytes of the entries; the rest is room for everything else
 * @param maxEntryBytes of the body of one entry
 */
record ByteLimits(long maxBytes, long maxWeightBytes, long maxEntryBytes) {
  private static final long DEFAULT_MAX_BYTES = 64L << 20;
  private static final int DEFAULT_SHARE_OF_JVM = 4;
  private static final long DEFAULT_MAX_ENTRY_BYTES = 1L << 20;
  private static final int DEFAULT_ENTRIES = 8;
  private static final long LEAST_MAX_BYTES = 4096;

  /** A sixteenth is not for entries. */
  private static final int SPARE_DIVISOR = 16;

  /**
   * The objects of an entry beside its chunks: itself, header, key and body, a node each of the two
   * maps with their shares of the tables, as 64-bit JVMs with compressed references lay them out.
   */
  static final long OVERHEAD_BYTES = 400;

  private static final long STRING_BYTES = 40;
  private static final long NODE_BYTES = 40;
  private static final long METADATA_BYTES = 150;

  /**
   * @throws InvalidSettingException if there is no room for a single entry
   */
  static ByteLimits of(HeapSettings settings) {
    Long settingBytes = settings.maxBytes();
    long maxBytes =
        settingBytes == null ? defaultMaxBytes(Runtime.getRuntime().maxMemory()) : settingBytes;
    if (maxBytes < LEAST_MAX_BYTES) {
      throw new InvalidSettingException(
          "heap.max-bytes",
          "must be at least " + LEAST_MAX_BYTES + " in a cache of streams, not " + maxBytes);
    }
    long maxWeightBytes = maxBytes - spareBytes(maxBytes);
    Long settingEntryBytes = settings.maxEntryBytes();
    long maxEntryBytes =
        settingEntryBytes == null
            ? Math.min(DEFAULT_MAX_ENTRY_BYTES, maxBytes / DEFAULT_ENTRIES)
            : settingEntryBytes;
    return new ByteLimits(
        maxBytes, maxWeightBytes, Math.min(maxEntryBytes, largestBodyBytes(maxWeightBytes)));
  }

  /** 64 MiB, or a quarter of the most a JVM takes for its heap if that is less. */
  static long defaultMaxBytes(long jvmMaxBytes) {
    return Math.min(DEFAULT_MAX_BYTES, jvmMaxBytes / DEFAULT_SHARE_OF_JVM);
  }

  private static long spareBytes(long maxBytes) {
    return maxBytes / SPARE_DIVISOR;
  }

  /** What is left of the whole bound for a body in full chunks. */
  private static long largestBodyBytes(long maxWeightBytes) {
    long chunks = maxWeightBytes / ChunkPool.CHUNK_BYTES + 1;
    return maxWeightBytes - OVERHEAD_BYTES - chunks * ChunkPool.CHUNK_OVERHEAD_BYTES;
  }

  /** The chunks kept for reuse: what the eviction of a value of the default limit leaves. */
  long maxKeptBytes() {
    return maxBytes / DEFAULT_ENTRIES;
  }

  /** What an entry counts beside its chunks. */
  static long ownBytes(EntryHeader header) {
    long bytes = OVERHEAD_BYTES + header.key().bytes().length;
    Metadata metadata = header.metadata();
    if (metadata.equals(Metadata.NONE)) {
      return bytes;
    }
    bytes += METADATA_BYTES;
    String contentType = metadata.contentType();
    bytes += contentType == null ? 0 : stringBytes(contentType);
    for (String tag : metadata.tags()) {
      bytes += NODE_BYTES + stringBytes(tag);
    }
    for (Map.Entry<String, String> attribute : metadata.attributes().entrySet()) {
      bytes += NODE_BYTES + stringBytes(attribute.getKey()) + stringBytes(attribute.getValue());
    }
    return bytes;
  }

  private static long stringBytes(String text) {
    return STRING_BYTES + 2L * text.length();
  }
}
