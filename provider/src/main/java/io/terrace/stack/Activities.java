package io.terrace.stack;

import io.terrace.tier.Resident;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Who is at work on which key below the heap. It holds keys only while somebody is at work on them.
 *
 * <p>This is what keeps stale values out of the upper tiers (I3, I4), exactly per key:
 *
 * <ul>
 *   <li>A reader that goes below the heap takes off on a {@link Flight}; later readers follow it.
 *   <li>A writer begins a {@link WriteTurn}, which takes the flight off the map and waits until it
 *       can copy nothing any more; until the turn ends readers ask the authority and promote
 *       nothing.
 *   <li>The writer purges the heap, commits at the authority, then copies its value up if it was
 *       alone in its turn, and leaves the upper tiers without the key otherwise.
 * </ul>
 *
 * So no tier ever holds a value older than the last one a returned write committed, and no reader
 * sees a newer value at the authority and then an older one above it.
 */
final class Activities<K, V> {
  private final ConcurrentHashMap<K, Activity> active = new ConcurrentHashMap<>();

  /** Which flight a thread waits for; only flights that load can wait for one another. */
  private final ConcurrentHashMap<Thread, Flight<V>> waiting = new ConcurrentHashMap<>();

  /** How many {@link #clearing} sections run; while one does, nothing is copied up. */
  private final AtomicInteger clearings = new AtomicInteger();

  /** A read of one key, either as the owner of a flight or, during a write, on foot. */
  interface Read<V> {
    /**
     * @param flight the flight that may copy up, or null while the key is being written
     */
    @Nullable Resident<V> run(@Nullable Flight<V> flight);
  }

  /**
   * Follows the flight of the key, or takes off with {@code read}.
   *
   * @param wait for what of another's flight
   */
  @Nullable Resident<V> fly(K key, Flight.Wait wait, Read<V> read) {
    Flight<V> mine = new Flight<>(wait);
    while (true) {
      Activity current = takeOff(key, mine);
      if (current == null) {
        return lead(key, mine, read);
      }
      if (current instanceof WriteTurn) {
        return read.run(null);
      }
      Flight<V> flight = ofValues((Flight<?>) current);
      Resident<V> found = follow(flight, wait, read);
      if (found != null || wait == Flight.Wait.FOR_TIERS || !flight.isOverWithoutLoader()) {
        return found;
      }
      land(key, flight); // it asked no loader, and its owner has nothing else to do with it
    }
  }

  @SuppressWarnings("unchecked") // the map holds flights of V only
  static <V> Flight<V> ofValues(Flight<?> flight) {
    return (Flight<V>) flight;
  }

  /**
   * Takes off with a flight, which then has to {@link #land} before its thread waits for another
   * one; or returns what somebody is doing with the key.
   */
  @Nullable Activity takeOff(K key, Flight<V> flight) {
    Activity current = active.putIfAbsent(key, flight);
    if (current == null && clearings.get() > 0) {
      flight.cancel();
    }
    return current;
  }

  /** Ends a flight, after its result is told. */
  void land(K key, Flight<V> flight) {
    active.remove(key, flight);
  }

  private @Nullable Resident<V> lead(K key, Flight<V> flight, Read<V> read) {
    try {
      Resident<V> resident = read.run(flight);
      flight.complete(resident);
      return resident;
    } catch (Throwable t) {
      flight.fail(t);
      throw t;
    } finally {
      land(key, flight);
    }
  }

  /** Waits for another's flight, or reads on foot if that would be waiting for oneself. */
  @Nullable Resident<V> follow(Flight<V> flight, Flight.Wait wait, Read<V> read) {
    Thread self = Thread.currentThread();
    waiting.put(self, flight);
    try {
      if (!waitsFor(flight, self)) {
        return flight.result(wait).join();
      }
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    } finally {
      waiting.remove(self);
    }
    return read.run(null); // only after this thread is off the map, or others would walk in circles
  }

  /** Whether waiting for the flight would wait for {@code self}, directly or through others. */
  private boolean waitsFor(Flight<V> flight, Thread self) {
    Flight<V> next = flight;
    while (next != null) {
      if (next.owner() == self) {
        return true;
      }
      next = waiting.get(next.owner());
    }
    return false;
  }

  /** Begins a write of the key, or joins one; ends with {@link #endWrite}. */
  WriteTurn beginWrite(K key) {
    boolean[] joined = new boolean[1];
    WriteTurn turn =
        (WriteTurn)
            active.compute(
                key,
                (k, current) -> {
                  if (current instanceof WriteTurn running) {
                    running.users++;
                    joined[0] = running.writers > 0;
                    running.writers++;
                    return running;
                  }
                  return new WriteTurn((Flight<?>) current, 1);
                });
    if (turn.interrupted != null) {
      turn.interrupted.cancel();
    }
    if (joined[0] || clearings.get() > 0) {
      turn.share();
    }
    return turn;
  }

  void endWrite(K key, WriteTurn turn) {
    active.compute(
        key,
        (k, current) -> {
          turn.writers--;
          return --turn.users == 0 ? null : current;
        });
  }

  void endConfirm(K key, WriteTurn turn) {
    active.compute(key, (k, current) -> --turn.users == 0 ? null : current);
  }

  /** Makes sure that no flight that is in the air now copies anything up from here on. */
  void cancelFlight(K key) {
    if (!active.isEmpty() && active.get(key) instanceof Flight<?> flight) {
      flight.cancel();
      active.remove(key, flight);
    }
  }

  /**
   * This process is told of a change that it made itself: until {@link #endConfirm} nothing is
   * copied up, but for what a lone writer commits above this version.
   */
  WriteTurn beginConfirm(K key, long version) {
    WriteTurn turn =
        (WriteTurn)
            active.compute(
                key,
                (k, current) -> {
                  if (current instanceof WriteTurn running) {
                    running.users++;
                    return running;
                  }
                  return new WriteTurn((Flight<?>) current, 0);
                });
    if (turn.interrupted != null) {
      turn.interrupted.cancel();
    }
    turn.confirm(version);
    return turn;
  }

  /** Runs {@code clear} while nothing that was read or written before its end is copied up. */
  void clearing(Runnable clear) {
    clearings.incrementAndGet();
    try {
      for (Activity activity : active.values()) {
        if (activity instanceof Flight<?> flight) {
          flight.cancel();
        } else if (activity instanceof WriteTurn turn) {
          turn.share();
        }
      }
      clear.run();
    } finally {
      clearings.decrementAndGet();
    }
  }
}
