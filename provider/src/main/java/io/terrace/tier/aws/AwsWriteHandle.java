package io.terrace.tier.aws;

import static java.util.Objects.requireNonNull;

import io.terrace.internal.concurrent.LeakWatch;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A body on its way into AWS. A short one is collected and goes with its header into one item; a
 * longer one goes into an object as it comes, and the item that names the object is the commit.
 */
final class AwsWriteHandle implements WriteHandle {
  private static final int FIRST_BYTES = 1024;

  private final AwsStore store;
  private final ItemWriter writer;
  private final EntryKey key;
  private final CRC32C crc = new CRC32C();
  private EntryHeader header;
  private Condition condition;
  private byte[] buffer;
  private int buffered;
  private long written;
  private @Nullable Upload upload;
  private @Nullable LeakWatch leakWatch;
  private boolean sealed;
  private boolean done;

  AwsWriteHandle(AwsStore store, ItemWriter writer, EntryHeader header, Condition condition)
      throws EntryTooLargeForTierException {
    this.store = store;
    this.writer = writer;
    this.key = header.key();
    this.header = header;
    this.condition = condition;
    HeaderCodec.requireFits(header);
    boolean isShort = header.bodyLength() >= 0 && header.bodyLength() <= store.inlineBytes();
    buffer = new byte[isShort ? (int) header.bodyLength() : FIRST_BYTES];
  }

  /**
   * A body on its way into an object, and whether the object is to stay. What a handle that was
   * forgotten leaves behind is released through it.
   */
  private static final class Upload {
    private final Bodies bodies;
    private final String object;
    private final BodyUpload body;
    private boolean complete;
    private boolean kept;

    Upload(Bodies bodies, EntryKey key, long declaredLength) {
      this.bodies = bodies;
      object = bodies.newName(key);
      body = bodies.open(object, declaredLength);
    }

    void complete() throws IOException {
      if (!complete) {
        body.complete();
        complete = true;
      }
    }

    void end() {
      if (!complete) {
        body.close();
      } else if (!kept) {
        bodies.deleteNow(object);
      }
    }
  }

  @Override
  public void write(ByteBuffer chunk) throws IOException {
    requirePending();
    if (sealed) {
      throw new IllegalStateException("the body was stored by a commit");
    }
    boolean taken = false;
    try {
      store.requireOpen();
      long size = written + chunk.remaining();
      if (size > store.maxEntryBytes()) {
        throw new EntryTooLargeForTierException(AwsTier.NAME, size, store.maxEntryBytes());
      }
      crc.update(chunk.duplicate());
      written = size;
      if (upload == null && size <= store.inlineBytes()) {
        collect(chunk);
      } else {
        uploading().body.write(chunk);
      }
      taken = true;
    } finally {
      if (!taken) {
        abort(); // a body with a hole must not be committed
      }
    }
  }

  private void collect(ByteBuffer chunk) {
    int count = chunk.remaining();
    if (buffered + count > buffer.length) {
      int wanted = Math.max(buffered + count, 2 * buffer.length);
      buffer = Arrays.copyOf(buffer, Math.min(wanted, store.inlineBytes()));
    }
    chunk.get(buffer, buffered, count);
    buffered += count;
  }

  /** The upload, which begins with what was collected. */
  private Upload uploading() throws IOException {
    Upload current = upload;
    if (current == null) {
      Bodies bodies = requireNonNull(store.bodies(), "a longer body is not admitted");
      current = new Upload(bodies, key, header.bodyLength());
      upload = current;
      leakWatch = LeakWatch.over(this, "a write handle of the aws tier", current::end);
      current.body.write(ByteBuffer.wrap(buffer, 0, buffered));
      buffer = new byte[0];
      buffered = 0;
    }
    return current;
  }

  @Override
  public void amend(EntryHeader amended, Condition newCondition) throws IOException {
    requirePending();
    header = header.amendedBy(amended);
    condition = newCondition;
    try {
      HeaderCodec.requireFits(header);
    } catch (EntryTooLargeForTierException e) {
      abort();
      throw e;
    }
  }

  @Override
  public ReadHandle follow() {
    throw new UnsupportedOperationException("the aws tier cannot serve a write in progress");
  }

  @Override
  public CommitResult commit() throws IOException {
    return commitVersion(EntryHeader.UNASSIGNED);
  }

  @Override
  public CommitResult commitAs(long version) throws IOException {
    if (!store.versions().isPlausible(version)) {
      throw new IllegalArgumentException("not a version: " + version);
    }
    return commitVersion(version);
  }

  private CommitResult commitVersion(long version) throws IOException {
    requirePending();
    boolean refused = false;
    try {
      store.requireOpen();
      EntryHeader complete = header.completedBy(written, (int) crc.getValue());
      CommitResult result =
          upload == null ? commitShort(complete, version) : commitLong(upload, complete, version);
      refused = result instanceof CommitResult.Refused;
      return result;
    } finally {
      if (!refused) {
        abort();
      }
    }
  }

  private CommitResult commitShort(EntryHeader complete, long version) throws IOException {
    byte[] body = buffered == buffer.length ? buffer : Arrays.copyOf(buffer, buffered);
    AttributeValue inline = Attributes.bytes(body);
    return writer.put(new ItemWriter.Write(complete, condition, version, inline, null));
  }

  private CommitResult commitLong(Upload uploaded, EntryHeader complete, long version)
      throws IOException {
    sealed = true;
    uploaded.complete();
    store.makeReady(); // if it fails, the item was not sent
    uploaded.kept = true; // whatever becomes of the commit, the item may have it by now
    try {
      CommitResult result =
          writer.put(new ItemWriter.Write(complete, condition, version, null, uploaded.object));
      uploaded.kept = result instanceof CommitResult.Committed;
      return result;
    } catch (IOException e) {
      uploaded.kept = CallFailedException.mayBeDone(e);
      throw e;
    }
  }

  private void requirePending() {
    if (done) {
      throw new IllegalStateException("the write was committed or aborted");
    }
  }

  @Override
  public void abort() {
    if (done) {
      return;
    }
    done = true;
    buffer = new byte[0];
    if (leakWatch != null) {
      leakWatch.close(); // which ends the upload
    }
  }
}
