package io.terrace.tier.redis;

import io.terrace.Freshness;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.RedisSettings;
import io.terrace.tier.Announcement;
import io.terrace.tier.ChangeFeed;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.SkipReason;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The redis tier: entries as strings with a binary header, changed by scripts that are atomic for a
 * partition; {@code docs/redis-layout.md} says what lies where. Thread safe. A call blocks for the
 * connect and command time-outs at most; one on several partitions is not atomic, and if it fails,
 * some of them are changed.
 */
final class RedisTier implements CoherentTier {
  static final String NAME = "redis";

  /** Versions are numbers of Lua, which are exact up to 2^53; this one is of the year 2112. */
  static final long MAX_VERSION = 1L << 52;

  /** How many steps the log of a partition keeps, about. */
  static final int LOG_STEPS = 1024;

  private static final int UPDATE_ATTEMPTS = 16;

  private final Link link;
  private final RedisStore store;
  private final Partitions partitions;
  private final KeySpace keys;
  private final EntryReader reader;
  private final Batches batches;
  private final RedisFeed feed;
  private final Losses losses;
  private final Sweep sweep;

  /**
   * @param link closed with the tier
   * @param logSteps how many steps the log of a partition keeps, about
   */
  RedisTier(Link link, RedisSettings settings, TierContext context, int logSteps) {
    this.link = link;
    String namespace = settings.namespace();
    keys =
        new KeySpace(
            namespace == null ? context.managerUri() : namespace,
            context.cacheName(),
            settings.partitions());
    partitions = new Partitions(keys, new SecureRandom().nextLong(), logSteps);
    store = new RedisStore(link, partitions, context, settings);
    reader = new EntryReader(store);
    batches = new Batches(store);
    RunIds runs = new RunIds(link);
    feed = new RedisFeed(store, runs);
    losses = new Losses(store, runs);
    sweep = new Sweep(store, context.cacheName());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public TierCapabilities capabilities() {
    return new TierCapabilities(TierCapabilities.Scope.SHARED, true, true, false);
  }

  @Override
  public long maxEntryBytes() {
    return store.maxEntryBytes();
  }

  @Override
  public int partitions() {
    return keys.partitions();
  }

  @Override
  public int partitionOf(EntryKey key) {
    return keys.partitionOf(key);
  }

  @Override
  public Lookup lookup(EntryKey key) {
    try {
      return reader.lookup(key);
    } catch (IOException e) {
      return skipped(e);
    }
  }

  @Override
  public Lookup lookupHeader(EntryKey key) {
    try {
      return reader.lookupHeader(key);
    } catch (IOException e) {
      return skipped(e);
    }
  }

  @Override
  public List<Lookup> lookupAll(List<EntryKey> wanted) {
    try {
      return reader.lookupAll(wanted);
    } catch (IOException e) {
      return wanted.stream().map(key -> (Lookup) skipped(e)).toList();
    }
  }

  @Override
  public LeaseAnswer lookupOrLease(EntryKey key, Duration life) {
    try {
      return reader.lookupOrLease(key, life);
    } catch (IOException e) {
      Lookup.Skipped skipped = skipped(e);
      return new LeaseAnswer.Skipped(skipped.reason(), skipped.detail());
    }
  }

  /** What a failure of Redis is to somebody who looks a key up. */
  static Lookup.Skipped skipped(IOException e) {
    SkipReason reason = SkipReason.FAILED;
    if (e instanceof BreakerOpenException) {
      reason = SkipReason.BREAKER_OPEN;
    } else if (e instanceof CallTimeoutException) {
      reason = SkipReason.TIMED_OUT;
    }
    return new Lookup.Skipped(reason, String.valueOf(e.getMessage()));
  }

  @Override
  public void releaseLease(EntryKey key, long lease) {
    try {
      store.call(partitions.release(keys.partitionOf(key), key, lease));
    } catch (IOException e) {
      // it ends by its time
    }
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    store.requireOpen();
    if (header.bodyLength() > maxEntryBytes()) {
      throw new EntryTooLargeForTierException(NAME, header.bodyLength(), maxEntryBytes());
    }
    return new RedisWriteHandle(store, header, condition);
  }

  @Override
  public List<WriteResult> writeAll(List<WholeWrite> writes) {
    try {
      return batches.writeAll(writes);
    } catch (IOException e) {
      return writes.stream().map(write -> (WriteResult) new WriteResult.Failed(e)).toList();
    }
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    Operation.Outcome outcome = store.change(Operation.purge(key, reason, condition));
    boolean purged = outcome.status() == Operation.Status.DONE;
    if (purged) {
      store.purged(reason);
    }
    return purged;
  }

  @Override
  public List<WriteResult> purgeAll(List<EntryKey> wanted, PurgeReason reason) {
    try {
      return batches.purgeAll(wanted, reason);
    } catch (IOException e) {
      return wanted.stream().map(key -> (WriteResult) new WriteResult.Failed(e)).toList();
    }
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    Long deadline = update.expiresAtMillis();
    if (deadline != null && update.metadata() == null && update.freshness() == null) {
      Operation expire = Operation.expireAt(key, version, deadline, store.ttlMillis(deadline));
      return store.change(expire).status() == Operation.Status.DONE;
    }
    for (int attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
      EntryReader.Seen seen = reader.head(key);
      if (seen == null || seen.stored().header().version() != version) {
        store.requireOpen();
        return false;
      }
      Operation.Status status = store.change(replaceHeader(seen, update)).status();
      if (status != Operation.Status.HEADER_CHANGED) {
        return status == Operation.Status.DONE;
      }
    }
    throw new IOException("entry " + key.digest() + " is updated by others all the time");
  }

  private Operation replaceHeader(EntryReader.Seen seen, HeaderUpdate update)
      throws EntryTooLargeForTierException {
    EntryHeader old = seen.header();
    EntryHeader updated = update.applyTo(old);
    RedisWriteHandle.requireFits(updated);
    boolean tells =
        updated.expiresAtMillis() < old.expiresAtMillis()
            || updated.freshness() != old.freshness()
            || !updated.metadata().equals(old.metadata());
    return Operation.update(
        seen.stored(),
        seen.freshness() == Freshness.STALE,
        tells,
        store.ttlMillis(updated.expiresAtMillis()),
        HeaderCodec.encode(updated, seen.stored().chunks()));
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    if (throughVersion > MAX_VERSION) {
      throw new IllegalArgumentException("not a version: " + throughVersion);
    }
    long through = throughVersion == EntryHeader.UNASSIGNED ? lastVersion() : throughVersion;
    if (through == EntryHeader.UNASSIGNED || !HeaderCodec.mayHold(tag)) {
      return through; // there is no entry, or none with such a tag
    }
    List<Request> requests = new ArrayList<>();
    for (int partition = 0; partition < keys.partitions(); partition++) {
      requests.add(partitions.purgeTag(partition, tag, mode, through));
    }
    inEveryPartition(requests);
    return through;
  }

  /** The last version that any partition gave. */
  private long lastVersion() throws IOException {
    List<Request> requests = new ArrayList<>();
    for (int partition = 0; partition < keys.partitions(); partition++) {
      requests.add(partitions.readState(partition));
    }
    List<@Nullable Object> replies = store.callAll(requests);
    long last = EntryHeader.UNASSIGNED;
    for (int partition = 0; partition < keys.partitions(); partition++) {
      partitions.state(partition, replies.get(partition));
      last = Math.max(last, partitions.floor(partition));
    }
    return last;
  }

  @Override
  public void clear() throws IOException {
    List<Request> requests = new ArrayList<>();
    for (int partition = 0; partition < keys.partitions(); partition++) {
      requests.add(partitions.clear(partition));
    }
    inEveryPartition(requests);
    sweep.request();
  }

  private void inEveryPartition(List<Request> requests) throws IOException {
    List<@Nullable Object> replies = store.callAll(requests);
    for (int partition = 0; partition < replies.size(); partition++) {
      partitions.done(partition, replies.get(partition));
    }
  }

  @Override
  public Announcement announce(EntryKey key, Duration life) throws IOException {
    long lifeMillis = life.toMillis();
    if (life.isNegative() || (lifeMillis == 0 && !life.isZero())) {
      throw new IllegalArgumentException("not the life of an announcement: " + life);
    }
    int partition = keys.partitionOf(key);
    Object reply = store.call(partitions.announce(partition, key, lifeMillis));
    return partitions.announced(partition, reply);
  }

  @Override
  public void settle(EntryKey key, long announcement) throws IOException {
    store.requireOpen();
    if (announcement != 0) {
      int partition = keys.partitionOf(key);
      partitions.done(partition, store.call(partitions.settle(partition, key, announcement)));
    }
  }

  @Override
  public void forget() throws IOException {
    List<Request> requests = new ArrayList<>();
    for (int partition = 0; partition < keys.partitions(); partition++) {
      requests.add(partitions.forget(partition));
    }
    List<@Nullable Object> replies = store.callAll(requests);
    for (int partition = 0; partition < replies.size(); partition++) {
      partitions.forgotten(partition, replies.get(partition));
    }
    sweep.request();
  }

  @Override
  public void clearAfterLoss() throws IOException {
    if (losses.clear()) {
      sweep.request();
    }
  }

  @Override
  public HeaderCursor scan() throws IOException {
    return new RedisScan(new KeyWalk(store));
  }

  /** What left on the tier's own account; entries and bytes are Redis's to count. */
  @Override
  public TierUsage usage() {
    return new TierUsage(0, 0, store.evictions(), store.corruptions());
  }

  @Override
  public ChangeFeed changes() {
    return feed;
  }

  /** The numbers of the partitions and their logs stay, so that versions never go back. */
  @Override
  public void destroy() throws IOException {
    clear();
    sweep.runHere();
    close();
  }

  /** Subscriptions end with the tier. */
  @Override
  public void close() throws IOException {
    store.markClosed();
    sweep.close();
    link.close();
  }
}
