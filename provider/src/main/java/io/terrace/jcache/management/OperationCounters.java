package io.terrace.jcache.management;

import org.jspecify.annotations.Nullable;

/**
 * Counts the operations of one cache, exactly and nearly without contention. Thread safe.
 *
 * <p>A thread counts in a cell of its own while there is a free one, by plain additions, which cost
 * a fraction of an atomic one. Other threads share striped cells and add atomically.
 */
public final class OperationCounters {
  /*
   * The monitor guards writes to `owned` and `shared`. They are read without it, which may miss a
   * cell that was just entered: whoever misses his own finds it under the monitor. What he reads of
   * a cell before he owns it is its final owner only.
   */
  private static final int OWNED = 64;

  private static final int SHARED = 16;

  private final @Nullable Cell[] owned = new Cell[OWNED];
  private final @Nullable Cell[] shared = new Cell[SHARED];

  /** What the counts were when they were last cleared. */
  private volatile Totals cleared = Totals.ZERO;

  /** The cell in which the current thread counts. */
  public Cell cell() {
    long thread = Thread.currentThread().getId();
    Cell cell = owned[(int) thread & (OWNED - 1)];
    return cell != null && cell.owner == thread ? cell : otherCell(thread);
  }

  private Cell otherCell(long thread) {
    Cell cell = owned[(int) thread & (OWNED - 1)];
    if (cell != null && cell.owner != thread) {
      cell = shared[(int) thread & (SHARED - 1)];
    }
    return cell == null ? enter(thread) : cell;
  }

  private synchronized Cell enter(long thread) {
    int index = (int) thread & (OWNED - 1);
    Cell own = owned[index];
    if (own == null) {
      own = Cell.ownedBy(thread);
      owned[index] = own;
    }
    if (own.owner == thread) {
      return own;
    }
    int sharedIndex = (int) thread & (SHARED - 1);
    Cell common = shared[sharedIndex];
    if (common == null) {
      common = Cell.shared();
      shared[sharedIndex] = common;
    }
    return common;
  }

  /** Sets the counts to zero for those who read them. */
  void clear() {
    cleared = sum();
  }

  Totals totals() {
    return sum().minus(cleared);
  }

  /** The hits since the counters were made, cleared or not. */
  public long hitsEver() {
    return sum().hits();
  }

  private synchronized Totals sum() {
    return add(shared, add(owned, Totals.ZERO));
  }

  private static Totals add(@Nullable Cell[] cells, Totals start) {
    Totals sum = start;
    for (Cell cell : cells) {
      sum = cell == null ? sum : cell.addTo(sum);
    }
    return sum;
  }
}
