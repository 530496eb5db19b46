package io.terrace.stack;

import io.terrace.Freshness;
import io.terrace.PurgeReason;
import io.terrace.tier.BulkTier;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.KeyCodec;
import io.terrace.tier.Lookup;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Operations on many keys of a {@link TieredStack} over an authority that takes them together. A
 * batch begins the turn of each of its keys, changes all of them at the authority in one round
 * trip, then does for each what a change of one key does, and ends the turns. Turns are joined and
 * waited for by nobody, so two batches of the same keys cannot wait for each other. Thread safe.
 */
final class TieredBulk<K, V> implements BulkOperations<K, V> {
  /** How many keys go together; bounds what is held in memory beside what the caller holds. */
  static final int MAX_KEYS = 4096;

  /** How many bytes of values go together. */
  private static final long MAX_BYTES = 8 << 20;

  private final TieredStack<K, V> stack;
  private final ByteTiers tiers;
  private final BulkTier authority;
  private final KeyCodec<K> keys;
  private final InstantSource clock;
  private final BulkReads<K, V> reads;

  TieredBulk(
      TieredStack<K, V> stack,
      ByteTiers tiers,
      BulkTier authority,
      Activities<K, V> activities,
      KeyCodec<K> keys,
      InstantSource clock) {
    this.stack = stack;
    this.tiers = tiers;
    this.authority = authority;
    this.keys = keys;
    this.clock = clock;
    reads = new BulkReads<>(stack, tiers, authority, activities, keys, clock);
  }

  @Override
  public Map<K, Resident<V>> getAll(Collection<? extends K> wanted) {
    Map<K, Resident<V>> found = new HashMap<>(wanted.size() * 4 / 3 + 1);
    List<K> absent = new ArrayList<>();
    for (K key : wanted) {
      Resident<V> near = stack.near(key);
      if (near != null) {
        found.put(key, near);
      } else {
        absent.add(key);
      }
    }
    RuntimeException failure = null;
    for (int from = 0; from < absent.size(); from += MAX_KEYS) {
      try {
        reads.read(absent.subList(from, Math.min(from + MAX_KEYS, absent.size())), found);
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return found;
  }

  @Override
  public void putAll(Map<K, V> values, long expiresAtMillis, Outcome<K> outcome) {
    List<Pending> batch = new ArrayList<>();
    long bytes = 0;
    for (Map.Entry<K, V> entry : values.entrySet()) {
      Put put;
      try {
        put = new Put(entry.getKey(), entry.getValue(), expiresAtMillis);
      } catch (RuntimeException e) {
        outcome.failed(entry.getKey(), e);
        continue;
      }
      if (batch.size() == MAX_KEYS || bytes + put.body.length > MAX_BYTES) {
        make(batch, this::writeAll, outcome);
        batch.clear();
        bytes = 0;
      }
      batch.add(put);
      bytes += put.body.length;
    }
    make(batch, this::writeAll, outcome);
    stack.tellEvictions();
  }

  private List<WriteResult> writeAll(List<Pending> puts) {
    List<WholeWrite> writes = new ArrayList<>(puts.size());
    for (Pending one : puts) {
      Put put = (Put) one;
      writes.add(new WholeWrite(put.header, ByteBuffer.wrap(put.body), Condition.ALWAYS));
    }
    return authority.writeAll(writes);
  }

  @Override
  public void removeAll(Collection<? extends K> unwanted, Outcome<K> outcome) {
    List<Pending> batch = new ArrayList<>();
    for (K key : unwanted) {
      try {
        batch.add(new Removal(key));
      } catch (RuntimeException e) {
        outcome.failed(key, e);
      }
      if (batch.size() == MAX_KEYS) {
        make(batch, removals -> purgeAll(removals, outcome), outcome);
        batch.clear();
      }
    }
    make(batch, removals -> purgeAll(removals, outcome), outcome);
  }

  private List<WriteResult> purgeAll(List<Pending> removals, Outcome<K> outcome) {
    List<EntryKey> entryKeys = removals.stream().map(removal -> removal.entryKey).toList();
    if (outcome.countsRemovals()) {
      List<Lookup> lookups = authority.lookupAll(entryKeys);
      for (int i = 0; i < lookups.size(); i++) {
        if (lookups.get(i) instanceof Lookup.Hit hit && isDead(hit.header())) {
          ((Removal) removals.get(i)).deadVersion = hit.header().version();
        }
      }
      BulkReads.close(lookups);
    }
    return authority.purgeAll(entryKeys, PurgeReason.INVALIDATION);
  }

  private boolean isDead(EntryHeader header) {
    return header.freshness() == Freshness.STALE || header.isExpiredAt(clock.millis());
  }

  /** Makes the changes of a batch, each in a turn of its key. */
  private void make(
      List<Pending> batch, Function<List<Pending>, List<WriteResult>> trip, Outcome<K> outcome) {
    if (batch.isEmpty()) {
      return;
    }
    try {
      batch.forEach(Pending::begin);
      List<WriteResult> results = trip.apply(batch);
      for (int i = 0; i < results.size(); i++) {
        batch.get(i).settle(results.get(i), outcome);
      }
    } finally {
      batch.forEach(Pending::end);
    }
  }

  /** A change of one key among many. */
  private abstract class Pending {
    final K key;
    final EntryKey entryKey;
    private TieredStack.@Nullable Turn<V> turn;
    private boolean settled;
    private boolean restored;

    Pending(K key) {
      this.key = key;
      entryKey = keys.encode(key);
    }

    /** What follows at the tiers above; whether to tell that it was done. */
    abstract boolean follow(CommitResult result, TieredStack.Turn<V> held);

    abstract String operation();

    final void begin() {
      turn = stack.beginTurn(key);
    }

    final void settle(WriteResult result, Outcome<K> outcome) {
      TieredStack.Turn<V> held = turn;
      try {
        if (result instanceof WriteResult.Done done) {
          if (held != null && follow(done.result(), held)) {
            outcome.done(key);
          }
        } else if (result instanceof WriteResult.Failed failed && held != null) {
          outcome.failed(key, failure(failed.cause(), held));
        }
        settled = true;
      } catch (RuntimeException e) {
        outcome.failed(key, e);
      }
    }

    private RuntimeException failure(IOException cause, TieredStack.Turn<V> held) {
      if (cause instanceof EntryTooLargeForTierException tooLarge) {
        restored = true;
        return tiers.tooLarge(tooLarge);
      }
      restored = stack.isKept(entryKey, held);
      return tiers.unknown(operation(), cause);
    }

    final void end() {
      if (turn == null) {
        return;
      }
      try {
        if (!settled) {
          stack.purgeAbove(key, entryKey); // nobody knows what became of it
        }
      } finally {
        stack.endTurn(key, turn, restored);
      }
    }
  }

  private final class Put extends Pending {
    private final V value;
    private final EntryHeader header;
    private final byte[] body;

    Put(K key, V value, long expiresAtMillis) {
      super(key);
      this.value = value;
      header = stack.header(key, clock.millis(), expiresAtMillis);
      body = stack.encode(value);
    }

    @Override
    boolean follow(CommitResult result, TieredStack.Turn<V> held) {
      boolean done = result instanceof CommitResult.Committed;
      boolean copied =
          result instanceof CommitResult.Committed written
              && held.turn()
                  .ifAlone(
                      written.version(),
                      () -> stack.copyUp(key, value, header, body, written.version()));
      if (!copied) {
        stack.purgeAbove(key, entryKey);
      }
      return done;
    }

    @Override
    String operation() {
      return "write an entry";
    }
  }

  private final class Removal extends Pending {
    /** The version that was over or stale before, which is no entry that could be removed. */
    private long deadVersion = EntryHeader.UNASSIGNED;

    Removal(K key) {
      super(key);
    }

    @Override
    boolean follow(CommitResult result, TieredStack.Turn<V> held) {
      stack.purgeAbove(key, entryKey); // also what outlived its entry
      return result instanceof CommitResult.Committed removed && removed.version() != deadVersion;
    }

    @Override
    String operation() {
      return "remove an entry";
    }
  }
}
