package io.terrace.tier.redis;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What Redis keeps of a partition: 24 bytes, big-endian.
 *
 * @param last the last stamp that was given
 * @param tail the number of the last step in the log; 0 before the first
 * @param clearedThrough entries with a stamp up to this one are gone
 */
record PartitionState(long last, long tail, long clearedThrough) {
  static final int BYTES = 24;

  /** Above it the numbers of Lua are no longer exact; the versions of the year 2255. */
  static final long MAX_STAMP = (1L << 53) - 2;

  /** Of a partition that was never changed, or whose state is lost: no entry is of it. */
  static final PartitionState NONE = new PartitionState(0, 0, 0);

  boolean isKnown() {
    return last > 0;
  }

  /** Whether an entry with this stamp may be served. */
  boolean holds(long stamp) {
    return stamp > clearedThrough && stamp <= last;
  }

  /** Reads what stands in Redis, whatever that is; {@link #NONE} if it is not a state. */
  static PartitionState of(byte @Nullable [] bytes) {
    if (bytes == null || bytes.length != BYTES) {
      return NONE;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    PartitionState state = new PartitionState(in.getLong(), in.getLong(), in.getLong());
    boolean sound =
        state.last > 0
            && state.last <= MAX_STAMP
            && state.tail >= 0
            && state.tail <= state.last
            && state.clearedThrough >= 0
            && state.clearedThrough <= state.last;
    return sound ? state : NONE;
  }
}
