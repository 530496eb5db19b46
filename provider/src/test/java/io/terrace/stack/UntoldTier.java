package io.terrace.stack;

import io.terrace.PurgeReason;
import io.terrace.tier.DelegatingTier;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.SharedTier;
import java.time.Duration;
import java.util.List;

/** A shared tier that tells nobody of changes. */
final class UntoldTier extends DelegatingTier implements SharedTier {
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
}
