package io.terrace.stack;

import io.terrace.tier.EntryHeader;
import io.terrace.tier.ReadHandle;
import java.io.Closeable;
import java.nio.ByteBuffer;

/**
 * An entry as a byte tier returned it, whose body is there until this is closed.
 *
 * @param header its header
 * @param body its whole body
 * @param tier the index of the tier, 0 for the one below the heap
 * @param source what the body was read from
 * @param mayCopy whether it may be copied into the tiers above
 */
record Found(EntryHeader header, ByteBuffer body, int tier, ReadHandle source, boolean mayCopy)
    implements Closeable {

  /** The same, which is not to be copied unless that is allowed. */
  Found copied(boolean allowed) {
    return allowed == mayCopy ? this : new Found(header, body, tier, source, allowed);
  }

  @Override
  public void close() {
    source.close();
  }
}
