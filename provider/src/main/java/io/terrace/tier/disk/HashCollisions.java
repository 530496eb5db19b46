package io.terrace.tier.disk;

import io.terrace.tier.EntryKey;
import java.io.IOException;

/**
 * Compares the key of an index entry, which knows its hash alone, with the key that was asked for.
 * Thread safe; takes no lock.
 */
final class HashCollisions {
  private final RegionLog log;
  private final BufferPool pool;

  HashCollisions(RegionLog log, BufferPool pool) {
    this.log = log;
    this.pool = pool;
  }

  /**
   * The location of the record that has the key's hash and not the key, or 0. A record whose key
   * cannot be read counts as such a one: it cannot be served either.
   */
  long foreignLocation(Index index, EntryKey key) throws IOException {
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
      return prefix.hasKey(key);
    } catch (DamagedException e) {
      return false;
    } finally {
      pinned.unpin();
    }
  }
}
