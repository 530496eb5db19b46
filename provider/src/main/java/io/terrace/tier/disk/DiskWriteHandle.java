package io.terrace.tier.disk;

import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way into the log. A small one is collected behind the place of its record's header
 * and written at once by the commit; of a longer one each full chunk is appended as it comes, so
 * that it takes one buffer whatever its length.
 */
final class DiskWriteHandle implements WriteHandle {
  private static final int FIRST_BODY_BYTES = 2048;

  private final DiskTier tier;
  private final IndexedLog indexed;
  private final DiskLimits limits;
  private final EntryHeader header;
  private final Condition condition;
  private final int metadataBytes;
  private final int bodyStart;
  private @Nullable ByteBuffer buffer;
  private @Nullable LongWrite longWrite;
  private @Nullable LeakWatch leakWatch;
  private final CRC32C crc = new CRC32C();
  private long flushedBytes;

  DiskWriteHandle(DiskTier tier, IndexedLog indexed, EntryHeader header, Condition condition)
      throws EntryTooLargeForTierException {
    this.tier = tier;
    this.indexed = indexed;
    this.limits = indexed.log().limits();
    this.header = header;
    this.condition = condition;
    byte[] metadata = MetadataCodec.encode(header.metadata());
    byte[] key = header.key().bytes();
    long prefixBytes = (long) key.length + metadata.length;
    if (prefixBytes > limits.maxPrefixBytes()) {
      throw new EntryTooLargeForTierException(
          "the key and metadata in tier '" + tier.name() + "'",
          prefixBytes,
          limits.maxPrefixBytes());
    }
    metadataBytes = metadata.length;
    bodyStart = RecordCodec.HEADER_BYTES + (int) prefixBytes;
    long announced = header.bodyLength() < 0 ? FIRST_BODY_BYTES : header.bodyLength();
    int room = (int) Math.min(announced, limits.chunkBytes());
    buffer = indexed.pool().acquire(RecordCodec.align(bodyStart + room)).position(bodyStart);
    EntryRecord.putPrefix(buffer, key, metadata);
  }

  @Override
  public void write(ByteBuffer chunk) throws IOException {
    ByteBuffer pending = requirePending();
    long size = flushedBytes + (pending.position() - bodyStart) + chunk.remaining();
    if (size > limits.maxEntryBytes()) {
      abort();
      throw new EntryTooLargeForTierException(tier.name(), size, limits.maxEntryBytes());
    }
    while (chunk.hasRemaining()) {
      if (pending.position() - bodyStart == limits.chunkBytes()) {
        flushOrAbort(pending);
      }
      int room = limits.chunkBytes() - (pending.position() - bodyStart);
      int count = Math.min(room, chunk.remaining());
      pending = withRoom(pending, count);
      pending.put(pending.position(), chunk, chunk.position(), count);
      pending.position(pending.position() + count);
      chunk.position(chunk.position() + count);
    }
  }

  /** The buffer, or a larger one with the same content, that takes so many more bytes. */
  private ByteBuffer withRoom(ByteBuffer pending, int count) {
    int needed = RecordCodec.align(pending.position() + count);
    if (needed <= pending.capacity()) {
      return pending;
    }
    int most = RecordCodec.align(bodyStart + limits.chunkBytes());
    ByteBuffer larger = indexed.pool().acquire(Math.min(most, Math.max(needed, needed * 2)));
    larger.put(pending.flip());
    indexed.pool().release(pending);
    buffer = larger;
    return larger;
  }

  /** A body with a hole must not be committed: after a failure the write is over. */
  private void flushOrAbort(ByteBuffer pending) throws IOException {
    boolean flushed = false;
    try {
      flush(pending);
      flushed = true;
    } finally {
      if (!flushed) {
        abort();
      }
    }
  }

  /** Appends what is in the buffer as a chunk. */
  private void flush(ByteBuffer pending) throws IOException {
    LongWrite write = longWrite;
    if (write == null) {
      write = indexed.longWrites().begin();
      longWrite = write;
      LongWrite begun = write;
      LongWrites writes = indexed.longWrites();
      leakWatch = LeakWatch.over(this, "a write handle", () -> writes.end(begun));
    }
    int length = pending.position() - bodyStart;
    pending.clear();
    int chunkCrc = RecordCodec.crc(pending, bodyStart, length);
    RecordCodec.update(crc, pending, bodyStart, length);
    int start = bodyStart - RecordCodec.HEADER_BYTES; // the key before the body is not needed now
    RecordCodec.prepareChunk(
        pending,
        start,
        header.key().hashHigh(),
        header.key().hashLow(),
        flushedBytes,
        RecordCodec.Lengths.ofBody(length, chunkCrc));
    indexed.appendChunk(write, pending, start, length);
    flushedBytes += length;
    pending.clear().position(bodyStart);
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
    ByteBuffer pending = requirePending();
    try {
      tier.requireChangeable();
      CommitResult result =
          longWrite == null ? commitInline(pending, version) : commitLong(pending, version);
      if (result instanceof CommitResult.Committed) {
        tier.acknowledge();
      }
      return result;
    } finally {
      abort();
    }
  }

  private CommitResult commitInline(ByteBuffer pending, long version) throws IOException {
    int length = pending.position() - bodyStart;
    pending.clear();
    int bodyCrc = RecordCodec.crc(pending, bodyStart, length);
    EntryHeader complete = complete(length, bodyCrc);
    RecordCodec.prepareEntry(
        pending,
        0,
        RecordType.ENTRY,
        complete,
        new RecordCodec.Lengths(header.key().bytes().length, metadataBytes, length, bodyCrc, 0));
    return indexed.commit(header.key(), condition, version, pending, length);
  }

  private CommitResult commitLong(ByteBuffer pending, long version) throws IOException {
    LongWrite write = longWrite;
    if (pending.position() > bodyStart) {
      flush(pending);
    }
    if (write == null) {
      throw new IllegalStateException("a long body without a chunk");
    }
    EntryHeader complete = complete(flushedBytes, (int) crc.getValue());
    return indexed.commitLong(write, complete, condition, version);
  }

  private EntryHeader complete(long length, int checksum) throws IOException {
    if (header.bodyLength() != EntryHeader.UNKNOWN_LENGTH && header.bodyLength() != length) {
      throw new IOException(
          "the body has " + length + " bytes, announced were " + header.bodyLength());
    }
    if (header.checksum() != 0 && header.checksum() != checksum) {
      throw new IOException("the body does not have the announced checksum");
    }
    return header.withBody(length, checksum);
  }

  private ByteBuffer requirePending() {
    ByteBuffer pending = buffer;
    if (pending == null) {
      throw new IllegalStateException("the write was committed or aborted");
    }
    return pending;
  }

  @Override
  public void abort() {
    ByteBuffer pending = buffer;
    if (pending != null) {
      buffer = null;
      indexed.pool().release(pending);
      if (leakWatch != null) {
        leakWatch.close();
      }
    }
  }
}
