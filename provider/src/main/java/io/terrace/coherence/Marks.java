package io.terrace.coherence;

import io.terrace.tier.ChangeFeed;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a mark: a byte for the format, an {@code int} for the number of partitions, and the
 * number of the last step that the copies follow, a {@code long} for each; big endian.
 */
final class Marks {
  private static final byte FORMAT = 1;
  private static final int PREFIX_BYTES = 1 + Integer.BYTES;

  private Marks() {}

  static byte[] write(long[] sequences) {
    ByteBuffer out = ByteBuffer.allocate(PREFIX_BYTES + sequences.length * Long.BYTES);
    out.put(FORMAT).putInt(sequences.length);
    for (long sequence : sequences) {
      out.putLong(sequence);
    }
    return out.array();
  }

  /** What was written; nothing known of any partition if the mark is not of this cache. */
  static long[] read(byte @Nullable [] mark, int partitions) {
    long[] sequences = new long[partitions];
    Arrays.fill(sequences, ChangeFeed.UNKNOWN);
    if (mark == null || mark.length != PREFIX_BYTES + partitions * Long.BYTES) {
      return sequences;
    }
    ByteBuffer in = ByteBuffer.wrap(mark);
    if (in.get() == FORMAT && in.getInt() == partitions) {
      in.asLongBuffer().get(sequences);
    }
    return sequences;
  }
}
