package io.terrace.stack;

import io.terrace.EntryTooLargeException;
import io.terrace.StreamValue;
import io.terrace.TierUnavailableException;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.Resident;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Loads streams that no tier holds, once per key at a time. Where writes are joined, the loaded
 * source is stored in the background, and all who wanted it follow the write; otherwise, and for
 * who wants it stored and nothing else, it is stored first and read from the tiers then. A source
 * that is not to be stored after all is loaded once more for each who wants it, and handed out as
 * it is; the first of them gets the one that was loaded, if nobody read of it. Thread safe.
 */
final class StreamLoads<K> {
  private static final System.Logger LOGGER = System.getLogger(StreamLoads.class.getName());

  private final StreamStack<K> stack;
  private final ExecutorService executor;
  private final ConcurrentHashMap<EntryKey, Flight> flights = new ConcurrentHashMap<>();

  /** Which flight a thread waits for, so that loaders which need one another's keys never wait. */
  private final ConcurrentHashMap<Thread, Wait> waiting = new ConcurrentHashMap<>();

  /**
   * One load, from before the loader is called until the value is stored. Who reads waits for the
   * result, who wants the value stored for the end.
   */
  private static final class Flight {
    final CompletableFuture<Result> result = new CompletableFuture<>();
    final CompletableFuture<Result> end = new CompletableFuture<>();

    /** Who calls the loader, and then who stores the value. */
    volatile Thread owner = Thread.currentThread();

    void land(Result last) {
      boolean unused = result.complete(last);
      unused = end.complete(last);
    }

    void fail(Throwable failure) {
      boolean unused = result.completeExceptionally(failure);
      unused = end.completeExceptionally(failure);
    }
  }

  /** Somebody who waits for some stage of a flight. */
  private record Wait(Flight flight, CompletableFuture<Result> stage) {}

  /** What a load came to, for those who wait. */
  private sealed interface Result {
    /** There is no value. */
    record Nothing() implements Result {}

    /** It is in the tiers. */
    record Stored() implements Result {}

    /** It is being written. */
    record Growing(GrowingBody write) implements Result {}

    /** It could not be stored: everybody loads it for himself. */
    record NotStored() implements Result {}

    /** As {@code NotStored}, and this is the value of who loaded. */
    record Mine(StreamValue value) implements Result {}
  }

  StreamLoads(StreamStack<K> stack, ExecutorService executor) {
    this.stack = stack;
    this.executor = executor;
  }

  /** Whether nothing is being loaded. */
  boolean isIdle() {
    return flights.isEmpty();
  }

  @Nullable Resident<StreamValue> load(K key, EntryKey entryKey, Loader<K, StreamValue> loader) {
    Flight mine = new Flight();
    Flight current = flights.putIfAbsent(entryKey, mine);
    Result result;
    if (current == null) {
      result = lead(new Load(key, entryKey, loader, mine));
    } else {
      result = follow(new Wait(current, loader.isToStoreOnly() ? current.end : current.result));
    }
    if (result instanceof Result.Mine own) {
      return detached(own.value());
    }
    Resident<StreamValue> served = serve(key, result);
    return served != null || result instanceof Result.Nothing ? served : loadForOne(key, loader);
  }

  private Result lead(Load load) {
    try {
      Result result = load.run();
      if (result instanceof Result.Growing) {
        boolean unused = load.flight.result.complete(result);
      } else {
        load.flight.land(result instanceof Result.Mine ? new Result.NotStored() : result);
      }
      return result;
    } catch (RuntimeException | Error e) {
      load.flight.fail(e);
      load.end();
      throw e;
    }
  }

  private Result follow(Wait wait) {
    Thread self = Thread.currentThread();
    waiting.put(self, wait);
    try {
      return waitsFor(wait, self) ? new Result.NotStored() : wait.stage().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    } finally {
      waiting.remove(self);
    }
  }

  /** Whether the wait would be for {@code self}, directly or through others. */
  private boolean waitsFor(Wait wait, Thread self) {
    Wait next = wait;
    while (next != null && !next.stage().isDone()) {
      Thread owner = next.flight().owner;
      if (owner == self) {
        return true;
      }
      next = waiting.get(owner);
    }
    return false;
  }

  /** One call of a loader, and what becomes of its value. */
  private final class Load {
    private final K key;
    private final EntryKey entryKey;
    private final Loader<K, StreamValue> loader;
    private final Flight flight;

    /** The condition of storing what is loaded, unless it was stored or may not be. */
    private volatile @Nullable Condition fill;

    Load(K key, EntryKey entryKey, Loader<K, StreamValue> loader, Flight flight) {
      this.key = key;
      this.entryKey = entryKey;
      this.loader = loader;
      this.flight = flight;
    }

    /** Nobody follows this load any more. */
    void end() {
      flights.remove(entryKey, flight);
      Condition unused = fill;
      fill = null;
      stack.giveBack(entryKey, unused);
    }

    Result run() {
      StreamStack.Absence absence = stack.absence(key, entryKey);
      if (absence == null) { // another load ended since this one looked
        end();
        return new Result.Stored();
      }
      fill = absence.fill();
      Result result;
      KeyWork work = stack.beginLoad(entryKey);
      try {
        long undoings = work.undoings();
        Loader.Loaded<StreamValue> loaded = loader.load(key);
        result = loaded == null ? new Result.Nothing() : stage(loaded, work, undoings);
      } finally {
        stack.endLoad(entryKey, work);
      }
      if (!(result instanceof Result.Growing)) {
        end();
      }
      return result;
    }

    /**
     * @param undoings of the key's work before the loader was called
     */
    private Result stage(Loader.Loaded<StreamValue> loaded, KeyWork work, long undoings) {
      StreamValue source = loaded.value();
      if (fill == null || loaded.expiresAtMillis() <= stack.nowMillis()) {
        return new Result.Mine(source);
      }
      StagedStream staged;
      try {
        staged =
            stack.openStage(
                entryKey, source.metadata(), source.length(), StagedStream.UndoneBy.ALL_CHANGES);
      } catch (EntryTooLargeException | TierUnavailableException e) {
        warn(e);
        return new Result.Mine(source);
      }
      if (work.undoings() != undoings) { // later ones find the write
        staged.abort();
        return undone(source);
      }
      if (!stack.joinsWrites()) {
        return store(loaded, staged);
      }
      if (!loader.isToStoreOnly()) {
        return storeInBackground(loaded, staged);
      }
      flight.result.complete(new Result.Growing(staged.body())); // others may read it meanwhile
      return store(loaded, staged);
    }

    /** The key changed while its value was loaded: what it holds now, if anything, is newer. */
    private Result undone(StreamValue source) {
      boolean kept = false;
      try {
        kept = !stack.contains(key);
        return kept ? new Result.Mine(source) : new Result.Stored();
      } finally {
        if (!kept) {
          source.close();
        }
      }
    }

    private Result storeInBackground(Loader.Loaded<StreamValue> loaded, StagedStream staged) {
      try {
        executor.execute(
            () -> {
              flight.owner = Thread.currentThread();
              try {
                flight.end.complete(store(loaded, staged));
              } catch (RuntimeException e) { // whoever follows the write hears of it, too
                flight.fail(e);
                warn(e);
              } catch (Error e) {
                flight.fail(e);
                throw e;
              } finally {
                end();
              }
            });
      } catch (RejectedExecutionException e) {
        staged.abort();
        loaded.value().close();
        throw new IllegalStateException("the cache is closed", e);
      }
      return new Result.Growing(staged.body());
    }

    private Result store(Loader.Loaded<StreamValue> loaded, StagedStream staged) {
      try (StreamValue source = loaded.value()) {
        stack.pump(source, staged);
        long expiresAtMillis = loader.storing(key, loaded);
        try {
          Condition condition = fill;
          if (condition == null
              || expiresAtMillis <= stack.nowMillis()
              || !stack.commit(staged, condition, expiresAtMillis)) {
            return new Result.NotStored();
          }
          fill = null;
          loader.stored(key, stack.committed(key, staged));
          return new Result.Stored();
        } finally {
          loader.settled(key);
        }
      } catch (EntryTooLargeException | TierUnavailableException e) {
        warn(e);
        return new Result.NotStored();
      } finally {
        staged.abort();
      }
    }

    private void warn(RuntimeException e) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "loaded entry " + entryKey.digest() + " is not cached: " + e.getMessage());
    }
  }

  private @Nullable Resident<StreamValue> serve(K key, Result result) {
    if (result instanceof Result.Growing growing) {
      StreamValue following = stack.follow(growing.write());
      if (following != null) {
        return detached(following);
      }
    }
    return result instanceof Result.Nothing || result instanceof Result.NotStored
        ? null
        : stack.get(key);
  }

  /** Loads the value for one reader alone, who reads the source itself. */
  private @Nullable Resident<StreamValue> loadForOne(K key, Loader<K, StreamValue> loader) {
    Resident<StreamValue> present = stack.get(key);
    if (present != null) {
      return present;
    }
    Loader.Loaded<StreamValue> loaded = loader.load(key);
    return loaded == null ? null : detached(loaded.value());
  }

  /** A value that is no entry. */
  private static Resident<StreamValue> detached(StreamValue value) {
    return new Resident<>(
        value, EntryHeader.UNASSIGNED, 0, EntryHeader.NEVER, EntryHeader.NEVER, true);
  }
}
