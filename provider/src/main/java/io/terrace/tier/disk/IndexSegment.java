package io.terrace.tier.disk;

import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * A part of the index: an open-addressing table in one array, five longs an entry, probed linearly.
 * An entry is found by its 128-bit hash alone; whoever uses it compares the key in the record.
 * Thread safe.
 */
final class IndexSegment {
  /*
   * The lock guards `slots` and `size`. Readers probe optimistically and take the lock only when
   * somebody wrote meanwhile. It is held for one operation on the table, at most for growing it by
   * half, and never for I/O or while another lock is acquired.
   */
  static final int SLOT_LONGS = 5;
  static final int HIGH = 0;
  static final int LOW = 1;
  static final int LOCATION = 2;
  static final int VERSION = 3;
  static final int SIZES = 4;
  private static final int FIRST_CAPACITY = 8;

  private final StampedLock lock = new StampedLock();
  private long[] slots = new long[0];
  private int size;

  @Nullable IndexEntry find(long high, long low) {
    long stamp = lock.tryOptimisticRead();
    if (stamp != 0) {
      IndexEntry entry = probe(slots, high, low);
      if (lock.validate(stamp)) {
        return entry;
      }
    }
    stamp = lock.readLock();
    try {
      return probe(slots, high, low);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  private static @Nullable IndexEntry probe(long[] slots, long high, long low) {
    int at = position(slots, high, low);
    return at < 0
        ? null
        : new IndexEntry(slots[at + LOCATION], slots[at + VERSION], slots[at + SIZES]);
  }

  /** Where the entry is in the array, or {@code -1 - free place}, or -1 where there is none. */
  private static int position(long[] slots, long high, long low) {
    int capacity = slots.length / SLOT_LONGS;
    if (capacity == 0) {
      return -1;
    }
    int slot = home(low, capacity);
    for (int i = 0; i < capacity; i++) {
      int at = slot * SLOT_LONGS;
      if (slots[at + LOCATION] == 0) {
        return -1 - at;
      }
      if (slots[at + LOW] == low && slots[at + HIGH] == high) {
        return at;
      }
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
    return -1; // full: only seen by an optimistic reader of an array that is being changed
  }

  private static int home(long low, int capacity) {
    return (int) (((low & 0xffffffffL) * capacity) >>> 32);
  }

  /** Puts an entry and returns what was there. */
  @Nullable IndexEntry put(long high, long low, IndexEntry entry) {
    long stamp = lock.writeLock();
    try {
      IndexEntry previous = probe(slots, high, low);
      if (previous == null && ++size * 5L > slots.length / SLOT_LONGS * 4L) {
        grow();
      }
      int at = position(slots, high, low);
      at = at < 0 ? -1 - at : at;
      store(slots, at, high, low, entry.location(), entry.version(), entry.sizes());
      return previous;
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  private static void store(
      long[] slots, int at, long high, long low, long location, long version, long sizes) {
    slots[at + HIGH] = high;
    slots[at + LOW] = low;
    slots[at + LOCATION] = location;
    slots[at + VERSION] = version;
    slots[at + SIZES] = sizes;
  }

  private void grow() {
    int capacity = slots.length / SLOT_LONGS;
    long[] larger = new long[Math.max(FIRST_CAPACITY, capacity + capacity / 2) * SLOT_LONGS];
    for (int at = 0; at < slots.length; at += SLOT_LONGS) {
      if (slots[at + LOCATION] != 0) {
        int to = -1 - position(larger, slots[at + HIGH], slots[at + LOW]);
        System.arraycopy(slots, at, larger, to, SLOT_LONGS);
      }
    }
    slots = larger;
  }

  /** Removes an entry and returns it. */
  @Nullable IndexEntry remove(long high, long low) {
    long stamp = lock.writeLock();
    try {
      int at = position(slots, high, low);
      if (at < 0) {
        return null;
      }
      IndexEntry removed =
          new IndexEntry(slots[at + LOCATION], slots[at + VERSION], slots[at + SIZES]);
      closeGap(at / SLOT_LONGS);
      size--;
      return removed;
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** Moves the entries that follow forward, so that every one is reached from its home. */
  private void closeGap(int gap) {
    int capacity = slots.length / SLOT_LONGS;
    int next = gap;
    while (true) {
      next = next + 1 == capacity ? 0 : next + 1;
      int at = next * SLOT_LONGS;
      if (slots[at + LOCATION] == 0) {
        break;
      }
      int home = home(slots[at + LOW], capacity);
      int fromHome = Math.floorMod(next - home, capacity);
      int fromGap = Math.floorMod(next - gap, capacity);
      if (fromHome >= fromGap) {
        System.arraycopy(slots, at, slots, gap * SLOT_LONGS, SLOT_LONGS);
        gap = next;
      }
    }
    store(slots, gap * SLOT_LONGS, 0, 0, 0, 0, 0);
  }

  /** Notes that the entry was read, if its record is still the one at {@code location}. */
  void markRead(long high, long low, long location) {
    long stamp = lock.writeLock();
    try {
      int at = position(slots, high, low);
      if (at >= 0 && slots[at + LOCATION] == location) {
        slots[at + SIZES] |= IndexEntry.READ;
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** The entries of this moment, {@link #SLOT_LONGS} longs each: hash, location, version, sizes. */
  long[] copy() {
    long stamp = lock.readLock();
    try {
      long[] copy = new long[size * SLOT_LONGS];
      int to = 0;
      for (int at = 0; at < slots.length; at += SLOT_LONGS) {
        if (slots[at + LOCATION] != 0) {
          System.arraycopy(slots, at, copy, to, SLOT_LONGS);
          to += SLOT_LONGS;
        }
      }
      return copy;
    } finally {
      lock.unlockRead(stamp);
    }
  }
}
