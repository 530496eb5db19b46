package io.terrace.tier.disk;

import io.terrace.Freshness;
import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.EntryTooLargeForTierException.Part;
import io.terrace.tier.Lookup;
import io.terrace.tier.MetadataCodec;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way into the log. A small one is collected behind the place of its record's header
 * and written at once by the commit; of a longer one each full chunk is appended as it comes, so
 * that it takes one buffer whatever its length.
 */
final class DiskWriteHandle implements WriteHandle {
  /*
   * The handle has one owner, but for `follow`, which comes from any thread: what that uses is
   * final or volatile, or guarded by `this`: `leakWatch`.
   */
  private static final int FIRST_BODY_BYTES = 2048;

  private final DiskTier tier;
  private final IndexedLog indexed;
  private final DiskLimits limits;
  private final EntryKey key;
  private final PendingBody body;
  private EntryHeader header;
  private Condition condition;
  private byte[] metadata;
  private boolean watched;
  private @Nullable LeakWatch leakWatch;
  private volatile long committedVersion = EntryHeader.UNASSIGNED;

  DiskWriteHandle(DiskTier tier, IndexedLog indexed, EntryHeader header, Condition condition)
      throws EntryTooLargeForTierException {
    this.tier = tier;
    this.indexed = indexed;
    this.limits = indexed.log().limits();
    this.key = header.key();
    this.header = header;
    this.condition = condition;
    metadata = MetadataCodec.encode(header);
    requirePrefixFits();
    long announced = header.bodyLength() < 0 ? FIRST_BODY_BYTES : header.bodyLength();
    int room = (int) Math.min(announced, limits.chunkBytes());
    body = new PendingBody(indexed, key, prefixBytes(), room);
  }

  private void requirePrefixFits() throws EntryTooLargeForTierException {
    long bytes = (long) key.bytes().length + metadata.length;
    if (bytes > limits.maxPrefixBytes()) {
      throw new EntryTooLargeForTierException(
          tier.name(), bytes, limits.maxPrefixBytes(), Part.KEY_AND_METADATA);
    }
  }

  /** What stands before the body in a record of its own. */
  private int prefixBytes() {
    return RecordCodec.HEADER_BYTES + key.bytes().length + metadata.length;
  }

  @Override
  public void write(ByteBuffer chunk) throws IOException {
    requirePending();
    long size = body.sizeBytes() + chunk.remaining();
    if (size > limits.maxEntryBytes()) {
      abort();
      throw new EntryTooLargeForTierException(tier.name(), size, limits.maxEntryBytes());
    }
    boolean appended = false;
    try {
      body.append(chunk);
      if (body.isLong() && !watched) {
        watch();
        watched = true;
      }
      appended = true;
    } finally {
      if (!appended) {
        abort(); // a body with a hole must not be committed
      }
    }
  }

  /** Has a forgotten handle found: it keeps bytes in the log, or lets its followers wait. */
  private synchronized void watch() {
    if (leakWatch == null) {
      LeakWatch watch = LeakWatch.over(this, "a write handle of the disk tier", body::abort);
      leakWatch = watch;
      if (body.isOver()) {
        watch.close(); // it ended while somebody began to follow
      }
    }
  }

  @Override
  public void amend(EntryHeader amended, Condition newCondition) throws IOException {
    requirePending();
    header = header.amendedBy(amended);
    condition = newCondition;
    metadata = MetadataCodec.encode(header);
    try {
      requirePrefixFits();
    } catch (EntryTooLargeForTierException e) {
      abort();
      throw e;
    }
  }

  @Override
  public ReadHandle follow() throws IOException {
    if (body.follow()) {
      ReadHandle following = new FollowingBody(indexed, key, body);
      watch();
      return following;
    }
    if (tier.lookup(key) instanceof Lookup.Hit hit) {
      if (hit.header().version() == committedVersion) {
        return hit.body();
      }
      hit.body().close();
    }
    throw new IOException("the write was committed, and its entry has left since");
  }

  @Override
  public CommitResult commit() throws IOException {
    return commitVersion(EntryHeader.UNASSIGNED);
  }

  @Override
  public CommitResult commitAs(long version) throws IOException {
    if (version == EntryHeader.UNASSIGNED) {
      throw new IllegalArgumentException("not a version: " + version);
    }
    return commitVersion(version);
  }

  private CommitResult commitVersion(long version) throws IOException {
    requirePending();
    boolean refused = false;
    try {
      tier.requireChangeable();
      CommitResult result = body.isLong() ? commitLong(version) : commitInline(version);
      while (result == null) {
        header = header.withFreshness(Freshness.STALE); // one of its tags was purged
        metadata = MetadataCodec.encode(header);
        result = commitInline(version);
      }
      if (result instanceof CommitResult.Committed committed) {
        tier.acknowledge();
        committedVersion = committed.version();
        body.committed();
      }
      refused = result instanceof CommitResult.Refused;
      if (refused) {
        body.refused();
      }
      return result;
    } finally {
      if (!refused) {
        abort();
      }
    }
  }

  private @Nullable CommitResult commitInline(long version) throws IOException {
    int start = prefixBytes();
    int length = (int) body.sizeBytes();
    ByteBuffer record = body.record(start);
    int bodyCrc = RecordCodec.crc(record, start, length);
    EntryHeader complete = header.completedBy(length, bodyCrc);
    byte[] keyBytes = key.bytes();
    EntryRecord.putPrefix(record, keyBytes, metadata);
    RecordCodec.prepareEntry(
        record,
        0,
        RecordType.ENTRY,
        complete,
        new RecordCodec.Lengths(keyBytes.length, metadata.length, length, bodyCrc, 0));
    return indexed.commit(complete, condition, version, record);
  }

  private CommitResult commitLong(long version) throws IOException {
    body.flushRest();
    EntryHeader complete = header.completedBy(body.sizeBytes(), body.flushedCrc());
    return indexed.commitLong(body.longWrite(), complete, condition, version);
  }

  private void requirePending() {
    if (body.isOver()) {
      throw new IllegalStateException("the write was committed or aborted");
    }
  }

  @Override
  public void abort() {
    body.abort();
    synchronized (this) {
      if (leakWatch != null) {
        leakWatch.close();
      }
    }
  }
}
