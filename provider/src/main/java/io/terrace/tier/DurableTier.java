package io.terrace.tier;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A tier whose entries survive the end of the process, and a few bytes with them: a mark, which
 * says up to where the entries follow what is changed elsewhere. Mark and entries are one history:
 * whatever is lost, a mark that is found was written after everything that was done to the entries
 * before it was still there.
 */
public interface DurableTier extends Tier {

  /** Replaces the mark; at most 64 KiB. */
  void mark(byte[] mark) throws IOException;

  /** The last mark that is kept, or null if there is none. Not changed by anyone. */
  byte @Nullable [] mark() throws IOException;
}
