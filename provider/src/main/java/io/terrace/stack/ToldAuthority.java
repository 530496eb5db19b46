package io.terrace.stack;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.SharedTier;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An authority whose changes are told by another shared tier, above it. Each change that can make a
 * copy out of date is announced there before it is made here: whoever dies in between, or loses the
 * answer, leaves no copy behind that is older than what the authority holds. Thread safe; a change
 * blocks for the time-outs of both.
 */
final class ToldAuthority implements SharedTier {
  private static final int MOST_LOADS = 10_000;

  private final SharedTier tier;
  private final SharedCopies copies;

  /**
   * A load of what neither tier has.
   *
   * @param lease of the authority
   * @param copyLease of the tier above
   */
  private record Load(long lease, long copyLease) {}

  /** What is being loaded by this process, under a lease of both tiers. */
  private final Cache<EntryKey, Load> loads =
      Caffeine.newBuilder()
          .maximumSize(MOST_LOADS)
          .expireAfterWrite(1, TimeUnit.HOURS)
          .executor(Runnable::run)
          .build();

  ToldAuthority(SharedTier tier, SharedCopies copies) {
    this.tier = tier;
    this.copies = copies;
  }

  SharedCopies copies() {
    return copies;
  }

  // Changes

  /** What is absent here has no copies: filling it in makes none out of date. */
  static boolean isAnnounced(Condition condition) {
    return condition.kind() != Condition.Kind.ABSENT && condition.kind() != Condition.Kind.LEASED;
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    return new Write(tier.openWrite(header, condition), header.key(), condition);
  }

  private final class Write implements WriteHandle {
    private final WriteHandle out;
    private final EntryKey key;
    private Condition condition;

    Write(WriteHandle out, EntryKey key, Condition condition) {
      this.out = out;
      this.key = key;
      this.condition = condition;
    }

    @Override
    public void write(ByteBuffer chunk) throws IOException {
      out.write(chunk);
    }

    @Override
    public void amend(EntryHeader header, Condition amended) throws IOException {
      out.amend(header, amended);
      condition = amended;
    }

    @Override
    public ReadHandle follow() throws IOException {
      return out.follow();
    }

    @Override
    public CommitResult commit() throws IOException {
      if (isAnnounced(condition)) {
        return ToldAuthority.this.commit(key, out);
      }
      CommitResult result = out.commit();
      if (result instanceof CommitResult.Committed committed) {
        filledIn(key, condition, committed.version());
      }
      return result;
    }

    @Override
    public CommitResult commitAs(long version) {
      throw new UnsupportedOperationException("the authority gives versions itself");
    }

    @Override
    public void abort() {
      out.abort();
    }
  }

  private CommitResult commit(EntryKey key, WriteHandle out) throws IOException {
    long announcement = copies.announce(key);
    CommitResult result;
    try {
      result = out.commit();
    } catch (EntryTooLargeForTierException e) {
      copies.settle(key, announcement);
      throw e;
    }
    settle(key, result, announcement);
    return result;
  }

  private void settle(EntryKey key, CommitResult result, long announcement) throws IOException {
    if (result instanceof CommitResult.Committed committed) {
      copies.committed(key, committed.version(), announcement);
    } else {
      copies.settle(key, announcement);
    }
  }

  /** A load is copied under its lease. Else there should be no copy, and will not be one. */
  void filledIn(EntryKey key, Condition condition, long version) throws IOException {
    if (condition.kind() == Condition.Kind.ABSENT) {
      copies.drop(key);
      return;
    }
    Load load = loads.getIfPresent(key);
    if (load != null && condition.version() == load.lease() && loads.asMap().remove(key, load)) {
      copies.filled(key, version, load.copyLease());
    }
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    if (!isAnnounced(condition)) {
      return tier.purge(key, reason, condition);
    }
    long announcement = copies.announce(key);
    boolean purged = tier.purge(key, reason, condition);
    copies.settle(key, announcement);
    return purged;
  }

  /** A new deadline alone is told after it was set: until then the old one is served at most. */
  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    if (update.metadata() == null && update.freshness() == null) {
      return tier.updateHeader(key, version, update);
    }
    long announcement = copies.announce(key);
    boolean updated = tier.updateHeader(key, version, update);
    copies.settle(key, announcement);
    return updated;
  }

  /** Told by the tier above when the stack purges it there. */
  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    Object change = copies.untold().begin();
    long through = tier.purgeTag(tag, mode, throughVersion);
    copies.untold().rename(change, through);
    return through;
  }

  /** As {@link #purgeTag}. */
  @Override
  public void clear() throws IOException {
    Object unused = copies.untold().begin(); // told when the tier above is cleared
    loads.invalidateAll();
    tier.clear();
  }

  // Many keys

  @Override
  public List<WriteResult> writeAll(List<WholeWrite> writes) {
    ToldBatch batch = new ToldBatch(this);
    List<WholeWrite> announced = new ArrayList<>(writes.size());
    for (WholeWrite write : writes) {
      if (batch.begin(write.header().key(), write.condition())) {
        announced.add(write);
      }
    }
    return batch.end(announced.isEmpty() ? List.of() : tier.writeAll(announced), this::settle);
  }

  @Override
  public List<WriteResult> purgeAll(List<EntryKey> keys, PurgeReason reason) {
    ToldBatch batch = new ToldBatch(this);
    List<EntryKey> announced = new ArrayList<>(keys.size());
    for (EntryKey key : keys) {
      if (batch.begin(key, Condition.ALWAYS)) {
        announced.add(key);
      }
    }
    return batch.end(
        announced.isEmpty() ? List.of() : tier.purgeAll(announced, reason),
        (key, result, announcement) -> copies.settle(key, announcement));
  }

  // Reads

  /**
   * An answer, and whether it may be copied into local tiers.
   *
   * @param mayCopy false while a change of the key is under way
   */
  record Answer(Lookup lookup, boolean mayCopy) {}

  /** Looks up what the tier above does not have, and would copy. */
  Answer lookupToCopy(EntryKey key) {
    SharedCopies.Lease lease = copies.lease(key);
    Lookup answer = tier.lookup(key);
    found(key, lease, answer);
    return new Answer(answer, lease.mayCopy());
  }

  private void found(EntryKey key, SharedCopies.Lease lease, Lookup answer) {
    copies.found(key, lease, answer instanceof Lookup.Hit hit ? hit.header() : null);
  }

  /** As {@link #lookupToCopy} for many keys, in their order. */
  List<Answer> lookupAllToCopy(List<EntryKey> keys) {
    List<SharedCopies.Lease> leases = new ArrayList<>(keys.size());
    for (EntryKey key : keys) {
      leases.add(copies.lease(key));
    }
    List<Lookup> lookups = tier.lookupAll(keys);
    List<Answer> answers = new ArrayList<>(keys.size());
    for (int i = 0; i < lookups.size(); i++) {
      found(keys.get(i), leases.get(i), lookups.get(i));
      answers.add(new Answer(lookups.get(i), leases.get(i).mayCopy()));
    }
    return answers;
  }

  @Override
  public Lookup lookup(EntryKey key) {
    return tier.lookup(key);
  }

  @Override
  public Lookup lookupHeader(EntryKey key) {
    return tier.lookupHeader(key);
  }

  @Override
  public List<Lookup> lookupAll(List<EntryKey> keys) {
    return tier.lookupAll(keys);
  }

  /**
   * The lease of the tier above comes first: of all processes one loads, while the others wait for
   * what it copies there. Without an answer from there the authority's own leases decide alone.
   */
  @Override
  public LeaseAnswer lookupOrLease(EntryKey key, Duration life) {
    LeaseAnswer above = copies.loadLease(key, life);
    if (above instanceof LeaseAnswer.Granted granted) {
      return leased(key, granted.lease(), tier.lookupOrLease(key, life));
    }
    if (!(above instanceof LeaseAnswer.Skipped)) {
      return above;
    }
    LeaseAnswer answer = tier.lookupOrLease(key, life);
    return answer instanceof LeaseAnswer.Found found && copies.isFollowed()
        ? new LeaseAnswer.Found(found.hit(), false)
        : answer;
  }

  /**
   * What is here of a key whose lease in the tier above somebody else has, or whose change is
   * announced there: either may be so though there is an entry.
   *
   * @param answer that of {@link #lookupOrLease}
   */
  LeaseAnswer orFound(EntryKey key, LeaseAnswer answer) {
    boolean announced = answer instanceof LeaseAnswer.Announced;
    if (!announced && !(answer instanceof LeaseAnswer.Taken)) {
      return answer;
    }
    Lookup lookup = tier.lookup(key);
    if (lookup instanceof Lookup.Hit hit) {
      return new LeaseAnswer.Found(hit, !announced);
    }
    return lookup instanceof Lookup.Skipped skipped
        ? new LeaseAnswer.Skipped(skipped.reason(), skipped.detail())
        : answer;
  }

  private LeaseAnswer leased(EntryKey key, long copyLease, LeaseAnswer answer) {
    if (answer instanceof LeaseAnswer.Found found) {
      copies.filled(key, found.hit().header().version(), copyLease);
    } else if (answer instanceof LeaseAnswer.Granted granted) {
      loads.put(key, new Load(granted.lease(), copyLease));
    } else {
      copies.tier().releaseLease(key, copyLease);
    }
    return answer;
  }

  @Override
  public void releaseLease(EntryKey key, long lease) {
    Load load = loads.getIfPresent(key);
    if (load != null && load.lease() == lease && loads.asMap().remove(key, load)) {
      copies.tier().releaseLease(key, load.copyLease());
    }
    tier.releaseLease(key, lease);
  }

  // The tier

  @Override
  public String name() {
    return tier.name();
  }

  @Override
  public TierCapabilities capabilities() {
    return tier.capabilities();
  }

  @Override
  public long maxEntryBytes() {
    return tier.maxEntryBytes();
  }

  @Override
  public HeaderCursor scan() throws IOException {
    return tier.scan();
  }

  @Override
  public TierUsage usage() {
    return tier.usage();
  }

  @Override
  public void destroy() throws IOException {
    tier.destroy();
  }

  @Override
  public void close() throws IOException {
    tier.close();
  }
}
