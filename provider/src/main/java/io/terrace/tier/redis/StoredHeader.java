package io.terrace.tier.redis;

import io.terrace.tier.EntryHeader;
import org.jspecify.annotations.Nullable;

/**
 * The header of an entry as it stands in Redis.
 *
 * @param header as the stack knows it, with the freshness that was written
 * @param stamp the number that the partition gave the entry; its version, if this tier assigned it
 * @param bytes how many bytes it takes; the inline body follows
 * @param chunks where the body lies, or null if it is inline
 * @param checks both checksums of the header, by which a change of it is noticed
 */
record StoredHeader(
    EntryHeader header, long stamp, int bytes, @Nullable Chunks chunks, long checks) {}
