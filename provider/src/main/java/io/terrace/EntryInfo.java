package io.terrace;

import org.jspecify.annotations.Nullable;

/**
 * What a cache knows of a stored entry beside its value and metadata.
 *
 * @param tier the tier that served it, by its name in the configuration
 * @param version 64 bits, monotonic per key, assigned by the lowest tier; 0 while the entry is
 *     being written, as for a handle that follows the write
 * @param createdAtMillis UTC milliseconds
 * @param expiresAtMillis UTC milliseconds; {@link Long#MAX_VALUE} for an eternal entry
 * @param freshness whether a soft purge hit it
 * @param digest of its bytes; null where none was made, as for values that are no streams
 */
public record EntryInfo(
    String tier,
    long version,
    long createdAtMillis,
    long expiresAtMillis,
    Freshness freshness,
    @Nullable BodyDigest digest) {}
