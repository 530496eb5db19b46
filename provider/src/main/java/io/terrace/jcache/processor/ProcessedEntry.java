package io.terrace.jcache.processor;

import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.TierReceipt;
import io.terrace.TierCopy;
import io.terrace.TieredEntry;
import io.terrace.tier.Resident;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The entry one run of an entry processor works on: a snapshot, and what the processor wants of it
 * in the end. Nothing is changed before the processor returned, except for what it does to the
 * tiers, which is done at once. Not thread safe.
 *
 * <p>The snapshot is taken when it is needed first, so that a processor that only asks for the
 * tiers does not use the entry. Ends with {@link #end}, which closes what is open: the value that
 * was read, the one that was loaded, and the one that was set.
 */
public final class ProcessedEntry<K, V> implements TieredEntry<K, V> {

  /** The net effect of a run. */
  public enum Effect {
    NONE,
    SET,
    REMOVED
  }

  private final EntrySource<K, V> source;
  private final K key;

  /** What the key held when somebody looked first; null if nothing, or if nobody looked. */
  private @Nullable Resident<V> snapshot;

  private boolean looked;

  /** The same entry after the run changed what is said of it, which may be another object. */
  private @Nullable Resident<V> updated;

  /** Whether the run itself took the entry away since. */
  private boolean purged;

  /** Whether the entry was there when the run purged it. */
  private boolean wasThere;

  private @Nullable V value;
  private @Nullable V loadedValue;
  private Effect effect = Effect.NONE;
  private boolean read;

  public ProcessedEntry(EntrySource<K, V> source, K key) {
    this.source = source;
    this.key = key;
  }

  private @Nullable Resident<V> snapshot() {
    if (!looked) {
      snapshot = source.get(key);
      looked = true;
    }
    return snapshot;
  }

  /** What the key holds as far as this run knows, or null. */
  private @Nullable Resident<V> present() {
    return purged ? null : snapshot();
  }

  @Override
  public boolean exists() {
    return switch (effect) {
      case NONE -> value != null || present() != null;
      case SET -> true;
      case REMOVED -> false;
    };
  }

  @Override
  public K getKey() {
    return key;
  }

  @Override
  public @Nullable V getValue() {
    if (value == null && effect == Effect.NONE) {
      Resident<V> present = present();
      if (present == null) {
        value = source.load(key);
        loadedValue = value == null ? loadedValue : value;
      } else {
        value = source.valueOf(present);
        read = true;
      }
    }
    return value;
  }

  @Override
  public void setValue(V newValue) {
    source.check(Objects.requireNonNull(newValue, "value"));
    refuseSet(newValue);
    value = newValue;
    effect = Effect.SET;
  }

  @Override
  public void remove() {
    boolean onlyMadeHere = effect == Effect.SET && loadedValue == null && present() == null;
    refuseSet(null);
    value = null;
    effect = onlyMadeHere ? Effect.NONE : Effect.REMOVED;
  }

  /** Closes a value that was set and is not wanted any more. */
  private void refuseSet(@Nullable V next) {
    if (effect == Effect.SET && value != null && value != next) {
      source.refuse(value);
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("an entry is no " + type.getName());
  }

  // The tiers

  @Override
  public @Nullable EntryInfo info() {
    Resident<V> seen = snapshot();
    return seen == null ? null : source.info(seen);
  }

  @Override
  public Metadata metadata() {
    Resident<V> seen = snapshot();
    return seen == null ? Metadata.NONE : source.metadata(seen);
  }

  @Override
  public List<TierCopy> residency() {
    return source.operations().residency(key);
  }

  @Override
  public boolean promote(String tier) {
    return source.operations().promote(key, Objects.requireNonNull(tier, "tier"));
  }

  @Override
  public PurgeReceipt purge(PurgeReason reason, String... tiers) {
    Objects.requireNonNull(reason, "reason");
    PurgeReceipt receipt = source.operations().purge(key, reason, Set.copyOf(List.of(tiers)));
    List<String> all = source.operations().tiers();
    String authority = all.get(all.size() - 1);
    for (TierReceipt one : receipt.tiers()) {
      wasThere |= one.outcome() == PurgeReceipt.Outcome.DONE;
      if (one.tier().equals(authority)) {
        gone();
      }
    }
    return receipt;
  }

  @Override
  public boolean update(MetadataUpdate update) {
    Objects.requireNonNull(update, "update");
    Resident<V> present = present();
    return present != null && update(update, present.version());
  }

  @Override
  public boolean update(MetadataUpdate update, long version) {
    Objects.requireNonNull(update, "update");
    if (!source.operations().update(key, version, update)) {
      return false;
    }
    if (looked) {
      Resident<V> changed = source.find(key);
      updated = changed != null && changed.version() == version ? changed : updated;
    }
    if (update.expiresAtMillis() != null) {
      read = false; // the deadline is as it was said to be, whatever a read makes of it
    }
    if (update.freshness() == Freshness.STALE) {
      wasThere = true;
      gone();
    }
    return true;
  }

  /** The entry is absent from now on, unless the run sets it. */
  private void gone() {
    purged = true;
    read = false;
    if (effect == Effect.NONE) {
      value = null;
    }
  }

  // For the one who runs the processor

  public Effect effect() {
    return effect;
  }

  /** Whether somebody cares what the key held when the run began; if not, anything may be there. */
  public boolean hasSnapshot() {
    return looked || purged;
  }

  /** What the key has to hold for the effect to be right, or null for nothing. */
  public @Nullable Resident<V> expected() {
    return purged ? null : updated == null ? snapshot : updated;
  }

  /** Whether the run found or purged an entry. */
  public boolean wasPresent() {
    return snapshot != null || wasThere;
  }

  /** Whether the value that was there before was read: an access of the entry. */
  public boolean wasRead() {
    return read;
  }

  /** Whether a value was loaded, so that the key may no longer be absent. */
  public boolean wasLoaded() {
    return loadedValue != null;
  }

  /** The value that was set. */
  public V newValue() {
    return Objects.requireNonNull(value, "value");
  }

  /** Closes everything the processor got or set. Idempotent. */
  public void end() {
    if (snapshot != null) {
      source.release(snapshot);
    }
    if (loadedValue != null) {
      source.refuse(loadedValue);
    }
    if (effect == Effect.SET && value != null) {
      source.refuse(value);
    }
  }
}
