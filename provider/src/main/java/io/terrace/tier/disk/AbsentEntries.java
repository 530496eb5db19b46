package io.terrace.tier.disk;

import io.terrace.tier.EntryKey;
import java.io.IOException;

/**
 * Finds out whether an index entry, which knows its hash and version alone, stands for the key that
 * was asked for and was not purged by tag. Thread safe; takes no lock.
 */
final class AbsentEntries {
  private final RegionLog log;
  private final BufferPool pool;
  private final PurgedTags tags;

  AbsentEntries(RegionLog log, BufferPool pool, PurgedTags tags) {
    this.log = log;
    this.pool = pool;
    this.tags = tags;
  }

  /**
   * The location of the record that has the key's hash and is no entry of the key, or 0: it has
   * another key, or a tag that was purged. A record whose key cannot be read counts as such a one:
   * it cannot be served either.
   */
  long location(Index index, EntryKey key) throws IOException {
    IndexEntry entry = index.find(key.hashHigh(), key.hashLow());
    while (entry != null) {
      Region region = log.regions().pin(Location.region(entry.location()));
      if (region != null) {
        return isOf(key, entry, region) ? 0 : entry.location();
      }
      log.requireOpen();
      IndexEntry again = index.find(key.hashHigh(), key.hashLow());
      if (again != null && again.location() == entry.location()) {
        return entry.location(); // the index points to a region that is gone
      }
      entry = again;
    }
    return 0;
  }

  private boolean isOf(EntryKey key, IndexEntry entry, Region pinned) throws IOException {
    try (LoadedRecord prefix =
        LoadedRecord.prefix(log, pool, pinned, entry, key.hashHigh(), key.hashLow())) {
      return prefix.hasKey(key)
          && (!tags.mayHide(entry.version()) || tags.seen(prefix.entryHeader(key)) != null);
    } catch (DamagedException e) {
      return false;
    } finally {
      pinned.unpin();
    }
  }
}
