package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.DelegatingTier;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.Tier;
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
final class HookedTier extends DelegatingTier {
  private final Map<Operation, Runnable> before = new ConcurrentHashMap<>();
  private final Map<Operation, Runnable> after = new ConcurrentHashMap<>();

  HookedTier(Tier delegate) {
    super(delegate);
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
        if (!latch.await(30, TimeUnit.SECONDS)) {
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

  private void act(Operation operation, Action action) throws IOException {
    call(
        operation,
        () -> {
          action.run();
          return true;
        });
  }

  @Override
  public Lookup lookup(EntryKey key) {
    run(before.remove(Operation.LOOKUP));
    Lookup lookup = super.lookup(key);
    run(after.remove(Operation.LOOKUP));
    return lookup;
  }

  @Override
  public WriteHandle openWrite(EntryHeader header, Condition condition) throws IOException {
    return call(Operation.OPEN_WRITE, () -> super.openWrite(header, condition));
  }

  @Override
  public boolean purge(EntryKey key, PurgeReason reason, Condition condition) throws IOException {
    return call(Operation.PURGE, () -> super.purge(key, reason, condition));
  }

  @Override
  public long purgeTag(String tag, PurgeMode mode, long throughVersion) throws IOException {
    return call(Operation.PURGE_TAG, () -> super.purgeTag(tag, mode, throughVersion));
  }

  @Override
  public boolean updateHeader(EntryKey key, long version, HeaderUpdate update) throws IOException {
    return call(Operation.UPDATE_HEADER, () -> super.updateHeader(key, version, update));
  }

  @Override
  public void clear() throws IOException {
    act(Operation.CLEAR, super::clear);
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
      public CommitResult commit() throws IOException {
        return call(Operation.COMMIT, super::commit);
      }

      @Override
      public CommitResult commitAs(long version) throws IOException {
        return call(Operation.COMMIT, () -> super.commitAs(version));
      }
    };
  }
}
