package io.terrace.tier.heap;

import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** A body on its way into chunks, each of which is counted before it is filled. */
final class HeapWriteHandle implements WriteHandle {
  /** The least to ask for while nobody knows how long the body gets. */
  private static final int FIRST_CHUNK_BYTES = 256;

  /** A body of unknown length grows by a part of itself, so that no more than that is wasted. */
  private static final int GROWTH_DIVISOR = 8;

  private final HeapBytesTier tier;
  private final PendingWrite pending;
  private final ChunkedBody body;
  private final LeakWatch leakWatch;
  private final long forgetsAtOpening;
  private final long announcedBytes;
  private final int announcedChecksum;
  private final CRC32C crc = new CRC32C();
  private EntryHeader header;
  private Condition condition;
  private long writtenBytes;
  private boolean done;

  /**
   * @param pending ended with this handle, or when it is forgotten
   */
  HeapWriteHandle(
      HeapBytesTier tier,
      PendingWrite pending,
      EntryHeader header,
      Condition condition,
      long forgetsAtOpening) {
    this.tier = tier;
    this.pending = pending;
    this.body = pending.body();
    this.header = header;
    this.condition = condition;
    this.forgetsAtOpening = forgetsAtOpening;
    this.announcedBytes = header.bodyLength();
    this.announcedChecksum = header.checksum();
    leakWatch = LeakWatch.overPart(this, "a write handle of the heap tier", pending::end);
  }

  @Override
  public void write(ByteBuffer chunk) throws IOException {
    requirePending();
    boolean written = false;
    try {
      tier.requireOpen();
      long size = writtenBytes + chunk.remaining();
      if (size > tier.maxEntryBytes()) {
        throw new EntryTooLargeForTierException(tier.name(), size, tier.maxEntryBytes());
      }
      while (chunk.hasRemaining()) {
        if (body.room() == 0) {
          body.add(nextChunk(chunk.remaining()));
        }
        int before = chunk.remaining();
        body.put(chunk, crc);
        writtenBytes += before - chunk.remaining();
      }
      body.publish();
      written = true;
    } finally {
      if (!written) {
        abort(); // a body with a hole must not be committed
      }
    }
  }

  private byte[] nextChunk(int remaining) throws IOException {
    int bytes = nextChunkBytes(remaining);
    long weight = pending.ownBytes() + body.costBytes() + ChunkPool.cost(bytes);
    tier.requireWeight(weight);
    return tier.acquire(bytes);
  }

  private int nextChunkBytes(int remaining) {
    long wanted = announcedBytes - writtenBytes;
    if (wanted < remaining) {
      long growth = Math.max(FIRST_CHUNK_BYTES, writtenBytes / GROWTH_DIVISOR);
      wanted = Math.min(Math.max(remaining, growth), tier.maxEntryBytes() - writtenBytes);
    }
    return (int) Math.min(wanted, ChunkPool.CHUNK_BYTES);
  }

  @Override
  public void amend(EntryHeader amended, Condition newCondition) throws IOException {
    requirePending();
    boolean fits = false;
    try {
      tier.requireOpen();
      long ownBytes = ByteLimits.ownBytes(amended);
      tier.requireWeight(ownBytes + body.costBytes());
      if (ownBytes > pending.ownBytes()) {
        tier.reserve(ownBytes - pending.ownBytes());
      } else {
        tier.unreserve(pending.ownBytes() - ownBytes);
      }
      pending.ownBytes(ownBytes);
      header = amended;
      condition = newCondition;
      fits = true;
    } finally {
      if (!fits) {
        abort();
      }
    }
  }

  @Override
  public ReadHandle follow() throws IOException {
    ChunkedBody.State state = body.state();
    boolean readable = state == ChunkedBody.State.GROWING || state == ChunkedBody.State.COMPLETE;
    if (!readable || !body.retain()) {
      throw new IOException("the write into the heap tier is over");
    }
    return new BodyReader(body);
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
      tier.requireOpen();
      EntryHeader complete = complete().withVersion(version);
      CommitResult result = tier.commit(pending, complete, condition, forgetsAtOpening);
      refused = result instanceof CommitResult.Refused;
      return result;
    } finally {
      if (!refused) {
        abort();
      }
    }
  }

  private EntryHeader complete() throws IOException {
    requireLength(announcedBytes);
    requireLength(header.bodyLength());
    int checksum = (int) crc.getValue();
    requireChecksum(announcedChecksum, checksum);
    requireChecksum(header.checksum(), checksum);
    return header.withBody(writtenBytes, checksum);
  }

  private static void requireChecksum(int announced, int checksum) throws IOException {
    if (announced != 0 && announced != checksum) {
      throw new IOException("the body does not have the announced checksum");
    }
  }

  private void requireLength(long announced) throws IOException {
    if (announced != EntryHeader.UNKNOWN_LENGTH && announced != writtenBytes) {
      throw new IOException("the body has " + writtenBytes + " bytes, announced were " + announced);
    }
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
      leakWatch.close();
    }
  }
}
