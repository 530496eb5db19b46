package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.tier.DelegatingTier;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.NoticeBoard;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.SharedTier;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A shared tier that tells nobody of changes, but has a board for notices. */
final class UntoldTier extends DelegatingTier implements SharedTier, NoticeBoard {
  private final SharedMemory.Node node;

  UntoldTier(SharedMemory.Node node) {
    super(node);
    this.node = node;
  }

  @Override
  public LeaseAnswer lookupOrLease(EntryKey key, Duration life) {
    return node.lookupOrLease(key, life);
  }

  @Override
  public void releaseLease(EntryKey key, long lease) {
    node.releaseLease(key, lease);
  }

  @Override
  public List<Lookup> lookupAll(List<EntryKey> keys) {
    return node.lookupAll(keys);
  }

  @Override
  public List<WriteResult> writeAll(List<WholeWrite> writes) {
    return node.writeAll(writes);
  }

  @Override
  public List<WriteResult> purgeAll(List<EntryKey> keys, PurgeReason reason) {
    return node.purgeAll(keys, reason);
  }

  @Override
  public void post(long process) throws IOException {
    node.notices().post(process);
  }

  @Override
  public void withdraw(long process) throws IOException {
    node.notices().withdraw(process);
  }

  @Override
  public boolean withdraw(long process, long number) throws IOException {
    return node.notices().withdraw(process, number);
  }

  @Override
  public Map<Long, Long> notices() throws IOException {
    return node.notices().notices();
  }
}
