package io.terrace.tier;

import io.terrace.Freshness;
import io.terrace.Metadata;

/** An entry on the heap that has metadata, or is stale. */
final class LabelledResident<V> extends Resident<V> {
  /** Stands for {@link EntryHeader#NEVER}: as far away, but not what a timeless entry has. */
  static final long STAYS = EntryHeader.NEVER - 1;

  final Metadata metadata;
  final Freshness freshness;

  LabelledResident(
      V value,
      long version,
      long createdAtMillis,
      long expiresAtMillis,
      long leavesAtMillis,
      boolean shareable,
      Metadata metadata,
      Freshness freshness) {
    super(
        value,
        version,
        createdAtMillis,
        expiresAtMillis,
        Math.min(leavesAtMillis, STAYS),
        shareable);
    this.metadata = metadata;
    this.freshness = freshness;
  }
}
