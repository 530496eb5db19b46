package io.terrace.tier.heap;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.SkipReason;
import io.terrace.tier.TagEpochs;
import io.terrace.tier.Tier;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The heap as a tier of bytes, for caches of streams: bodies in chunks that are used again, never
 * more than {@link ByteLimits#maxBytes} of them whoever holds them. Thread safe; readers take no
 * lock and wait for nobody but, if they follow a write, for its writer.
 *
 * <p>Over 400 lines since it is the whole of the SPI; what has a state of its own is elsewhere:
 * memory in {@link ChunkPool}, bodies in {@link ChunkedBody}, the order of eviction in {@link
 * EvictionPolicy}, purges by tag in {@link TagSweep}, how long entries stay in {@link Stay}.
 */
final class HeapBytesTier implements Tier {
  /*
   * What a key holds is what `entries` holds. Each change is one atomic operation of that map; who
   * took an entry out of it, and nobody else, gives back what it counts. A reader that finds an
   * entry whose body is gone meanwhile looks again: it left the map first.
   *
   * Memory is counted before it is used. A write that finds no room evicts, one thread at a time,
   * under `makingRoom`; it is refused if all entries together are not enough, where `entryBytes`
   * counts an entry from before it is in the map until after its bytes are back. The policy is bounded below the whole, so that it evicts while entries are
   * committed and a few writes always find room; only what is beyond asks it for its coldest.
   *
   * Locks: makingRoom or the turn of TagSweep, then those of EvictionPolicy, then the bins of
   * `entries`; and its other one, then the bins. The listener is called outside of all.
   */
  static final String NAME = "heap";

  private static final TierCapabilities CAPABILITIES =
      new TierCapabilities(TierCapabilities.Scope.PROCESS, false, true, true);

  private final ByteLimits limits;
  private final long maxStayMillis;
  private final InstantSource clock;
  private final TierListener listener;
  private final ChunkPool pool;
  private final ConcurrentHashMap<EntryKey, StoredEntry> entries = new ConcurrentHashMap<>();
  private final EvictionPolicy<EntryKey, StoredEntry> policy;
  private final Set<ChunkedBody> unfinished = ConcurrentHashMap.newKeySet();
  private final TagEpochs tags = new TagEpochs();
  private final TagSweep sweep;
  private final ReentrantLock makingRoom = new ReentrantLock();
  private final ConcurrentLinkedQueue<EntryHeader> untold = new ConcurrentLinkedQueue<>();
  private final AtomicLong entryBytes = new AtomicLong();
  private final AtomicLong lastVersion = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicLong corruptions = new AtomicLong();
  private volatile boolean closed;

  /**
   * @param ttl the longest an entry stays, or null for as long as it lives
   */
  HeapBytesTier(ByteLimits limits, @Nullable Duration ttl, TierContext context) {
    this.limits = limits;
    this.maxStayMillis = ttl == null ? EntryHeader.NEVER : ttl.toMillis();
    this.clock = context.clock();
    this.listener = context.listener();
    pool = new ChunkPool(limits.maxBytes(), limits.maxKeptBytes());
    policy =
        new EvictionPolicy<>(
            entries, limits.maxWeightBytes(), HeapBytesTier::weigh, (key, entry) -> evicted(entry));
    sweep = new TagSweep(tags, entries.values(), this::settleTags);
  }

  /** As Caffeine counts: what is over 2 GiB weighs 2 GiB. */
  private static int weigh(EntryKey key, StoredEntry entry) {
    return (int) Math.min(entry.weightBytes(), Integer.MAX_VALUE);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public TierCapabilities capabilities() {
    return CAPABILITIES;
  }

  @Override
  public long maxEntryBytes() {
    return limits.maxEntryBytes();
  }

  /** The keys that compete for room. */
  Set<EntryKey> policyKeys() {
    policy.settle();
    return Set.copyOf(policy.keys());
  }

  /** The memory of this tier. */
  ChunkPool pool() {
    return pool;
  }

  @Override
  public Lookup lookup(EntryKey key) {
    while (!closed) {
      StoredEntry entry = entries.get(key);
      if (entry == null) {
        return Lookup.MISS;
      }
      EntryHeader seen = seen(entry);
      if (seen == null) {
        boolean unused = take(entry);
        return Lookup.MISS;
      }
      if (entry.body().retain()) {
        policy.used(key);
        return new Lookup.Hit(seen, new BodyReader(entry.body()));
      }
    }
    return new Lookup.Skipped(SkipReason.FAILED, "the heap tier is closed");
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    requireOpen();
    if (header.bodyLength() > maxEntryBytes()) {
      throw new EntryTooLargeForTierException(NAME, header.bodyLength(), maxEntryBytes());
    }
    long forgets = sweep.forgets();
    long ownBytes = ByteLimits.ownBytes(header);
    requireWeight(ownBytes + Math.max(0, header.bodyLength()));
    reserve(ownBytes);
    PendingWrite pending = new PendingWrite(pool, unfinished, ownBytes);
    if (closed) {
      pending.end(); // it may have come after the closing thread's walk
      requireOpen();
    }
    return new HeapWriteHandle(this, pending, header, condition, forgets);
  }

  /**
   * Commits a write whose body is there.
   *
   * @param header complete, with the version the authority gave, or none if this is the authority
   * @param forgetsAtOpening what {@link TagSweep#forgets} was when the write was opened
   */
  CommitResult commit(
      PendingWrite pending, EntryHeader header, Condition condition, long forgetsAtOpening)
      throws IOException {
    Commit commit = new Commit(pending, header, condition, forgetsAtOpening);
    if (header.metadata().tags().isEmpty()) {
      entries.compute(header.key(), commit::apply);
    } else {
      applyWithTags(commit);
    }
    StoredEntry replaced = commit.replaced;
    StoredEntry inserted = commit.inserted;
    if (replaced != null) {
      giveBack(replaced);
    }
    follow(header.key(), replaced, inserted);
    if (closed) {
      dropAll(); // it may have come after the closing thread's walk
      requireOpen();
    }
    return commit.result();
  }

  private void applyWithTags(Commit commit) {
    Lock lock = sweep.commitLock();
    lock.lock();
    try {
      entries.compute(commit.header.key(), commit::apply);
    } finally {
      lock.unlock();
    }
  }

  private void follow(
      EntryKey key, @Nullable StoredEntry replaced, @Nullable StoredEntry inserted) {
    if (replaced == null && inserted != null) {
      policy.inserted(key);
    } else if (replaced != null
        && inserted != null
        && weigh(key, replaced) == weigh(key, inserted)) {
      policy.used(key);
    } else if (replaced != null) {
      policy.follow(key);
    }
    tell();
  }

  /** What a commit does to the key, inside its bin, and what came of it. */
  private final class Commit {
    private final PendingWrite pending;
    private final EntryHeader header;
    private final Condition condition;
    private final long forgetsAtOpening;
    private @Nullable CommitResult result;
    private @Nullable StoredEntry replaced;
    private @Nullable StoredEntry inserted;

    Commit(PendingWrite pending, EntryHeader header, Condition condition, long forgetsAtOpening) {
      this.pending = pending;
      this.header = header;
      this.condition = condition;
      this.forgetsAtOpening = forgetsAtOpening;
    }

    @Nullable StoredEntry apply(EntryKey key, @Nullable StoredEntry current) {
      long currentVersion = version(current);
      if (!condition.holds(currentVersion)) {
        result = new CommitResult.Refused(currentVersion);
        return current;
      }
      EntryHeader complete = header;
      if (header.version() == EntryHeader.UNASSIGNED) {
        complete = header.withVersion(nextVersion());
      } else {
        raiseLastVersion(header.version());
      }
      result = new CommitResult.Committed(complete.version(), complete.bodyLength());
      replaced = current;
      inserted = entry(complete);
      return inserted;
    }

    /** The entry, or null if it was purged by a tag before it came. */
    private @Nullable StoredEntry entry(EntryHeader complete) {
      ChunkedBody body = pending.body();
      boolean mayBePurged =
          header.version() != EntryHeader.UNASSIGNED
              && sweep.mayHaveForgotten(forgetsAtOpening, complete);
      EntryHeader seen = mayBePurged ? null : tags.seen(complete);
      body.end(ChunkedBody.State.COMPLETE);
      if (seen == null || !body.retain()) {
        return null;
      }
      long ownBytes = pending.ownBytes();
      pending.ownBytes(0);
      StoredEntry entry = new StoredEntry(seen, body, ownBytes, stay(header.version()));
      entryBytes.addAndGet(entry.weightBytes());
      return entry;
    }

    CommitResult result() {
      if (result == null) {
        throw new IllegalStateException("a commit that was not tried");
      }
      return result;
    }
  }

  private long nextVersion() {
    long micros = clock.millis() * 1000;
    return lastVersion.updateAndGet(last -> Math.max(last + 1, micros));
  }

  private void raiseLastVersion(long version) {
    lastVersion.accumulateAndGet(version, Math::max);
  }

  /**
   * @param version what the authority gave, or none if that is this tier
   */
  private @Nullable Stay stay(long version) {
    if (maxStayMillis == EntryHeader.NEVER) {
      return null;
    }
    Stay.End end = version == EntryHeader.UNASSIGNED ? Stay.End.OF_ENTRY : Stay.End.OF_COPY;
    return new Stay(EntryHeader.deadline(clock.millis(), maxStayMillis), end);
  }

  /** The header as it is to be seen, or null if the entry was purged or its stay is over. */
  private @Nullable EntryHeader seen(StoredEntry entry) {
    EntryHeader seen = tags.seen(entry.header());
    Stay stay = entry.stay();
    return seen == null || stay == null ? seen : stay.seen(seen, clock.millis());
  }

  /** The version the key is seen to hold. */
  private long version(@Nullable StoredEntry entry) {
    return entry == null || seen(entry) == null ? EntryHeader.UNASSIGNED : entry.header().version();
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    requireOpen();
    while (true) {
      StoredEntry entry = entries.get(key);
      long version = version(entry);
      if (entry == null || !condition.holds(version)) {
        return false;
      }
      if (take(entry)) {
        boolean wasThere = version != EntryHeader.UNASSIGNED;
        if (wasThere) {
          count(reason);
        }
        return wasThere;
      }
    }
  }

  private void count(PurgeReason reason) {
    if (reason == PurgeReason.EVICTION) {
      evictions.incrementAndGet();
    } else if (reason == PurgeReason.CORRUPTION) {
      corruptions.incrementAndGet();
    }
  }

  /** Takes an entry out, if it is still there. */
  private boolean take(StoredEntry entry) {
    EntryKey key = entry.header().key();
    if (!entries.remove(key, entry)) {
      return false;
    }
    giveBack(entry);
    policy.follow(key);
    return true;
  }

  private void giveBack(StoredEntry entry) {
    pool.release(entry.ownBytes());
    entry.body().release();
    entryBytes.addAndGet(-entry.weightBytes());
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    requireOpen();
    StoredEntry entry = entries.get(key);
    while (entry != null && version(entry) == version) {
      EntryHeader seen = tags.seen(entry.header()); // stale for a tag that it may lose now
      if (seen == null) {
        return false;
      }
      EntryHeader updated = update.applyTo(seen);
      long ownBytes = ByteLimits.ownBytes(updated);
      long more = ownBytes - entry.ownBytes();
      requireWeight(entry.weightBytes() + more);
      reserve(Math.max(0, more));
      StoredEntry next = entry.with(updated, ownBytes);
      if (entries.replace(key, entry, next)) {
        entryBytes.addAndGet(more);
        unreserve(Math.max(0, -more));
        follow(key, entry, next);
        return true;
      }
      unreserve(Math.max(0, more));
      entry = entries.get(key);
    }
    return false;
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    requireOpen();
    long through = throughVersion == EntryHeader.UNASSIGNED ? lastVersion.get() : throughVersion;
    raiseLastVersion(through);
    tags.purge(tag, mode, through);
    sweep.purged();
    return through;
  }

  /** How many tags are remembered as purged. */
  int rememberedTags() {
    return tags.all().size();
  }

  /** Carries out what purges by tag did to an entry, which may have changed since. */
  private void settleTags(StoredEntry met) {
    EntryKey key = met.header().key();
    StoredEntry entry = entries.get(key);
    while (entry != null) {
      EntryHeader seen = tags.seen(entry.header());
      boolean settled =
          seen == null
              ? take(entry)
              : !tags.concern(entry.header())
                  || entries.replace(key, entry, entry.with(seen, entry.ownBytes()));
      if (settled) {
        return;
      }
      entry = entries.get(key);
    }
  }

  @Override
  public void clear() throws IOException {
    requireOpen();
    dropAll();
  }

  private void dropAll() {
    for (StoredEntry entry : entries.values()) {
      EntryKey key = entry.header().key();
      StoredEntry last = entries.remove(key);
      if (last != null) {
        giveBack(last);
      }
    }
    policy.startOver();
  }

  @Override
  public HeaderCursor scan() throws IOException {
    requireOpen();
    Iterator<StoredEntry> all = entries.values().iterator();
    return new HeaderCursor() {
      private boolean ended;

      @Override
      public @Nullable EntryHeader next() throws IOException {
        requireOpen();
        while (!ended && all.hasNext()) {
          StoredEntry entry = all.next();
          EntryHeader seen = seen(entry);
          if (seen != null) {
            return seen;
          }
          boolean unused = take(entry);
        }
        return null;
      }

      @Override
      public void close() {
        ended = true;
      }
    };
  }

  @Override
  public TierUsage usage() {
    policy.settle();
    tell();
    return new TierUsage(
        entries.mappingCount(), pool.usedBytes(), evictions.get(), corruptions.get());
  }

  @Override
  public void destroy() {
    close();
  }

  /** Drops everything; who reads goes on to the end, who follows a write fails. */
  @Override
  public void close() {
    closed = true;
    for (ChunkedBody body : unfinished) {
      body.end(ChunkedBody.State.CUT_OFF);
    }
    dropAll();
    pool.dropAllKept();
  }

  void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the heap tier is closed");
    }
  }

  /** Refuses an entry that could not stay even if it were alone. */
  void requireWeight(long bytes) throws EntryTooLargeForTierException {
    if (bytes > limits.maxWeightBytes()) {
      throw new EntryTooLargeForTierException(NAME, bytes, limits.maxWeightBytes());
    }
  }

  /** Counts so many bytes as used, and evicts for them if need be. */
  void reserve(long bytes) throws IOException {
    while (!pool.tryReserve(bytes)) {
      makeRoom(bytes);
    }
  }

  /** Gives back what was reserved. */
  void unreserve(long bytes) {
    pool.release(bytes);
  }

  /** A chunk, counted as used; evicts for it if need be. */
  byte[] acquire(int bytes) throws IOException {
    byte[] chunk = pool.tryAcquire(bytes);
    while (chunk == null) {
      makeRoom(ChunkPool.cost(bytes));
      chunk = pool.tryAcquire(bytes);
    }
    return chunk;
  }

  private void makeRoom(long bytes) throws IOException {
    makingRoom.lock();
    try {
      policy.settle();
      long missing = pool.missing(bytes);
      while (missing > 0) {
        if (missing > entryBytes.get()) {
          throw new IOException(
              "no room in the heap tier: unfinished writes and open readers hold too much of the "
                  + limits.maxBytes()
                  + " bytes of heap.max-bytes");
        }
        evictColdest(bytes);
        missing = pool.missing(bytes);
      }
    } finally {
      makingRoom.unlock();
    }
    tell();
  }

  /** Evicts until so many bytes can be reserved, or the policy has to be asked again. */
  private void evictColdest(long bytes) {
    List<EntryKey> coldest = policy.coldest(pool.missing(bytes));
    Iterator<EntryKey> keys =
        coldest.isEmpty()
            ? entries.keySet().iterator() // the policy is not told of them yet
            : coldest.iterator();
    if (!keys.hasNext()) {
      Thread.onSpinWait(); // another thread is giving back what it took out
    }
    while (keys.hasNext() && pool.missing(bytes) > 0) {
      EntryKey key = keys.next();
      StoredEntry entry = entries.remove(key);
      if (entry != null) {
        evicted(entry);
      }
      policy.follow(key);
    }
  }

  private void evicted(StoredEntry entry) {
    giveBack(entry);
    evictions.incrementAndGet();
    if (listener.isListening()) {
      untold.add(entry.header());
    }
  }

  /** Tells the listener what was evicted; outside of every lock. */
  private void tell() {
    EntryHeader header = untold.poll();
    while (header != null) {
      listener.left(NAME, header.key(), header.version(), PurgeReason.EVICTION);
      header = untold.poll();
    }
  }
}
