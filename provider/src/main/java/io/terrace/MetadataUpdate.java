package io.terrace;

import org.jspecify.annotations.Nullable;

/**
 * A change of what an entry says beside its value.
 *
 * @param metadata the new metadata, or null to keep the old
 * @param expiresAtMillis the new deadline in UTC milliseconds, {@link Long#MAX_VALUE} for none, or
 *     null to keep the old one; a tier's own cap stays in force
 * @param freshness a soft purge or the end of one, or null to keep it
 */
public record MetadataUpdate(
    @Nullable Metadata metadata, @Nullable Long expiresAtMillis, @Nullable Freshness freshness) {

  /** Other metadata, and nothing else. */
  public static MetadataUpdate of(Metadata metadata) {
    return new MetadataUpdate(metadata, null, null);
  }
}
