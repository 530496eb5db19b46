package io.terrace.tier.heap;

import io.terrace.tier.EntryHeader;
import org.jspecify.annotations.Nullable;

/**
 * How long a heap tier for bytes keeps an entry, whatever the entry's own deadline. Immutable.
 *
 * @param untilMillis when it is over, in UTC milliseconds; {@link EntryHeader#NEVER} if never
 * @param end what is over then
 */
record Stay(long untilMillis, End end) {

  /** What ends with a stay. */
  enum End {
    /** The copy; the entry lives on in a tier below, which gave its version. */
    OF_COPY,
    /** The entry: no other tier has it, and this one gave its version. */
    OF_ENTRY
  }

  /** The header as it is to be seen: itself, with the stay as its deadline, or null. */
  @Nullable EntryHeader seen(EntryHeader header, long nowMillis) {
    if (end == End.OF_COPY) {
      return untilMillis <= nowMillis ? null : header;
    }
    return untilMillis < header.expiresAtMillis() ? header.withExpiry(untilMillis) : header;
  }
}
