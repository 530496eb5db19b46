package io.terrace.jcache.management;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The counts of one thread, or of those threads without a cell of their own that share it. Counts
 * are exact; times are taken of one operation in {@link #SAMPLE} of each kind, since reading the
 * clock twice would cost more than a hit.
 */
public final class Cell {
  /*
   * Counters of an owned cell have a single writer, so that a plain addition is exact; opaque access
   * makes each written value visible as a whole to those who sum up. Counters of a shared cell are
   * added to atomically. Whether an operation is timed is decided by plain reads: which one it is
   * does not matter.
   */
  private static final int SAMPLE = 256;

  private static final long NOBODY = -1;

  /** The id of the thread the cell belongs to, or {@link #NOBODY}. */
  final long owner;

  private long hits;
  private long misses;
  private long puts;
  private long removals;

  @SuppressWarnings("unused") // this and the following through their handles only
  private long getNanos;

  @SuppressWarnings("unused")
  private long getSamples;

  @SuppressWarnings("unused")
  private long putNanos;

  @SuppressWarnings("unused")
  private long putSamples;

  @SuppressWarnings("unused")
  private long removeNanos;

  @SuppressWarnings("unused")
  private long removeSamples;

  /** Keeps the cells of two threads in different cache lines. */
  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7;

  private Cell(long owner) {
    this.owner = owner;
  }

  static Cell ownedBy(long threadId) {
    return new Cell(threadId);
  }

  static Cell shared() {
    return new Cell(NOBODY);
  }

  /** Apart from the cell, so that a cache that does not count never makes them. */
  private static final class Counters {
    static final VarHandle HITS = of("hits");
    static final VarHandle MISSES = of("misses");
    static final VarHandle PUTS = of("puts");
    static final VarHandle REMOVALS = of("removals");
    static final VarHandle GET_NANOS = of("getNanos");
    static final VarHandle GET_SAMPLES = of("getSamples");
    static final VarHandle PUT_NANOS = of("putNanos");
    static final VarHandle PUT_SAMPLES = of("putSamples");
    static final VarHandle REMOVE_NANOS = of("removeNanos");
    static final VarHandle REMOVE_SAMPLES = of("removeSamples");

    private static VarHandle of(String field) {
      try {
        return MethodHandles.lookup().findVarHandle(Cell.class, field, long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
  }

  /** When a get begins that is to be timed, in nanoseconds; 0 if it is not. */
  public static long startGet(@Nullable Cell cell) {
    return cell == null ? 0 : started(cell.hits + cell.misses);
  }

  /** As {@link #startGet} for a put. */
  public static long startPut(@Nullable Cell cell) {
    return cell == null ? 0 : started(cell.puts);
  }

  /** As {@link #startGet} for a removal. */
  public static long startRemoval(@Nullable Cell cell) {
    return cell == null ? 0 : started(cell.removals);
  }

  private static long started(long count) {
    return (count & (SAMPLE - 1)) == 0 ? System.nanoTime() | 1 : 0;
  }

  /**
   * When one of many operations that were done together would have begun, had it been alone.
   *
   * @param started what the start of the operation returned, after all of them
   * @param nanos its share of the time
   */
  public static long before(long started, long nanos) {
    return started == 0 ? 0 : (started - nanos) | 1;
  }

  /** Counts a get that found its key. */
  public static void hit(@Nullable Cell cell, long started) {
    if (cell != null) {
      cell.add(Counters.HITS, 1);
      cell.time(started, Counters.GET_NANOS, Counters.GET_SAMPLES);
    }
  }

  /** Counts a get that did not find its key. */
  public static void miss(@Nullable Cell cell, long started) {
    if (cell != null) {
      cell.add(Counters.MISSES, 1);
      cell.time(started, Counters.GET_NANOS, Counters.GET_SAMPLES);
    }
  }

  /** Counts a put. */
  public static void put(@Nullable Cell cell, long started) {
    if (cell != null) {
      cell.add(Counters.PUTS, 1);
      cell.time(started, Counters.PUT_NANOS, Counters.PUT_SAMPLES);
    }
  }

  /** Counts a removal of an entry that was there. */
  public static void removal(@Nullable Cell cell, long started) {
    if (cell != null) {
      cell.add(Counters.REMOVALS, 1);
      cell.time(started, Counters.REMOVE_NANOS, Counters.REMOVE_SAMPLES);
    }
  }

  private void time(long started, VarHandle nanos, VarHandle samples) {
    if (started != 0) {
      add(nanos, Math.max(0, System.nanoTime() - started));
      add(samples, 1);
    }
  }

  private void add(VarHandle counter, long amount) {
    if (owner == NOBODY) {
      long unused = (long) counter.getAndAdd(this, amount);
    } else {
      counter.setOpaque(this, (long) counter.get(this) + amount);
    }
  }

  private long value(VarHandle counter) {
    return (long) counter.getOpaque(this);
  }

  /** Adds this cell's counts to a sum. */
  Totals addTo(Totals sum) {
    return new Totals(
        sum.hits() + value(Counters.HITS),
        sum.misses() + value(Counters.MISSES),
        sum.puts() + value(Counters.PUTS),
        sum.removals() + value(Counters.REMOVALS),
        sum.get().plus(value(Counters.GET_NANOS), value(Counters.GET_SAMPLES)),
        sum.put().plus(value(Counters.PUT_NANOS), value(Counters.PUT_SAMPLES)),
        sum.remove().plus(value(Counters.REMOVE_NANOS), value(Counters.REMOVE_SAMPLES)));
  }
}
