package io.terrace.tier.aws;

import io.terrace.AwsSettings;
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
import io.terrace.tier.NoticeBoard;
import io.terrace.tier.SharedTier;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The aws tier: entries as items of DynamoDB, with the body or with the name of an object of S3
 * that has it; {@code docs/aws-layout.md} says what lies where. The first call looks whether the
 * table is there. A clear or purge by tag of another process is known a second later. Thread safe.
 * A call blocks for the time-outs of its requests at most, but for the first one if it has to make
 * the table.
 */
final class AwsTier implements SharedTier, NoticeBoard {
  static final String NAME = "aws";

  /** How many requests of one call for many keys are under way at a time. */
  private static final int LANES = 8;

  private final AwsClients clients;
  private final AwsStore store;
  private final EntryReader reader;
  private final ItemWriter writer;
  private final HeaderWriter headers;
  private final Lanes lanes;
  private final Batches batches;

  /**
   * @param clients closed with the tier
   * @param nanoClock as {@link System#nanoTime}
   */
  AwsTier(AwsClients clients, AwsSettings settings, TierContext context, LongSupplier nanoClock) {
    this.clients = clients;
    String namespace = settings.namespace();
    ItemKeys keys =
        new ItemKeys(
            namespace == null ? context.managerUri() : namespace,
            context.cacheName(),
            settings.partitions());
    Bodies bodies =
        settings.bucket() == null
            ? null
            : new Bodies(clients.s3(), settings, keys.folder(), context.clock());
    store = new AwsStore(clients.dynamoDb(), bodies, keys, settings, context, nanoClock);
    writer = new ItemWriter(store);
    headers = new HeaderWriter(store);
    reader = new EntryReader(store, writer);
    lanes = new Lanes(Math.min(LANES, settings.connections()), "terrace-aws-batches");
    batches = new Batches(store, reader, writer, lanes);
    if (bodies != null) {
      BodyOwners owners = new BodyOwners(store.table(), keys, context.clock());
      bodies.sweep(owners, owners);
    }
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
  public List<Lookup> lookupAll(List<EntryKey> keys) {
    try {
      return batches.lookupAll(keys);
    } catch (IOException e) {
      return keys.stream().map(key -> (Lookup) skipped(e)).toList();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Every process that misses a key gets a lease: who has one is kept in no item.
   */
  @Override
  public LeaseAnswer lookupOrLease(EntryKey key, Duration life) {
    try {
      return reader.lookupOrLease(key, life);
    } catch (IOException e) {
      Lookup.Skipped skipped = skipped(e);
      return new LeaseAnswer.Skipped(skipped.reason(), skipped.detail());
    }
  }

  @Override
  public Duration clearsSettleAfter() {
    return Duration.ofNanos(Control.KNOWN_NANOS);
  }

  @Override
  public void releaseLease(EntryKey key, long lease) {
    store.leases().release(lease);
  }

  /** What a failure is to somebody who looks a key up. */
  static Lookup.Skipped skipped(IOException e) {
    return new Lookup.Skipped(CallFailedException.reason(e), String.valueOf(e.getMessage()));
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    store.requireOpen();
    if (header.bodyLength() > maxEntryBytes()) {
      throw new EntryTooLargeForTierException(NAME, header.bodyLength(), maxEntryBytes());
    }
    return new AwsWriteHandle(store, writer, header, condition);
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
    boolean purged = writer.purge(key, condition) instanceof CommitResult.Committed;
    if (purged) {
      store.purged(reason);
    }
    return purged;
  }

  @Override
  public List<WriteResult> purgeAll(List<EntryKey> keys, PurgeReason reason) {
    try {
      return batches.purgeAll(keys, reason);
    } catch (IOException e) {
      return keys.stream().map(key -> (WriteResult) new WriteResult.Failed(e)).toList();
    }
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    return headers.update(key, version, update);
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    store.makeReady();
    long through =
        throughVersion == EntryHeader.UNASSIGNED ? store.versions().through() : throughVersion;
    if (HeaderCodec.mayHold(tag)) {
      store.control().purge(tag, mode, through);
    }
    return through;
  }

  @Override
  public void clear() throws IOException {
    store.makeReady();
    store.control().clear();
  }

  @Override
  public HeaderCursor scan() throws IOException {
    return new AwsScan(store);
  }

  @Override
  public void post(long process) throws IOException {
    store.notices().post(process);
  }

  @Override
  public void withdraw(long process) throws IOException {
    store.notices().withdraw(process);
  }

  @Override
  public boolean withdraw(long process, long number) throws IOException {
    return store.notices().withdraw(process, number);
  }

  @Override
  public Map<Long, Long> notices() throws IOException {
    return store.notices().notices();
  }

  /** What left on the tier's own account; entries and bytes are not counted anywhere. */
  @Override
  public TierUsage usage() {
    return new TierUsage(0, 0, store.evictions(), store.corruptions());
  }

  /** What was stored is hidden; items go by their TTL, or as their keys are written again. */
  @Override
  public void destroy() throws IOException {
    try {
      clear();
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    store.markClosed();
    lanes.close();
    Bodies bodies = store.bodies();
    if (bodies != null) {
      bodies.close();
    }
    clients.close();
  }
}
