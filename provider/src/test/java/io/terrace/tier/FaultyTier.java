package io.terrace.tier;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A tier that fails when it is told to: the n-th call from now, the next call of one kind, or every
 * call of some kinds until it is healed. Calls of its handles and cursors count like its own;
 * {@code close}, {@code abort}, {@code usage} and {@code destroy} never fail. Thread safe.
 */
public final class FaultyTier implements Tier {

  /** What can fail. */
  public enum Operation {
    LOOKUP,
    OPEN_WRITE,
    WRITE,
    AMEND,
    FOLLOW,
    COMMIT,
    READ,
    PURGE,
    PURGE_TAG,
    UPDATE_HEADER,
    CLEAR,
    SCAN,
    NEXT
  }

  /** What had happened in the tier when the failure is reported. */
  public enum Effect {
    /** Nothing. */
    NOT_DONE,
    /** Everything: the answer was lost, as on a broken connection. */
    DONE
  }

  private final Tier delegate;
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Set<Operation> broken = EnumSet.noneOf(Operation.class);
  private long failingCall = -1;
  private @Nullable Operation failingOperation;
  private Effect effect = Effect.NOT_DONE;

  public FaultyTier(Tier delegate) {
    this.delegate = delegate;
  }

  /** Fails the n-th call from now, whatever it is; 1 is the next. */
  public synchronized FaultyTier failCall(long n) {
    failingCall = calls.get() + n;
    return this;
  }

  /** Fails the next call of one kind, once. */
  public synchronized FaultyTier failNext(Operation operation) {
    failingOperation = operation;
    return this;
  }

  /** Fails every call of the given kinds; of all kinds if none is given. */
  public synchronized FaultyTier failAlways(Operation... operations) {
    broken.addAll(operations.length == 0 ? EnumSet.allOf(Operation.class) : Set.of(operations));
    return this;
  }

  /** What a failing call does before it fails. */
  public synchronized FaultyTier withEffect(Effect newEffect) {
    effect = newEffect;
    return this;
  }

  /** Forgets every failure that was planned. */
  public synchronized FaultyTier heal() {
    broken.clear();
    failingCall = -1;
    failingOperation = null;
    effect = Effect.NOT_DONE;
    return this;
  }

  /** Calls counted so far. */
  public long calls() {
    return calls.get();
  }

  /** Calls that failed so far. */
  public long failures() {
    return failures.get();
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T call(Operation operation, Call<T> call) throws IOException {
    Effect planned = plan(operation);
    if (planned == Effect.NOT_DONE) {
      throw new IOException("injected failure of " + operation);
    }
    T result = call.run();
    if (planned == Effect.DONE) {
      throw new IOException("injected failure after " + operation);
    }
    return result;
  }

  private synchronized @Nullable Effect plan(Operation operation) {
    long number = calls.incrementAndGet();
    boolean fails = broken.contains(operation);
    if (number == failingCall) {
      failingCall = -1;
      fails = true;
    }
    if (operation == failingOperation) {
      failingOperation = null;
      fails = true;
    }
    if (!fails) {
      return null;
    }
    failures.incrementAndGet();
    return effect;
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
    if (plan(Operation.LOOKUP) != null) {
      return new Lookup.Skipped(SkipReason.FAILED, "injected failure of LOOKUP");
    }
    Lookup lookup = delegate.lookup(key);
    return lookup instanceof Lookup.Hit hit
        ? new Lookup.Hit(hit.header(), new FaultyRead(hit.body()))
        : lookup;
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    if (plan(Operation.OPEN_WRITE) != null) {
      throw new IOException("injected failure of OPEN_WRITE");
    }
    return new FaultyWrite(delegate.openWrite(header, condition));
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
    return call(Operation.PURGE_TAG, () -> delegate.purgeTag(tag, mode, throughVersion));
  }

  @Override
  public void clear() throws IOException {
    call(
        Operation.CLEAR,
        () -> {
          delegate.clear();
          return null;
        });
  }

  @Override
  public HeaderCursor scan() throws IOException {
    if (plan(Operation.SCAN) != null) {
      throw new IOException("injected failure of SCAN");
    }
    HeaderCursor cursor = delegate.scan();
    return new HeaderCursor() {
      @Override
      public @Nullable EntryHeader next() throws IOException {
        return call(Operation.NEXT, cursor::next);
      }

      @Override
      public void close() {
        cursor.close();
      }
    };
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

  private final class FaultyWrite implements WriteHandle {
    private final WriteHandle write;

    FaultyWrite(WriteHandle write) {
      this.write = write;
    }

    @Override
    public void write(ByteBuffer chunk) throws IOException {
      call(
          Operation.WRITE,
          () -> {
            write.write(chunk);
            return null;
          });
    }

    @Override
    public void amend(EntryHeader header, Condition condition) throws IOException {
      call(
          Operation.AMEND,
          () -> {
            write.amend(header, condition);
            return null;
          });
    }

    @Override
    public ReadHandle follow() throws IOException {
      if (plan(Operation.FOLLOW) != null) { // done or not, there is no handle to close
        throw new IOException("injected failure of FOLLOW");
      }
      return new FaultyRead(write.follow());
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

  private final class FaultyRead implements ReadHandle {
    private final ReadHandle read;

    FaultyRead(ReadHandle read) {
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
      return call(Operation.READ, () -> read.readRemaining(maxBytes));
    }

    @Override
    public void close() {
      read.close();
    }
  }
}
