package io.terrace.tier;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which tags were purged, through which version: what makes a purge by tag independent of the
 * number of entries, as each is checked when it is met. Thread safe, without locks.
 */
public final class TagEpochs {

  /**
   * The purges of one tag.
   *
   * @param hardThrough entries up to this version are gone
   * @param softThrough entries up to this version are stale
   */
  public record Epoch(long hardThrough, long softThrough) {
    Epoch with(PurgeMode mode, long throughVersion) {
      return mode == PurgeMode.HARD
          ? new Epoch(Math.max(hardThrough, throughVersion), softThrough)
          : new Epoch(hardThrough, Math.max(softThrough, throughVersion));
    }
  }

  private static final Epoch NEVER = new Epoch(EntryHeader.UNASSIGNED, EntryHeader.UNASSIGNED);

  private final ConcurrentHashMap<String, Epoch> epochs = new ConcurrentHashMap<>();

  /** Entries with this tag and a version up to {@code throughVersion} are purged. */
  public void purge(String tag, PurgeMode mode, long throughVersion) {
    epochs.merge(
        tag, NEVER.with(mode, throughVersion), (old, ignored) -> old.with(mode, throughVersion));
  }

  /** The header as it is to be seen: itself, stale, or null if the entry was purged. */
  public @Nullable EntryHeader seen(EntryHeader header) {
    Freshness seen = seen(header.metadata(), header.version(), header.freshness());
    if (seen == null) {
      return null;
    }
    return seen == header.freshness() ? header : header.withFreshness(seen);
  }

  /** The freshness of an entry as it is to be seen, or null if the entry was purged. */
  public @Nullable Freshness seen(Metadata metadata, long version, Freshness freshness) {
    if (epochs.isEmpty() || metadata.tags().isEmpty()) {
      return freshness;
    }
    Freshness seen = freshness;
    for (String tag : metadata.tags()) {
      Epoch epoch = epochs.getOrDefault(tag, NEVER);
      if (version <= epoch.hardThrough()) {
        return null;
      }
      if (version <= epoch.softThrough()) {
        seen = Freshness.STALE;
      }
    }
    return seen;
  }

  /** How many tags have purges that still matter. */
  public int size() {
    return epochs.size();
  }

  /** Whether the entry is not to be seen as its header says. */
  public boolean concern(EntryHeader header) {
    EntryHeader seen = seen(header);
    return seen == null || seen.freshness() != header.freshness();
  }

  /** The purges that still matter. */
  public Map<String, Epoch> all() {
    return Map.copyOf(epochs);
  }

  /** Forgets the purges of a tag if nothing was added since: no entry is left that they hit. */
  public void forget(String tag, Epoch epoch) {
    epochs.remove(tag, epoch);
  }

  public void clear() {
    epochs.clear();
  }
}
