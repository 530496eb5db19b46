package io.terrace.tier.redis;

import static java.util.Objects.requireNonNull;

import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.EntryTooLargeForTierException.Part;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way into Redis. A small one is collected and goes with its header in one command;
 * of a longer one each full chunk is stored as it comes, so that it takes one buffer.
 */
final class RedisWriteHandle implements WriteHandle {
  private static final int FIRST_BYTES = 1024;

  private final RedisStore store;
  private final EntryKey key;
  private final CRC32C crc = new CRC32C();
  private EntryHeader header;
  private Condition condition;
  private byte[] buffer;
  private int buffered;
  private long written;
  private @Nullable ChunkWriter chunks;
  private @Nullable LeakWatch leakWatch;
  private boolean sealed;
  private boolean done;

  RedisWriteHandle(RedisStore store, EntryHeader header, Condition condition)
      throws EntryTooLargeForTierException {
    this.store = store;
    this.key = header.key();
    this.header = header;
    this.condition = condition;
    requireFits(header);
    long announced = header.bodyLength() < 0 ? FIRST_BYTES : header.bodyLength();
    buffer = new byte[(int) Math.min(announced, store.chunkBytes()) + Integer.BYTES];
  }

  /** A header that takes more than there is room for is refused. */
  static void requireFits(EntryHeader header) throws EntryTooLargeForTierException {
    long bytes = (long) header.key().bytes().length + HeaderCodec.metadataBytes(header);
    if (bytes > HeaderCodec.MAX_KEY_AND_METADATA_BYTES) {
      throw new EntryTooLargeForTierException(
          RedisTier.NAME, bytes, HeaderCodec.MAX_KEY_AND_METADATA_BYTES, Part.KEY_AND_METADATA);
    }
  }

  @Override
  public void write(ByteBuffer chunk) throws IOException {
    requirePending();
    if (sealed) {
      throw new IllegalStateException("the last part of the body was stored by a commit");
    }
    boolean taken = false;
    try {
      store.requireOpen();
      long size = written + chunk.remaining();
      if (size > store.maxEntryBytes()) {
        throw new EntryTooLargeForTierException(RedisTier.NAME, size, store.maxEntryBytes());
      }
      while (chunk.hasRemaining()) {
        if (buffered == store.chunkBytes()) {
          flush();
        }
        take(chunk);
      }
      taken = true;
    } finally {
      if (!taken) {
        abort(); // a body with a hole must not be committed
      }
    }
  }

  private void take(ByteBuffer chunk) {
    int count = Math.min(chunk.remaining(), store.chunkBytes() - buffered);
    int needed = buffered + count + Integer.BYTES;
    if (needed > buffer.length) {
      int most = store.chunkBytes() + Integer.BYTES;
      buffer = Arrays.copyOf(buffer, Math.min(Math.max(needed, 2 * buffer.length), most));
    }
    chunk.get(buffer, buffered, count);
    crc.update(buffer, buffered, count);
    buffered += count;
    written += count;
  }

  private void flush() throws IOException {
    if (chunks == null) {
      ChunkWriter writer = new ChunkWriter(store, store.partitions().keys().partitionOf(key));
      chunks = writer;
      leakWatch = LeakWatch.over(this, "a write handle of the redis tier", writer::abort);
    }
    chunks.write(buffer, buffered);
    buffered = 0;
  }

  @Override
  public void amend(EntryHeader amended, Condition newCondition) throws IOException {
    requirePending();
    header = header.amendedBy(amended);
    condition = newCondition;
    try {
      requireFits(header);
    } catch (EntryTooLargeForTierException e) {
      abort();
      throw e;
    }
  }

  @Override
  public ReadHandle follow() {
    throw new UnsupportedOperationException("the redis tier cannot serve a write in progress");
  }

  @Override
  public CommitResult commit() throws IOException {
    return commitVersion(EntryHeader.UNASSIGNED);
  }

  @Override
  public CommitResult commitAs(long version) throws IOException {
    if (version <= EntryHeader.UNASSIGNED || version > RedisTier.MAX_VERSION) {
      throw new IllegalArgumentException("not a version: " + version);
    }
    return commitVersion(version);
  }

  private CommitResult commitVersion(long version) throws IOException {
    requirePending();
    boolean refused = false;
    try {
      store.requireOpen();
      CommitResult result = commit(header.completedBy(written, (int) crc.getValue()), version);
      refused = result instanceof CommitResult.Refused;
      return result;
    } finally {
      if (!refused) {
        abort();
      }
    }
  }

  private CommitResult commit(EntryHeader complete, long version) throws IOException {
    long ttlMillis = store.ttlMillis(complete.expiresAtMillis());
    if (chunks == null && fitsInline(complete)) {
      Operation put = Operation.put(key, condition, version, ttlMillis, inline(complete));
      return result(store.change(put), written);
    }
    if (buffered > 0) {
      flush();
    }
    sealed = true;
    ChunkWriter writer = requireNonNull(chunks);
    byte[] head = HeaderCodec.encode(complete, writer.chunks());
    writer.keep(true); // whatever becomes of the commit, the entry may have them by now
    try {
      Operation put = Operation.put(key, condition, version, ttlMillis, head);
      Operation.Outcome outcome = store.change(put);
      writer.keep(outcome.status() == Operation.Status.DONE);
      return result(outcome, written);
    } catch (IOException e) {
      writer.keep(Link.mayBeDone(e));
      throw e;
    }
  }

  /** Whether a header and a body go into one command. */
  private boolean fitsInline(EntryHeader complete) {
    return inlineBytes(complete) + written <= RedisStore.MAX_COMMAND_BYTES;
  }

  /** What a put takes in a command beside the body: at most. */
  static long inlineBytes(EntryHeader header) {
    return Operation.overheadBytes(header.key())
        + HeaderCodec.FIXED_BYTES
        + HeaderCodec.metadataBytes(header);
  }

  private byte[] inline(EntryHeader complete) {
    byte[] head = HeaderCodec.encode(complete, null);
    byte[] value = Arrays.copyOf(head, head.length + buffered);
    System.arraycopy(buffer, 0, value, head.length, buffered);
    return value;
  }

  static CommitResult result(Operation.Outcome outcome, long sizeBytes) throws IOException {
    return switch (outcome.status()) {
      case DONE -> new CommitResult.Committed(outcome.version(), sizeBytes);
      case REFUSED -> new CommitResult.Refused(outcome.version());
      case CHUNKS_MISSING ->
          throw new IOException("a part of the body left Redis while it was written");
      case HEADER_CHANGED -> throw new IOException("Redis answered with an unknown status");
    };
  }

  private void requirePending() {
    if (done) {
      throw new IllegalStateException("the write was committed or aborted");
    }
  }

  @Override
  public void abort() {
    if (!done) {
      done = true;
      buffer = new byte[0];
      if (leakWatch != null) {
        leakWatch.close();
      }
    }
  }
}
