package io.terrace.stack;

import io.terrace.Freshness;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.TierCopy;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.KeyCodec;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * What can be done to the tiers of a stack of streams one by one. A purge, of whatever kind, also
 * undoes writes that are in progress. Thread safe.
 */
final class StreamOperations<K> implements TierOperations<K> {

  private final StreamStack<K> stack;
  private final ByteTiers tiers;
  private final TierPurges purges;
  private final StreamWork works;
  private final KeyCodec<K> keys;
  private final TierEvents<K> events;
  private final InstantSource clock;
  private final Class<?> keyType;
  private final List<String> names;

  StreamOperations(
      StreamStack<K> stack,
      ByteTiers tiers,
      StreamWork works,
      KeyCodec<K> keys,
      TierEvents<K> events,
      InstantSource clock,
      Class<?> keyType) {
    this.stack = stack;
    this.tiers = tiers;
    this.purges = new TierPurges(tiers);
    this.works = works;
    this.keys = keys;
    this.events = events;
    this.clock = clock;
    this.keyType = keyType;
    this.names = List.copyOf(tiers.names());
  }

  @Override
  public List<String> tiers() {
    return names;
  }

  @Override
  public List<TierCopy> residency(K key) {
    return purges.residency(keys.encode(key), clock.millis());
  }

  @Override
  public boolean promote(K key, String tier) {
    int target = TierNames.indexOf(names, tier);
    EntryKey entryKey = keys.encode(key);
    if (target < tiers.upper().size() && !isHeld(entryKey, target)) {
      try {
        stack.copyUp(key, 1L << target, Runnable::run);
      } catch (IOException e) {
        throw tiers.unavailable("read an entry", e);
      }
    }
    return isHeld(entryKey, target);
  }

  private boolean isHeld(EntryKey key, int tier) {
    EntryHeader header =
        tier < tiers.upper().size()
            ? TierPurges.header(tiers.upper().get(tier).lookup(key))
            : tiers.headerAtAuthority(key);
    return header != null && header.freshness() == Freshness.FRESH && isLive(header);
  }

  private boolean isLive(EntryHeader header) {
    return !header.isExpiredAt(clock.millis());
  }

  @Override
  public PurgeReceipt purge(K key, PurgeReason reason, Set<String> from) {
    for (String tier : from) {
      int unused = TierNames.indexOf(names, tier);
    }
    List<TierCopy> before = events.areHeard() ? residency(key) : List.of();
    boolean all = from.isEmpty() || from.contains(names.get(names.size() - 1));
    Receipts receipts = new Receipts(all ? names : TierNames.inOrder(names, from));
    EntryKey entryKey = keys.encode(key);
    if (all) {
      boolean unused = purge(entryKey, reason, Condition.ALWAYS, receipts);
    } else {
      demote(entryKey, reason, from, receipts);
    }
    PurgeReceipt receipt = receipts.receipt();
    events.purged(key, receipt, before, reason);
    return receipt;
  }

  /** Purges a key from all tiers if the authority agrees; whether it did. */
  private boolean purge(EntryKey key, PurgeReason reason, Condition condition, Receipts receipts) {
    KeyWork turn = works.beginTurn(key);
    boolean certain = false;
    try {
      boolean purged =
          turn.removing(
              () -> {
                boolean done = purges.purge(key, reason, condition, receipts);
                if (done) {
                  turn.purgeWrites();
                }
                return done;
              });
      certain = true;
      return purged;
    } finally {
      if (!certain) {
        tiers.purgeUpper(key, reason); // the authority may have done it all the same
      }
      works.endTurn(key, turn);
    }
  }

  /** Takes copies out of upper tiers, to which no promotion in flight brings them back. */
  private void demote(EntryKey key, PurgeReason reason, Set<String> from, Receipts receipts) {
    KeyWork turn = works.beginTurn(key);
    try {
      purges.purgeUpper(key, reason, from, receipts);
    } finally {
      works.endTurn(key, turn);
    }
  }

  @Override
  public PurgeReceipt purge(K key, PurgeMode mode) {
    return mode == PurgeMode.HARD ? purge(key, PurgeReason.INVALIDATION, Set.of()) : soften(key);
  }

  private PurgeReceipt soften(K key) {
    EntryKey entryKey = keys.encode(key);
    Receipts receipts = new Receipts(names);
    KeyWork work = works.acquire(entryKey);
    try {
      boolean softened = false;
      while (!softened) {
        softened =
            work.removing(
                () -> {
                  work.purgeWrites();
                  return soften(entryKey, receipts);
                });
      }
    } finally {
      works.release(entryKey, work);
    }
    return receipts.receipt();
  }

  /** Makes what the authority has stale; false if it has another version by now. */
  private boolean soften(EntryKey key, Receipts receipts) {
    EntryHeader header = tiers.headerAtAuthority(key);
    if (header == null || !isLive(header)) {
      purgeOutlived(key, receipts);
      return true;
    }
    return stack.update(key, header.version(), HeaderUpdate.TO_STALE, receipts);
  }

  /** Purges copies of what the authority has no more. */
  private void purgeOutlived(EntryKey key, Receipts receipts) {
    KeyWork turn = works.beginTurn(key);
    try {
      stack.endLease(key);
      purges.purgeUpper(key, PurgeReason.INVALIDATION, receipts);
    } finally {
      works.endTurn(key, turn);
    }
  }

  @Override
  public boolean update(K key, long version, MetadataUpdate update) {
    EntryKey entryKey = keys.encode(key);
    EntryHeader header = tiers.headerAtAuthority(entryKey);
    return header != null
        && header.version() == version
        && isLive(header)
        && stack.update(entryKey, version, HeaderUpdate.of(update), new Receipts(names))
        && (update.freshness() != Freshness.FRESH || stack.renew(key, entryKey, version));
  }

  @Override
  public PurgeReceipt purgeTag(String tag, PurgeMode mode) {
    Receipts receipts = new Receipts(names);
    works.purgeWrites(tag);
    boolean certain = false;
    try {
      long through = purges.purgeTag(tag, mode, receipts);
      certain = true;
      deferTag(tag, mode, through, receipts.receipt());
    } finally {
      if (!certain) {
        works.withoutCopies(() -> tiers.upper().forEach(OptionalTier::bypass));
      }
    }
    return receipts.receipt();
  }

  /** What is on its way into a tier that owes the purge must not come after that is done. */
  private void deferTag(String tag, PurgeMode mode, long through, PurgeReceipt receipt) {
    List<String> owing = notDone(receipt);
    if (owing.isEmpty()) {
      return;
    }
    works.withoutCopies(
        () -> {
          for (OptionalTier tier : tiers.upper()) {
            if (owing.contains(tier.name())) {
              tier.deferTag(tag, mode, through);
            }
          }
        });
  }

  private static List<String> notDone(PurgeReceipt receipt) {
    List<String> kept = new ArrayList<>(0);
    for (PurgeReceipt.TierReceipt tier : receipt.tiers()) {
      if (tier.outcome() != Outcome.DONE) {
        kept.add(tier.tier());
      }
    }
    return kept;
  }

  /*
   * A key that was written since the walk saw it has another version, and stays. A copy in an upper
   * tier of what the authority has no more is purged in a turn, which ends promotions in flight; one
   * that is still on its way up when both walks are done would be found by neither.
   */
  @Override
  public PurgeReceipt purgePrefix(String prefix, PurgeMode mode) {
    TierNames.requireStrings(keyType);
    works.purgeWrites(key -> hasPrefix(key, prefix));
    Receipts receipts = new Receipts(names);
    purges.walkAuthority(seen -> purgeIfPrefixed(prefix, seen, mode, receipts));
    works.dropCopies(key -> hasPrefix(key, prefix));
    purges.walkUpper(seen -> purgeIfOutlived(prefix, seen, receipts), receipts);
    return receipts.receipt();
  }

  private boolean hasPrefix(EntryKey key, String prefix) {
    try {
      return TierNames.hasPrefix(keys.decode(key), prefix);
    } catch (IOException | CacheException e) {
      return false; // of a class that is not on the list, hence no string
    }
  }

  private void purgeIfPrefixed(String prefix, EntryHeader seen, PurgeMode mode, Receipts receipts) {
    K key = prefixed(seen, prefix);
    if (key == null || !isLive(seen)) {
      return;
    }
    Receipts attempt = new Receipts(names);
    if (mode == PurgeMode.SOFT) {
      if (stack.update(seen.key(), seen.version(), HeaderUpdate.TO_STALE, attempt)) {
        receipts.add(attempt);
      }
      return;
    }
    Condition same = Condition.versionIs(seen.version());
    if (purge(seen.key(), PurgeReason.INVALIDATION, same, attempt)) {
      receipts.add(attempt);
      events.purged(key, attempt.receipt(), seen.version(), PurgeReason.INVALIDATION);
    }
  }

  private @Nullable K prefixed(EntryHeader seen, String prefix) {
    K key = stack.keyOf(seen);
    return key != null && TierNames.hasPrefix(key, prefix) ? key : null;
  }

  private void purgeIfOutlived(String prefix, EntryHeader seen, Receipts receipts) {
    K key = prefixed(seen, prefix);
    if (key == null) {
      return;
    }
    EntryHeader header = tiers.headerAtAuthority(seen.key());
    if (header == null || header.version() != seen.version()) {
      Receipts attempt = new Receipts(names);
      purgeOutlived(seen.key(), attempt);
      receipts.add(attempt);
      events.purged(key, attempt.receipt(), seen.version(), PurgeReason.INVALIDATION);
    }
  }
}
