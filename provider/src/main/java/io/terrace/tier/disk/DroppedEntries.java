package io.terrace.tier.disk;

import io.terrace.PurgeReason;
import io.terrace.tier.EntryKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Entries that leave with their region, without an object each but for keys. Not thread safe. */
final class DroppedEntries {
  private static final int LONGS = 4;

  private long[] entries = new long[64 * LONGS];
  private PurgeReason[] reasons = new PurgeReason[64];
  private @Nullable EntryKey[] keys = new EntryKey[0];
  private int count;

  /**
   * @param key null where nobody needs to know it
   */
  void add(
      long hashHigh, long hashLow, IndexEntry entry, PurgeReason reason, @Nullable EntryKey key) {
    int at = count * LONGS;
    if (at == entries.length) {
      entries = Arrays.copyOf(entries, at * 2);
      reasons = Arrays.copyOf(reasons, count * 2);
    }
    entries[at] = hashHigh;
    entries[at + 1] = hashLow;
    entries[at + 2] = entry.location();
    entries[at + 3] = entry.version();
    reasons[count] = reason;
    if (key != null) {
      keys = count < keys.length ? keys : Arrays.copyOf(keys, entries.length / LONGS);
      keys[count] = key;
    }
    count++;
  }

  int count() {
    return count;
  }

  long high(int i) {
    return entries[i * LONGS];
  }

  long low(int i) {
    return entries[i * LONGS + 1];
  }

  long location(int i) {
    return entries[i * LONGS + 2];
  }

  long version(int i) {
    return entries[i * LONGS + 3];
  }

  PurgeReason reason(int i) {
    return reasons[i];
  }

  @Nullable EntryKey key(int i) {
    return i < keys.length ? keys[i] : null;
  }
}
