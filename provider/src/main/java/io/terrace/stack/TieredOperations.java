package io.terrace.stack;

import io.terrace.EntryInfo;
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
import io.terrace.tier.Resident;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tiers of a {@link TieredStack}, one by one. A purge or update of a key is a change like a
 * write: made in a turn of the key, at the authority first. Thread safe.
 */
final class TieredOperations<K, V> implements TierOperations<K> {
  private static final long IN_HEAP = -1; // of a size

  private final TieredStack<K, V> stack;
  private final @Nullable Front<K, V> front;
  private final ByteTiers tiers;
  private final TierPurges purges;
  private final Activities<K, V> activities;
  private final TierEvents<K> events;
  private final KeyCodec<K> keys;
  private final InstantSource clock;
  private final List<String> names;
  private final Class<?> keyType;

  TieredOperations(
      TieredStack<K, V> stack,
      @Nullable Front<K, V> front,
      ByteTiers tiers,
      Activities<K, V> activities,
      TierEvents<K> events,
      KeyCodec<K> keys,
      InstantSource clock,
      Class<?> keyType) {
    this.stack = stack;
    this.front = front;
    this.tiers = tiers;
    this.purges = new TierPurges(tiers);
    this.activities = activities;
    this.events = events;
    this.keys = keys;
    this.clock = clock;
    this.names = names(front, tiers);
    this.keyType = keyType;
  }

  /** The names of all tiers, from the top down. */
  static List<String> names(@Nullable Front<?, ?> front, ByteTiers tiers) {
    List<String> names = new ArrayList<>(tiers.names());
    if (front != null) {
      names.add(0, front.name());
    }
    return List.copyOf(names);
  }

  @Override
  public List<String> tiers() {
    return names;
  }

  @Override
  public List<TierCopy> residency(K key) {
    List<TierCopy> copies = new ArrayList<>();
    Resident<V> resident = front == null ? null : front.peek(key);
    if (front != null && resident != null) {
      copies.add(new TierCopy(info(front.name(), resident), IN_HEAP));
    }
    copies.addAll(purges.residency(keys.encode(key), clock.millis()));
    return copies;
  }

  static EntryInfo info(String tier, Resident<?> resident) {
    return new EntryInfo(
        tier,
        resident.version(),
        resident.createdAtMillis(),
        resident.expiresAtMillis(),
        resident.freshness(),
        null);
  }

  /**
   * Copies in a turn of the key rather than on a flight, so that it is this call that copies, and
   * whatever the tiers above the found one hold.
   */
  @Override
  public boolean promote(K key, String tier) {
    int target = TierNames.indexOf(names, tier) - (front == null ? 0 : 1);
    EntryKey entryKey = keys.encode(key);
    if (target < tiers.upper().size() && !isHeld(key, entryKey, target)) {
      long version = EntryHeader.UNASSIGNED;
      WriteTurn turn = activities.beginWrite(key);
      try {
        version = copy(key, entryKey, target, turn);
      } finally {
        activities.endWrite(key, turn);
      }
      tellPromoted(key, tier, version);
    }
    return isHeld(key, entryKey, target);
  }

  /** The version that was copied, or unassigned if none was. */
  private long copy(K key, EntryKey entryKey, int target, WriteTurn turn) {
    long askedAtMillis = clock.millis();
    try (Found found = tiers.find(entryKey)) {
      Resident<V> resident = found == null ? null : stack.live(key, found, askedAtMillis);
      if (found == null
          || !found.mayCopy()
          || resident == null
          || resident.freshness() == Freshness.STALE) {
        return EntryHeader.UNASSIGNED;
      }
      boolean[] copied = new boolean[1];
      turn.ifAlone(
          found.header().version(),
          () ->
              copied[0] =
                  target < 0
                      ? front != null && front.insert(key, resident)
                      : tiers.upper().get(target).copy(found.header(), found.body()));
      return copied[0] ? resident.version() : EntryHeader.UNASSIGNED;
    }
  }

  private void tellPromoted(K key, String tier, long version) {
    if (front != null) {
      front.tellEvictions();
    }
    if (version != EntryHeader.UNASSIGNED) {
      events.promoted(key, tier, version);
    }
  }

  /** Whether a tier has a live entry, which is not stale; below 0 stands for the heap. */
  private boolean isHeld(K key, EntryKey entryKey, int target) {
    if (target < 0) {
      return front != null && front.peek(key) != null;
    }
    EntryHeader header =
        target < tiers.upper().size()
            ? TierPurges.header(tiers.upper().get(target).lookup(entryKey))
            : tiers.headerAtAuthority(entryKey);
    return header != null
        && header.freshness() == Freshness.FRESH
        && !header.isExpiredAt(clock.millis());
  }

  @Override
  public PurgeReceipt purge(K key, PurgeReason reason, Set<String> from) {
    for (String tier : from) {
      int unused = TierNames.indexOf(names, tier);
    }
    List<TierCopy> before = events.areHeard() ? residency(key) : List.of();
    boolean all = from.isEmpty() || from.contains(names.get(names.size() - 1));
    PurgeReceipt receipt =
        all ? purgeAll(key, reason) : demote(key, reason, TierNames.inOrder(names, from));
    events.purged(key, receipt, before, reason);
    return receipt;
  }

  private PurgeReceipt purgeAll(K key, PurgeReason reason) {
    EntryKey entryKey = keys.encode(key);
    Receipts receipts = new Receipts(names);
    noteFront(key, receipts);
    boolean unused =
        stack.inTurn(
            key,
            Condition.ALWAYS,
            turn -> purges.purge(entryKey, reason, Condition.ALWAYS, receipts));
    return receipts.receipt();
  }

  /** Notes that a copy in the heap goes, as the turn about to begin takes it out. */
  private void noteFront(K key, Receipts receipts) {
    if (front != null && front.peek(key) != null) {
      receipts.note(front.name(), Outcome.DONE);
    }
  }

  /** Takes copies out of upper tiers, to which no promotion in flight brings them back. */
  private PurgeReceipt demote(K key, PurgeReason reason, List<String> from) {
    Receipts receipts = new Receipts(from);
    WriteTurn turn = activities.beginWrite(key);
    try {
      if (front != null && from.contains(front.name()) && front.remove(key) != null) {
        receipts.note(front.name(), Outcome.DONE);
      }
      purges.purgeUpper(keys.encode(key), reason, from, receipts);
    } finally {
      activities.endWrite(key, turn);
    }
    return receipts.receipt();
  }

  @Override
  public PurgeReceipt purge(K key, PurgeMode mode) {
    return mode == PurgeMode.HARD ? purge(key, PurgeReason.INVALIDATION, Set.of()) : soften(key);
  }

  private PurgeReceipt soften(K key) {
    EntryKey entryKey = keys.encode(key);
    while (true) {
      EntryHeader header = tiers.headerAtAuthority(entryKey);
      Receipts receipts = new Receipts(names);
      boolean done =
          (header == null || header.isExpiredAt(clock.millis()))
              ? purgeOutlived(key, entryKey, receipts)
              : soften(key, header, receipts);
      if (done) {
        return receipts.receipt();
      }
    }
  }

  /** Makes an entry stale if it still has the version seen; whether it had. */
  private boolean soften(K key, EntryHeader seen, Receipts receipts) {
    Receipts attempt = new Receipts(names);
    noteFront(key, attempt);
    boolean done =
        stack.inTurn(
            key,
            Condition.versionIs(seen.version()),
            turn -> update(seen.key(), seen.version(), HeaderUpdate.TO_STALE, attempt));
    if (done) {
      receipts.add(attempt);
    }
    return done;
  }

  /** Purges copies of what the authority has no more. */
  private boolean purgeOutlived(K key, EntryKey entryKey, Receipts receipts) {
    noteFront(key, receipts);
    return stack.inTurn(
        key,
        Condition.ALWAYS,
        turn -> {
          stack.endLease(entryKey);
          purges.purgeUpper(entryKey, PurgeReason.INVALIDATION, receipts);
          return true;
        });
  }

  /** The heap drops its copy: the next read brings it back with its new header. */
  @Override
  public boolean update(K key, long version, MetadataUpdate update) {
    EntryKey entryKey = keys.encode(key);
    HeaderUpdate change = HeaderUpdate.of(update);
    try {
      return stack.inTurn(
          key,
          Condition.versionIs(version),
          turn -> {
            EntryHeader header = tiers.headerAtAuthority(entryKey);
            boolean live =
                header != null
                    && header.version() == version
                    && !header.isExpiredAt(clock.millis());
            return live && update(entryKey, version, change, new Receipts(names));
          });
    } catch (UnknownOutcomeException e) {
      stack.purgeAbove(key, entryKey); // which header holds is for the authority to say
      throw e;
    }
  }

  private boolean update(EntryKey key, long version, HeaderUpdate change, Receipts receipts) {
    return purges.update(key, version, change, receipts) != TierPurges.Updated.NOT;
  }

  @Override
  public PurgeReceipt purgeTag(String tag, PurgeMode mode) {
    Receipts receipts = new Receipts(names);
    activities.clearing(
        () -> {
          boolean certain = false;
          try {
            long through = purges.purgeTag(tag, mode, receipts);
            if (front != null) {
              front.purgeTag(tag, mode, through);
              receipts.noteUncounted(front.name(), Outcome.DONE);
            }
            certain = true;
          } finally {
            if (!certain) {
              forgetAbove();
            }
          }
        });
    return receipts.receipt();
  }

  /** Nobody knows what the authority did: it is asked for everything, and so are no tiers above. */
  private void forgetAbove() {
    if (front != null) {
      front.clear();
    }
    for (OptionalTier tier : tiers.upper()) {
      tier.bypass();
    }
  }

  /*
   * What is in the air when the purge begins stores and copies nothing; what takes off later reads
   * an entry before its turn to be purged, which cancels it, or after. A key that was written
   * meanwhile has another version than the walk saw, and stays.
   */
  @Override
  public PurgeReceipt purgePrefix(String prefix, PurgeMode mode) {
    TierNames.requireStrings(keyType);
    activities.clearing(() -> {});
    Receipts receipts = new Receipts(names);
    purges.walkAuthority(seen -> purgeIfPrefixed(prefix, seen, mode, receipts));
    purges.walkUpper(
        seen -> purgeIfOutlived(prefix, stack.keyOf(seen), seen.version(), receipts), receipts);
    if (front != null) {
      for (Iterator<Map.Entry<K, Resident<V>>> all = front.copies(); all.hasNext(); ) {
        Map.Entry<K, Resident<V>> entry = all.next();
        purgeIfOutlived(prefix, entry.getKey(), entry.getValue().version(), receipts);
      }
    }
    return receipts.receipt();
  }

  private void purgeIfPrefixed(String prefix, EntryHeader seen, PurgeMode mode, Receipts receipts) {
    K key = stack.keyOf(seen);
    if (key == null || !TierNames.hasPrefix(key, prefix) || seen.isExpiredAt(clock.millis())) {
      return;
    }
    if (mode == PurgeMode.HARD) {
      purge(key, seen, receipts);
    } else if (seen.freshness() == Freshness.FRESH) {
      boolean unused = soften(key, seen, receipts);
    }
  }

  /** Purges an entry if it still has the version seen. */
  private void purge(K key, EntryHeader seen, Receipts receipts) {
    Receipts attempt = new Receipts(names);
    noteFront(key, attempt);
    Condition same = Condition.versionIs(seen.version());
    PurgeReason reason = PurgeReason.INVALIDATION;
    if (stack.inTurn(key, same, turn -> purges.purge(seen.key(), reason, same, attempt))) {
      receipts.add(attempt);
      events.purged(key, attempt.receipt(), seen.version(), reason);
    }
  }

  /** Purges a copy of what the authority has no more; what was written meanwhile stays. */
  private void purgeIfOutlived(String prefix, @Nullable K key, long version, Receipts receipts) {
    if (key == null || !TierNames.hasPrefix(key, prefix)) {
      return;
    }
    EntryKey entryKey = keys.encode(key);
    EntryHeader header = tiers.headerAtAuthority(entryKey);
    if (header == null || header.version() != version) {
      Receipts attempt = new Receipts(names);
      boolean unused = purgeOutlived(key, entryKey, attempt);
      receipts.add(attempt);
      events.purged(key, attempt.receipt(), version, PurgeReason.INVALIDATION);
    }
  }
}
