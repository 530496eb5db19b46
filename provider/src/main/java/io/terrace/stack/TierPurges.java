package io.terrace.stack;

import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.TierCopy;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What can be done to byte tiers one by one, with receipts. Thread safe; which of the methods may
 * run together for one key is the caller's to see to. A failure of the authority is thrown, one of
 * a tier above it stands in the receipt.
 */
final class TierPurges {
  private final ByteTiers tiers;

  TierPurges(ByteTiers tiers) {
    this.tiers = tiers;
  }

  private String authority() {
    return tiers.authority().name();
  }

  /** The copies of a key that are not over at {@code nowMillis}, from the top down. */
  List<TierCopy> residency(EntryKey key, long nowMillis) {
    List<TierCopy> copies = new ArrayList<>();
    for (OptionalTier tier : tiers.upper()) {
      add(copies, tier.name(), header(tier.lookup(key)), nowMillis);
    }
    add(copies, authority(), tiers.headerAtAuthority(key), nowMillis);
    return copies;
  }

  private static void add(
      List<TierCopy> copies, String tier, @Nullable EntryHeader header, long nowMillis) {
    if (header != null && !header.isExpiredAt(nowMillis)) {
      EntryInfo info =
          new EntryInfo(
              tier,
              header.version(),
              header.createdAtMillis(),
              header.expiresAtMillis(),
              header.freshness(),
              header.digest());
      copies.add(new TierCopy(info, header.bodyLength()));
    }
  }

  /** The header alone of what a tier answered, or null. */
  static @Nullable EntryHeader header(Lookup lookup) {
    if (lookup instanceof Lookup.Hit hit) {
      hit.body().close();
      return hit.header();
    }
    return null;
  }

  /**
   * Purges a key from all tiers if the authority agrees.
   *
   * @return whether the condition held at the authority, or it had no entry and the condition asks
   *     for none
   */
  boolean purge(EntryKey key, PurgeReason reason, Condition condition, Receipts receipts) {
    boolean purged = tiers.purgeAuthority(key, reason, condition);
    if (!purged && condition.kind() != Condition.Kind.ALWAYS) {
      return false;
    }
    receipts.note(authority(), purged ? Outcome.DONE : Outcome.NOTHING);
    purgeUpper(key, reason, receipts);
    return true;
  }

  /** Purges the copies of a key above the authority. */
  void purgeUpper(EntryKey key, PurgeReason reason, Receipts receipts) {
    for (OptionalTier tier : tiers.upper()) {
      receipts.note(tier.name(), tier.purge(key, reason));
    }
  }

  /** Purges the copies of a key in those of the named tiers that are above the authority. */
  void purgeUpper(EntryKey key, PurgeReason reason, Collection<String> names, Receipts receipts) {
    for (OptionalTier tier : tiers.upper()) {
      if (names.contains(tier.name())) {
        receipts.note(tier.name(), tier.purge(key, reason));
      }
    }
  }

  /** What an update of a header came to. */
  enum Updated {
    /** The authority has another version. */
    NOT,
    /** The entry is as the update says, or as it was where that says nothing. */
    AS_SAID,
    /** The entry is stale, or gone, as a purge by tag may have it; no tier above has it. */
    BY_TAG
  }

  /** Changes the header in all tiers if the authority has this version. */
  Updated update(EntryKey key, long version, HeaderUpdate change, Receipts receipts) {
    try {
      if (!tiers.authority().updateHeader(key, version, change)) {
        return Updated.NOT;
      }
    } catch (IOException e) {
      throw tiers.unknown("update an entry", e);
    }
    receipts.note(authority(), Outcome.DONE);
    // A tier above may have been cleared when it could not purge the tag, or have forgotten it, or
    // still owe the purge of a tag that the entry loses here.
    boolean asSaid = !mayMeetTags(change) || isAsSaid(key, version, change);
    for (OptionalTier tier : tiers.upper()) {
      receipts.note(
          tier.name(),
          asSaid
              ? tier.updateHeader(key, version, change)
              : tier.purge(key, PurgeReason.INVALIDATION));
    }
    return asSaid ? Updated.AS_SAID : Updated.BY_TAG;
  }

  private static boolean mayMeetTags(HeaderUpdate change) {
    return change.freshness() == Freshness.FRESH || change.metadata() != null;
  }

  /** Whether the authority shows what was just said, without more being purged. */
  private boolean isAsSaid(EntryKey key, long version, HeaderUpdate change) {
    Lookup lookup = tiers.authority().lookupHeader(key);
    if (lookup instanceof Lookup.Skipped skipped) {
      throw tiers.unknown("update an entry", new IOException(skipped.detail()));
    }
    EntryHeader header = header(lookup);
    return header != null
        && header.version() == version
        && (header.freshness() == Freshness.FRESH || change.freshness() == Freshness.STALE);
  }

  /**
   * Purges a tag in all tiers.
   *
   * @return the version it goes through
   */
  long purgeTag(String tag, PurgeMode mode, Receipts receipts) {
    long through;
    try {
      through = tiers.authority().purgeTag(tag, mode, EntryHeader.UNASSIGNED);
    } catch (IOException e) {
      throw tiers.unknown("purge a tag", e);
    }
    for (OptionalTier tier : tiers.upper()) {
      receipts.noteUncounted(tier.name(), tier.purgeTag(tag, mode, through));
    }
    receipts.noteUncounted(authority(), Outcome.DONE);
    return through;
  }

  /** What to do with each header of a walk. */
  interface Visit {
    void header(EntryHeader header);
  }

  /** Walks the authority lazily. */
  void walkAuthority(Visit visit) {
    try (HeaderCursor all = tiers.scan()) {
      walk(all, visit);
    } catch (IOException e) {
      throw tiers.unavailable("list its entries", e);
    }
  }

  /** Walks the tiers above the authority lazily; one that cannot be walked is bypassed. */
  void walkUpper(Visit visit, Receipts receipts) {
    for (OptionalTier tier : tiers.upper()) {
      try (HeaderCursor all = tier.scan()) {
        if (all == null) {
          receipts.note(tier.name(), Outcome.DEFERRED);
        } else {
          walk(all, visit);
        }
      } catch (IOException e) {
        receipts.note(tier.name(), tier.suspend(e));
      }
    }
  }

  private static void walk(HeaderCursor all, Visit visit) throws IOException {
    for (EntryHeader header = all.next(); header != null; header = all.next()) {
      visit.header(header);
    }
  }
}
