package io.terrace.tier.disk;

import io.terrace.tier.PurgeReason;
import java.util.Arrays;

/** Entries that leave with their region, without an object each. Not thread safe. */
final class DroppedEntries {
  private static final int LONGS = 4;

  private long[] entries = new long[64 * LONGS];
  private int count;

  void add(long hashHigh, long hashLow, long location, PurgeReason reason) {
    int at = count * LONGS;
    if (at == entries.length) {
      entries = Arrays.copyOf(entries, at * 2);
    }
    entries[at] = hashHigh;
    entries[at + 1] = hashLow;
    entries[at + 2] = location;
    entries[at + 3] = reason == PurgeReason.EXPIRY ? 1 : 0;
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

  PurgeReason reason(int i) {
    return entries[i * LONGS + 3] == 1 ? PurgeReason.EXPIRY : PurgeReason.EVICTION;
  }
}
