package io.terrace.tier;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import org.jspecify.annotations.Nullable;

/**
 * A change of an entry's header.
 *
 * @param expiresAtMillis the new deadline in UTC milliseconds, or null to keep the old one
 * @param metadata the new metadata, or null to keep the old
 * @param freshness the new freshness, or null to keep it
 */
public record HeaderUpdate(
    @Nullable Long expiresAtMillis, @Nullable Metadata metadata, @Nullable Freshness freshness) {

  /** A soft purge. */
  public static final HeaderUpdate TO_STALE = new HeaderUpdate(null, null, Freshness.STALE);

  /** What a user asked for. */
  public static HeaderUpdate of(MetadataUpdate update) {
    return new HeaderUpdate(update.expiresAtMillis(), update.metadata(), update.freshness());
  }

  /** A new deadline, and nothing else. */
  public static HeaderUpdate expireAt(long expiresAtMillis) {
    return new HeaderUpdate(expiresAtMillis, null, null);
  }

  /** This change and then another one. */
  public HeaderUpdate then(HeaderUpdate later) {
    return new HeaderUpdate(
        later.expiresAtMillis == null ? expiresAtMillis : later.expiresAtMillis,
        later.metadata == null ? metadata : later.metadata,
        later.freshness == null ? freshness : later.freshness);
  }

  /** The header with the change applied. */
  public EntryHeader applyTo(EntryHeader header) {
    return new EntryHeader(
        header.key(),
        header.version(),
        header.createdAtMillis(),
        expiresAtMillis == null ? header.expiresAtMillis() : expiresAtMillis,
        header.bodyLength(),
        header.codecId(),
        header.checksum(),
        metadata == null ? header.metadata() : metadata,
        header.digest(),
        freshness == null ? header.freshness() : freshness);
  }
}
