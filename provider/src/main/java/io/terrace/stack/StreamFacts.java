package io.terrace.stack;

import io.terrace.EntryInfo;
import io.terrace.tier.EntryHeader;

/**
 * What was known of a stream when it was found.
 *
 * @param header as the tier had it; not yet of a version while the write is in progress
 * @param tier the name of the tier that had it
 */
record StreamFacts(EntryHeader header, String tier) {

  EntryInfo info() {
    return new EntryInfo(
        tier,
        header.version(),
        header.createdAtMillis(),
        header.expiresAtMillis(),
        header.freshness(),
        header.digest());
  }
}
