package io.terrace;

import static java.util.Objects.requireNonNull;

import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * Changes what an entry says beside its value, in every tier and without writing the value again.
 * The result says whether it was changed: not if there is none, or one of another version.
 * Immutable.
 */
public final class UpdateMetadata<K, V> implements EntryProcessor<K, V, Boolean> {
  private final MetadataUpdate update;
  private final @Nullable Long version;

  /** Changes the entry whatever its version. */
  public UpdateMetadata(MetadataUpdate update) {
    this.update = requireNonNull(update, "update");
    this.version = null;
  }

  /** Changes the entry if it has this version. */
  public UpdateMetadata(MetadataUpdate update, long version) {
    this.update = requireNonNull(update, "update");
    this.version = version;
  }

  @Override
  @SuppressWarnings("unchecked") // the entry of a cache of K and V
  public Boolean process(MutableEntry<K, V> entry, Object... arguments) {
    TieredEntry<K, V> tiered = (TieredEntry<K, V>) entry.unwrap(TieredEntry.class);
    EntryInfo info = tiered.info();
    return info != null && (version == null || version == info.version()) && tiered.update(update);
  }
}
