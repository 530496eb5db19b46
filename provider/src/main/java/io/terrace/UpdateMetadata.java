package io.terrace;

import static java.util.Objects.requireNonNull;

import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * Changes what an entry says beside its value, in every tier and without writing the value again.
 * The result says whether it was changed: not if there is none, or one of another version.
 *
 * <p>With its version, an entry that a soft purge made stale can be changed, too, and made fresh
 * again: what {@link TieredCache#getStale} returned and its origin then confirmed. A purge that
 * came before counts as answered by that. Purges by tag look at versions, so a stream that one of
 * them made stale gets a new version, and its bytes are written again; if another purge comes
 * meanwhile it stays stale, and the result is false. A value that is no stream stays stale for its
 * tag as long as it has it.
 *
 * <p>Immutable.
 */
public final class UpdateMetadata<K, V> implements EntryProcessor<K, V, Boolean> {
  private final MetadataUpdate update;
  private final @Nullable Long version;

  /** Changes the entry whatever its version, but not a stale one. */
  public UpdateMetadata(MetadataUpdate update) {
    this.update = requireNonNull(update, "update");
    this.version = null;
  }

  /** Changes the entry, fresh or stale, if it has this version. */
  public UpdateMetadata(MetadataUpdate update, long version) {
    this.update = requireNonNull(update, "update");
    this.version = version;
  }

  @Override
  @SuppressWarnings("unchecked") // the entry of a cache of K and V
  public Boolean process(MutableEntry<K, V> entry, Object... arguments) {
    TieredEntry<K, V> tiered = (TieredEntry<K, V>) entry.unwrap(TieredEntry.class);
    return version == null ? tiered.update(update) : tiered.update(update, version);
  }
}
