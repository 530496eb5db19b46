package io.terrace.coherence;

import io.terrace.tier.ChangeFeed;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a mark says. Its bytes: one for the format, an {@code int} for the number of partitions, and
 * two {@code long} for each; big endian.
 *
 * @param sequences the number of the last step that the copies of each partition follow, {@link
 *     ChangeFeed#UNKNOWN} if that is not known
 * @param histories whose numbers these are, as {@link ChangeFeed#history} says
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its bytes alone
record Marks(long[] sequences, long[] histories) {
  private static final byte FORMAT = 2;
  private static final int PREFIX_BYTES = 1 + Integer.BYTES;
  private static final int PARTITION_BYTES = 2 * Long.BYTES;

  byte[] write() {
    int partitions = sequences.length;
    ByteBuffer out = ByteBuffer.allocate(PREFIX_BYTES + partitions * PARTITION_BYTES);
    out.put(FORMAT).putInt(partitions);
    for (int p = 0; p < partitions; p++) {
      out.putLong(sequences[p]).putLong(histories[p]);
    }
    return out.array();
  }

  /** What was written; nothing known of any partition if the mark is not of this cache. */
  static Marks read(byte @Nullable [] mark, int partitions) {
    Marks read = new Marks(new long[partitions], new long[partitions]);
    Arrays.fill(read.sequences, ChangeFeed.UNKNOWN);
    if (mark == null || mark.length != PREFIX_BYTES + partitions * PARTITION_BYTES) {
      return read;
    }
    ByteBuffer in = ByteBuffer.wrap(mark);
    if (in.get() == FORMAT && in.getInt() == partitions) {
      for (int p = 0; p < partitions; p++) {
        read.sequences[p] = in.getLong();
        read.histories[p] = in.getLong();
      }
    }
    return read;
  }
}
