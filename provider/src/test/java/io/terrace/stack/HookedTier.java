package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.Tier;
import io.terrace.tier.TierCapabilities;
import io.terrace.tier.TierUsage;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A tier that does what a test says just before or just after a call of some kind, once: another
 * operation on the stack, or waiting at a gate. Thread safe.
 */
final class HookedTier implements Tier {
  private final Tier delegate;
  private final Map<Operation, Runnable> before = new ConcurrentHashMap<>();
  private final Map<Operation, Runnable> after = new ConcurrentHashMap<>();

  HookedTier(Tier delegate) {
    this.delegate = delegate;
  }

  /** Where a call waits until the test opens it. */
  static final class Gate implements Runnable {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);

    @Override
    public void run() {
      reached.countDown();
      await(opened, "nobody opened the gate");
    }

    void awaitReached() {
      await(reached, "nobody came to the gate");
    }

    void open() {
      opened.countDown();
    }

    private static void await(CountDownLatch latch, String otherwise) {
      try {
        if (!latch.await(10, TimeUnit.SECONDS)) {
          throw new AssertionError(otherwise);
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  HookedTier before(Operation operation, Runnable hook) {
    before.put(operation, hook);
    return this;
  }

  HookedTier after(Operation operation, Runnable hook) {
    after.put(operation, hook);
    return this;
  }

  /** A gate before the next call of this kind. */
  Gate gate(Operation operation) {
    Gate gate = new Gate();
    before.put(operation, gate);
    return gate;
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T call(Operation operation, Call<T> call) throws IOException {
    run(before.remove(operation));
    T result = call.run();
    run(after.remove(operation));
    return result;
  }

  private static void run(Runnable hook) {
    if (hook != null) {
      hook.run();
    }
  }

  @Override
  public String name() {
    return delegate.name();
  }

  @Override
  public TierCapabilities capabilities() {
    return delegate.capabilities();
  }

  @Override
  public long maxEntryBytes() {
    return delegate.maxEntryBytes();
  }

  @Override
  public Lookup lookup(EntryKey key) {
    run(before.remove(Operation.LOOKUP));
    Lookup lookup = delegate.lookup(key);
    run(after.remove(Operation.LOOKUP));
    return lookup instanceof Lookup.Hit hit
        ? new Lookup.Hit(hit.header(), new HookedRead(hit.body()))
        : lookup;
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    return call(Operation.OPEN_WRITE, () -> new HookedWrite(delegate.openWrite(header, condition)));
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    return call(Operation.PURGE, () -> delegate.purge(key, reason, condition));
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    return call(Operation.UPDATE_HEADER, () -> delegate.updateHeader(key, version, update));
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    return delegate.purgeTag(tag, mode, throughVersion);
  }

  @Override
  public void clear() throws IOException {
    call(
        Operation.CLEAR,
        () -> {
          delegate.clear();
          return true;
        });
  }

  @Override
  public HeaderCursor scan() throws IOException {
    return delegate.scan();
  }

  @Override
  public TierUsage usage() {
    return delegate.usage();
  }

  @Override
  public void destroy() throws IOException {
    delegate.destroy();
  }

  @Override
  public void close() throws IOException {
    delegate.close();
  }

  private final class HookedRead implements ReadHandle {
    private final ReadHandle read;

    HookedRead(ReadHandle read) {
      this.read = read;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      return call(Operation.READ, () -> read.read(target));
    }

    @Override
    public boolean canSeek() {
      return read.canSeek();
    }

    @Override
    public int read(long offset, ByteBuffer target) throws IOException {
      return call(Operation.READ, () -> read.read(offset, target));
    }

    @Override
    public ByteBuffer readRemaining(int maxBytes) throws IOException {
      return read.readRemaining(maxBytes);
    }

    @Override
    public void close() {
      read.close();
    }
  }

  private final class HookedWrite implements WriteHandle {
    private final WriteHandle write;

    HookedWrite(WriteHandle write) {
      this.write = write;
    }

    @Override
    public void write(ByteBuffer chunk) throws IOException {
      call(
          Operation.WRITE,
          () -> {
            write.write(chunk);
            return true;
          });
    }

    @Override
    public void amend(EntryHeader header, Condition condition) throws IOException {
      call(
          Operation.AMEND,
          () -> {
            write.amend(header, condition);
            return true;
          });
    }

    @Override
    public ReadHandle follow() throws IOException {
      return write.follow();
    }

    @Override
    public CommitResult commit() throws IOException {
      return call(Operation.COMMIT, write::commit);
    }

    @Override
    public CommitResult commitAs(long version) throws IOException {
      return call(Operation.COMMIT, () -> write.commitAs(version));
    }

    @Override
    public void abort() {
      write.abort();
    }
  }
}
