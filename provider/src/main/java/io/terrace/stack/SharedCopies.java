package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Announcement;
import io.terrace.tier.CoherentTier;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.SkipReason;
import io.terrace.tier.Tier;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A shared tier above the authority of a stack: what it holds are copies that all processes share,
 * and it tells them of changes, which are made in the authority ({@link ToldAuthority}).
 *
 * <p>It takes a copy only under a permit for that very version. There are two: the announcement
 * under which this process wrote the version, and the lease that was taken before the version was
 * read at the authority. Any announcement of another process makes either of them void, so nothing
 * older than what the authority holds is ever stored (I3). While a process has changes that it
 * could not tell, nobody is served from here. Thread safe.
 */
final class SharedCopies implements Tier {
  private static final System.Logger LOGGER = System.getLogger(SharedCopies.class.getName());

  private static final String BYPASSED = "it may hold what is out of date";
  private static final long NOT_TOLD = 0; // instead of the number of an announcement
  private static final UntoldChanges.Telling CLEAR = CoherentTier::clear;

  private final CoherentTier tier;
  private final UntoldChanges untold;
  private final Duration life;
  private final CopyPermits permits;

  /** Whether what this tier holds and tells is up to date, as far as anybody can tell. */
  private volatile BooleanSupplier followed = () -> false;

  /**
   * @param life of leases and announcements: how long a process is waited for that is heard of no
   *     more
   */
  SharedCopies(CoherentTier tier, UntoldChanges untold, Duration life) {
    this.tier = tier;
    this.untold = untold;
    this.life = life;
    this.permits = new CopyPermits(life);
  }

  UntoldChanges untold() {
    return untold;
  }

  /** The tier itself. */
  CoherentTier tier() {
    return tier;
  }

  /**
   * Says whether this process follows what the tier tells; while it does not, the tier serves
   * nothing.
   */
  void followWhile(BooleanSupplier follows) {
    followed = follows;
  }

  /** Whether this tier serves copies, and local ones are served for what it tells. Never blocks. */
  boolean isFollowed() {
    return followed.getAsBoolean() && !untold.areAround();
  }

  // Changes of the authority

  /**
   * Says that a key is about to be changed at the authority.
   *
   * @return the announcement, which {@link #committed} or {@link #settle} ends; if the change may
   *     have been made or not, neither must: it then ends by its time
   * @throws IOException if others could not be told, nor a notice be posted that they were not
   */
  long announce(EntryKey key) throws IOException {
    CopyPermits.Permit unused = permits.revoke(key);
    try {
      return tier.announce(key, life).number();
    } catch (IOException e) {
      untold.keep(key, e);
      return NOT_TOLD;
    }
  }

  /** Drops whatever anybody holds of a key. */
  void drop(EntryKey key) throws IOException {
    try {
      Announcement unused = tier.announce(key, Duration.ZERO);
    } catch (IOException e) {
      untold.keep(key, e);
    }
  }

  /** The authority has this version now, which may be copied here until the key is purged here. */
  void committed(EntryKey key, long version, long announcement) throws IOException {
    if (announcement == NOT_TOLD) {
      untold.cover(); // it may have taken long
    } else {
      permits.grant(key, version, Condition.announced(announcement));
    }
  }

  /** Ends an announcement: the key was changed, and is not copied here, or was not changed. */
  void settle(EntryKey key, long announcement) throws IOException {
    if (announcement == NOT_TOLD) {
      untold.cover();
    } else {
      settleOrLeave(key, announcement);
    }
  }

  /** Fails silently: an announcement that is not settled ends by its time. */
  private void settleOrLeave(EntryKey key, long announcement) {
    try {
      tier.settle(key, announcement);
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "an announcement ends by its time", e);
    }
  }

  // Reads of the authority

  /**
   * What may be done with what is read at the authority now.
   *
   * @param number of the lease under which it may be copied here, 0 for none
   * @param mayCopy whether it may be copied into local tiers
   */
  record Lease(long number, boolean mayCopy) {
    static final Lease LOCALLY = new Lease(0, true);
    static final Lease NOWHERE = new Lease(0, false);
  }

  /** Before a read of the authority that follows a miss here. */
  Lease lease(EntryKey key) {
    return isFollowed() ? leased(tier.lookupOrLease(key, life)) : Lease.LOCALLY;
  }

  private Lease leased(LeaseAnswer answer) {
    if (answer instanceof LeaseAnswer.Found found) {
      found.hit().body().close();
      return Lease.LOCALLY;
    }
    if (answer instanceof LeaseAnswer.Granted granted) {
      return new Lease(granted.lease(), true);
    }
    if (answer instanceof LeaseAnswer.Announced) {
      return Lease.NOWHERE; // whoever announced it may be gone, and tell no more
    }
    return answer instanceof LeaseAnswer.Skipped && isFollowed() // there may be an announcement
        ? Lease.NOWHERE
        : Lease.LOCALLY;
  }

  /** What a read under the lease found at the authority, or that there is nothing. */
  void found(EntryKey key, Lease lease, @Nullable EntryHeader header) {
    if (lease.number() == 0) {
      return;
    }
    if (header == null || header.bodyLength() > tier.maxEntryBytes()) {
      tier.releaseLease(key, lease.number());
    } else {
      filled(key, header.version(), lease.number());
    }
  }

  /** A version may be copied here under a lease that was taken before it was read or written. */
  void filled(EntryKey key, long version, long lease) {
    permits.grant(key, version, Condition.leased(lease));
  }

  /** As {@link #lease} for somebody who loads what is not at the authority either. */
  LeaseAnswer loadLease(EntryKey key, Duration loadLife) {
    return isFollowed()
        ? tier.lookupOrLease(key, loadLife)
        : new LeaseAnswer.Skipped(SkipReason.FAILED, BYPASSED);
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
  public Lookup lookup(EntryKey key) {
    return isFollowed() ? tier.lookup(key) : bypassed();
  }

  @Override
  public Lookup lookupHeader(EntryKey key) {
    return isFollowed() ? tier.lookupHeader(key) : bypassed();
  }

  private static Lookup bypassed() {
    return new Lookup.Skipped(SkipReason.FAILED, BYPASSED);
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    return new Copy(tier.openWrite(header, condition), header);
  }

  /** A copy on its way here. */
  private final class Copy implements WriteHandle {
    private final WriteHandle out;
    private EntryHeader header;

    Copy(WriteHandle out, EntryHeader header) {
      this.out = out;
      this.header = header;
    }

    @Override
    public void write(ByteBuffer chunk) throws IOException {
      out.write(chunk);
    }

    @Override
    public void amend(EntryHeader amended, Condition condition) throws IOException {
      out.amend(amended, condition);
      header = amended;
    }

    @Override
    public ReadHandle follow() throws IOException {
      return out.follow();
    }

    @Override
    public CommitResult commit() {
      throw new UnsupportedOperationException("a copy has the version of its original");
    }

    @Override
    public CommitResult commitAs(long version) throws IOException {
      CopyPermits.Permit permit = permits.take(header.key(), version);
      if (permit == null) {
        return new CommitResult.Refused(EntryHeader.UNASSIGNED);
      }
      boolean stored = false;
      try {
        out.amend(header, permit.condition());
        CommitResult result = out.commitAs(version);
        stored = result instanceof CommitResult.Committed;
        return result;
      } finally {
        if (!stored && permit.isAnnounced()) {
          settleOrLeave(header.key(), permit.condition().version());
        }
      }
    }

    @Override
    public void abort() {
      out.abort();
    }
  }

  /**
   * Drops a copy. What the authority changed was told before; but while this process owes something
   * this may be it, and is told to all. An older copy than one that could not be stored here is of
   * a change that was told or is owed already: nothing more is owed, or whoever reads without
   * reaching this tier would keep everybody from trusting it.
   */
  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    CopyPermits.Permit permit = permits.revoke(key);
    if (permit != null && permit.isAnnounced()) {
      settleOrLeave(key, permit.condition().version());
      return false;
    }
    try {
      if (untold.areAround()) {
        return tier.announce(key, Duration.ZERO).dropped();
      }
      boolean always = condition.kind() == Condition.Kind.ALWAYS;
      return tier.purge(key, reason, always ? Condition.PRESENT : condition);
    } catch (IOException e) {
      if (condition.kind() == Condition.Kind.OLDER_THAN) {
        LOGGER.log(System.Logger.Level.DEBUG, "a copy was neither stored nor dropped", e);
        return false;
      }
      untold.keep(key, e);
      throw e;
    }
  }

  /** An earlier deadline that is told of no copy here is told of all copies. */
  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    boolean updated = tier.updateHeader(key, version, update);
    if (!updated && update.metadata() == null && update.freshness() == null) {
      boolean unused = tier.announce(key, Duration.ZERO).dropped();
    }
    return updated;
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    long through = tier.purgeTag(tag, mode, throughVersion);
    untold.told(Set.of(throughVersion), new TagPurge(tag, mode, throughVersion));
    return through;
  }

  private record TagPurge(String tag, PurgeMode mode, long throughVersion)
      implements UntoldChanges.Telling {
    @Override
    public void tell(CoherentTier tier) throws IOException {
      long unused = tier.purgeTag(tag, mode, throughVersion);
    }
  }

  @Override
  public void clear() throws IOException {
    permits.revokeAll();
    Set<Object> before = untold.begun();
    tier.clear();
    untold.told(before, CLEAR);
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
