package io.terrace.stack;

import io.terrace.Freshness;
import io.terrace.PurgeMode;
import io.terrace.tier.ObjectTier;
import io.terrace.tier.Resident;
import io.terrace.tier.TagEpochs;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The purges by tag of a heap. A purge is a note of its tag and version; which entries it hits
 * shows when they are met. Thread safe, without locks.
 */
final class HeapTags<K, V> {
  /** With more tags noted than this, all entries are looked at once and the notes dropped. */
  static final int MAX_NOTES = 4096;

  private final ObjectTier<K, V> heap;
  private final TagEpochs epochs = new TagEpochs();

  HeapTags(ObjectTier<K, V> heap) {
    this.heap = heap;
  }

  /**
   * An entry of the heap as the purges by tag leave it, which is noted in the heap: itself, a stale
   * one in its place, or null if it was purged.
   */
  @Nullable Resident<V> settle(K key, Resident<V> resident) {
    if (!resident.isLabelled()) {
      return resident;
    }
    Freshness seen = epochs.seen(resident.metadata(), resident.version(), resident.freshness());
    if (seen == resident.freshness()) {
      return resident;
    }
    Resident<V> settled =
        seen == null ? null : resident.with(resident.metadata(), seen, resident.expiresAtMillis());
    heap.compareAndSet(key, resident, settled); // or somebody changed the key, and is not hit
    return settled;
  }

  /** Entries with the tag and a version up to {@code throughVersion} are purged. */
  void purge(String tag, PurgeMode mode, long throughVersion) {
    epochs.purge(tag, mode, throughVersion);
    if (epochs.size() > MAX_NOTES) {
      settleAll();
    }
  }

  private void settleAll() {
    Map<String, TagEpochs.Epoch> noted = epochs.all();
    for (Iterator<Map.Entry<K, Resident<V>>> all = heap.iterator(); all.hasNext(); ) {
      Map.Entry<K, Resident<V>> entry = all.next();
      settle(entry.getKey(), entry.getValue());
    }
    noted.forEach(epochs::forget);
  }
}
