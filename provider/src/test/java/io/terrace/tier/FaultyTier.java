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
public final class FaultyTier extends DelegatingTier {

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

  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Set<Operation> broken = EnumSet.noneOf(Operation.class);
  private long failingCall = -1;
  private @Nullable Operation failingOperation;
  private Effect effect = Effect.NOT_DONE;

  public FaultyTier(Tier delegate) {
    super(delegate);
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

  private void act(Operation operation, Action action) throws IOException {
    call(
        operation,
        () -> {
          action.run();
          return true;
        });
  }

  /** A call that fails undone, since its result is a handle that nobody would close. */
  private <T> T open(Operation operation, Call<T> call) throws IOException {
    if (plan(operation) != null) {
      throw new IOException("injected failure of " + operation);
    }
    return call.run();
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
  public Lookup lookup(EntryKey key) {
    return plan(Operation.LOOKUP) != null
        ? new Lookup.Skipped(SkipReason.FAILED, "injected failure of LOOKUP")
        : super.lookup(key);
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    return open(Operation.OPEN_WRITE, () -> super.openWrite(header, condition));
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    return call(Operation.PURGE, () -> super.purge(key, reason, condition));
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    return call(Operation.UPDATE_HEADER, () -> super.updateHeader(key, version, update));
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    return call(Operation.PURGE_TAG, () -> super.purgeTag(tag, mode, throughVersion));
  }

  @Override
  public void clear() throws IOException {
    act(Operation.CLEAR, super::clear);
  }

  @Override
  public HeaderCursor scan() throws IOException {
    return new DelegatingCursor(open(Operation.SCAN, super::scan)) {
      @Override
      public @Nullable EntryHeader next() throws IOException {
        return call(Operation.NEXT, super::next);
      }
    };
  }

  @Override
  protected WriteHandle wrap(WriteHandle write) {
    return new DelegatingWrite(write) {
      @Override
      public void write(ByteBuffer chunk) throws IOException {
        act(Operation.WRITE, () -> super.write(chunk));
      }

      @Override
      public void amend(EntryHeader header, Condition condition) throws IOException {
        act(Operation.AMEND, () -> super.amend(header, condition));
      }

      @Override
      public ReadHandle follow() throws IOException {
        return open(Operation.FOLLOW, () -> wrap(super.follow()));
      }

      @Override
      public CommitResult commit() throws IOException {
        return call(Operation.COMMIT, super::commit);
      }

      @Override
      public CommitResult commitAs(long version) throws IOException {
        return call(Operation.COMMIT, () -> super.commitAs(version));
      }
    };
  }

  @Override
  protected ReadHandle wrap(ReadHandle read) {
    return new DelegatingRead(read) {
      @Override
      public int read(ByteBuffer target) throws IOException {
        return call(Operation.READ, () -> super.read(target));
      }

      @Override
      public int read(long offset, ByteBuffer target) throws IOException {
        return call(Operation.READ, () -> super.read(offset, target));
      }

      @Override
      public ByteBuffer readRemaining(int maxBytes) throws IOException {
        return call(Operation.READ, () -> super.readRemaining(maxBytes));
      }
    };
  }
}
