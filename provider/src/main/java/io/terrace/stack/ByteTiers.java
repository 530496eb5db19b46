package io.terrace.stack;

import io.terrace.EntryTooLargeException;
import io.terrace.PurgeReason;
import io.terrace.TierStatistics;
import io.terrace.TierUnavailableException;
import io.terrace.tier.BulkTier;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.Tier;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The byte tiers of a stack: optional ones above, the authority at the bottom. The one place that
 * turns an {@link IOException} of a tier into "skipped" or "unavailable". Thread safe; which of the
 * methods may run together for one key is the business of {@link Activities}.
 */
final class ByteTiers {
  private final List<OptionalTier> upper = new ArrayList<>();
  private final Tier authority;
  private final TierCounters counters = new TierCounters();
  private final TierCounters uncounted = new TierCounters(); // nobody is told

  /**
   * @param tiers top first, at least one
   */
  ByteTiers(List<Tier> tiers) {
    this(tiers, RepairJournal.MAX_REPAIRS);
  }

  /** With another bound of what each upper tier may owe. */
  ByteTiers(List<Tier> tiers, int maxRepairs) {
    authority = tiers.get(tiers.size() - 1);
    for (Tier tier : tiers.subList(0, tiers.size() - 1)) {
      upper.add(new OptionalTier(tier, maxRepairs));
    }
  }

  Tier authority() {
    return authority;
  }

  TierCounters authorityCounters() {
    return counters;
  }

  /** The tiers above the authority, top first. */
  List<OptionalTier> upper() {
    return upper;
  }

  /** Whether there are tiers above the authority. */
  boolean hasUpper() {
    return !upper.isEmpty();
  }

  /**
   * The tiers above one, top first, that take an entry it holds.
   *
   * @param targets which of them the policy chose, as {@link Promotions#hit} says it
   */
  List<OptionalTier> above(int index, EntryHeader header, long targets) {
    List<OptionalTier> admitted = new ArrayList<>(index);
    for (int i = 0; i < index; i++) {
      OptionalTier tier = upper.get(i);
      if ((targets & 1L << i) != 0 && header.bodyLength() <= tier.maxEntryBytes()) {
        admitted.add(tier);
      }
    }
    return admitted;
  }

  /** Asks the tiers from the top down; the caller closes what was found. */
  @Nullable Found find(EntryKey key) {
    Found found = findAbove(key);
    if (found != null) {
      return found;
    }
    return authority instanceof ToldAuthority told ? findAtTold(key, told) : findAtAuthority(key);
  }

  private @Nullable Found findAtTold(EntryKey key, ToldAuthority told) {
    ToldAuthority.Answer answer = told.lookupToCopy(key);
    Found found = answeredByAuthority(answer.lookup());
    return found == null ? null : found.copied(answer.mayCopy());
  }

  /** Looks many keys up at the authority, for copies in the tiers above; closed by the caller. */
  List<ToldAuthority.Answer> lookupAllToCopy(List<EntryKey> keys, BulkTier bulk) {
    return authority instanceof ToldAuthority told
        ? told.lookupAllToCopy(keys)
        : bulk.lookupAll(keys).stream()
            .map(lookup -> new ToldAuthority.Answer(lookup, true))
            .toList();
  }

  /** Asks the tiers above the authority from the top down; the caller closes what was found. */
  @Nullable Found findAbove(EntryKey key) {
    for (int i = 0; i < upper.size(); i++) {
      OptionalTier tier = upper.get(i);
      try {
        Found found = accept(tier.lookup(key), i, tier.counters);
        if (found != null) {
          return found;
        }
      } catch (IOException e) {
        tier.counters.skips.increment();
      }
    }
    return null;
  }

  /** What the authority answered by other means; null if it breaks off. The caller closes it. */
  @Nullable Found acceptFromAuthority(Lookup.Hit hit) {
    try {
      return accept(hit, upper.size(), counters);
    } catch (IOException e) {
      return findAtAuthority(hit.header().key());
    }
  }

  /** What the authority answered among others; as {@link #findAtAuthority} otherwise. */
  @Nullable Found answeredByAuthority(Lookup answer) {
    if (answer instanceof Lookup.Hit hit) {
      return acceptFromAuthority(hit);
    }
    (answer instanceof Lookup.Miss ? counters.misses : counters.skips).increment();
    requireAnswer(answer);
    return null;
  }

  /** Asks the authority, whose silence is an error; the caller closes what was found. */
  @Nullable Found findAtAuthority(EntryKey key) {
    return findAtAuthority(key, counters);
  }

  /** As {@link #findAtAuthority}, for a question that is no use of the entry and is not counted. */
  @Nullable Found peekAtAuthority(EntryKey key) {
    return findAtAuthority(key, uncounted);
  }

  /** The header alone, which is not counted either; null for none. */
  @Nullable EntryHeader headerAtAuthority(EntryKey key) {
    Lookup lookup = authority.lookupHeader(key);
    requireAnswer(lookup);
    if (lookup instanceof Lookup.Hit hit) {
      hit.body().close();
      return hit.header();
    }
    return null;
  }

  /**
   * A tier that meets damage in the middle of a body purges the entry and fails the read, as it
   * does when its medium fails. The second look tells them apart: it finds no entry or a newer one,
   * or fails again.
   */
  private @Nullable Found findAtAuthority(EntryKey key, TierCounters to) {
    try {
      return ask(key, to);
    } catch (IOException first) {
      try {
        return ask(key, to);
      } catch (IOException e) {
        to.skips.increment();
        throw unavailable("read an entry", e);
      }
    }
  }

  private @Nullable Found ask(EntryKey key, TierCounters to) throws IOException {
    Lookup lookup = authority.lookup(key);
    Found found = accept(lookup, upper.size(), to);
    requireAnswer(lookup);
    return found;
  }

  private void requireAnswer(Lookup lookup) {
    if (lookup instanceof Lookup.Skipped skipped) {
      throw unavailable("read an entry", new IOException(skipped.detail()));
    }
  }

  /** What a tier answered, with its body, or null if it has none. */
  private @Nullable Found accept(Lookup lookup, int index, TierCounters to) throws IOException {
    if (lookup instanceof Lookup.Hit hit) {
      ReadHandle source = hit.body();
      Found found = null;
      try {
        ByteBuffer body = source.readRemaining(Integer.MAX_VALUE - 8);
        found = new Found(hit.header(), body, index, source, true);
        to.hits.increment();
        return found;
      } finally {
        if (found == null) {
          source.close();
        }
      }
    }
    (lookup instanceof Lookup.Miss ? to.misses : to.skips).increment();
    return null;
  }

  /**
   * Copies an entry into tiers above the one that had it.
   *
   * @param targets bit {@code i} stands for tier {@code i}, 0 being the top one
   * @return the tiers into which it was copied
   */
  long promote(Found found, long targets) {
    long copied = 0;
    for (int i = found.tier() - 1; i >= 0; i--) {
      long tier = 1L << i;
      if ((targets & tier) != 0 && upper.get(i).copy(found.header(), found.body())) {
        copied |= tier;
      }
    }
    return copied;
  }

  /** The names of all tiers, from the top down. */
  List<String> names() {
    List<String> names = new ArrayList<>(upper.size() + 1);
    for (OptionalTier tier : upper) {
      names.add(tier.name());
    }
    names.add(authority.name());
    return names;
  }

  /** Commits at the authority. */
  CommitResult write(EntryHeader header, byte[] body, Condition condition) {
    try (WriteHandle out = authority.openWrite(header, condition)) {
      out.write(ByteBuffer.wrap(body));
      return commit(out);
    } catch (EntryTooLargeForTierException e) {
      throw tooLarge(e);
    } catch (IOException e) {
      throw unavailable("write an entry", e);
    }
  }

  /** What the user gets to see where the authority does not admit an entry. */
  EntryTooLargeException tooLarge(EntryTooLargeForTierException e) {
    String tier = authority.name();
    return e.part() == EntryTooLargeForTierException.Part.KEY_AND_METADATA
        ? new EntryTooLargeException(tier, e.sizeBytes(), e.limitBytes())
        : new EntryTooLargeException(tier, e.sizeBytes(), e.limitBytes(), tier + ".max-entry-size");
  }

  private CommitResult commit(WriteHandle out) throws EntryTooLargeForTierException {
    try {
      return out.commit();
    } catch (EntryTooLargeForTierException e) {
      throw e;
    } catch (IOException e) {
      throw unknown("write an entry", e);
    }
  }

  /** Copies a committed entry into every tier above the authority. */
  void copyUp(EntryHeader header, byte[] body) {
    for (int i = upper.size() - 1; i >= 0; i--) {
      boolean unused = upper.get(i).copy(header, ByteBuffer.wrap(body));
    }
  }

  void purgeUpper(EntryKey key, PurgeReason reason) {
    for (OptionalTier tier : upper) {
      tier.purge(key, reason);
    }
  }

  boolean purgeAuthority(EntryKey key, PurgeReason reason, Condition condition) {
    try {
      return authority.purge(key, reason, condition);
    } catch (IOException e) {
      throw unknown("remove an entry", e);
    }
  }

  /** Changes the header at the authority first, then above. */
  boolean updateHeader(EntryKey key, long version, HeaderUpdate update) {
    try {
      if (!authority.updateHeader(key, version, update)) {
        return false;
      }
    } catch (IOException e) {
      throw unknown("update an entry", e);
    }
    for (OptionalTier tier : upper) {
      tier.updateHeader(key, version, update);
    }
    return true;
  }

  void clear() {
    try {
      authority.clear();
    } catch (IOException e) {
      throw unknown("clear", e);
    } finally {
      for (OptionalTier tier : upper) {
        tier.clear();
      }
    }
  }

  HeaderCursor scan() {
    try {
      return authority.scan();
    } catch (IOException e) {
      throw unavailable("list its entries", e);
    }
  }

  List<TierStatistics> statistics() {
    List<TierStatistics> statistics = new ArrayList<>();
    for (OptionalTier tier : upper) {
      statistics.add(tier.statistics());
    }
    statistics.add(counters.statistics(authority.name(), authority.usage()));
    return statistics;
  }

  /**
   * Before tiers are destroyed one by one: where a tier tells of the changes of the authority,
   * others are to hear of this, or to see a notice, even if not all can be reached.
   */
  void clearIfTold() {
    if (authority instanceof ToldAuthority) {
      clear();
    }
  }

  /** Ends the life of every tier, whatever happens on the way. */
  void end(Ending ending) {
    IOException failure = null;
    List<Tier> tiers = new ArrayList<>();
    for (OptionalTier tier : upper) {
      tiers.add(tier.tier());
    }
    tiers.add(authority);
    for (Tier tier : tiers) {
      try {
        ending.end(tier);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw unavailable("close", failure);
    }
  }

  /** How a tier ends: closed or destroyed. */
  interface Ending {
    void end(Tier tier) throws IOException;
  }

  /** The authority failed in the middle of a change. */
  UnknownOutcomeException unknown(String operation, IOException cause) {
    return new UnknownOutcomeException(authority.name(), operation, cause);
  }

  TierUnavailableException unavailable(String operation, IOException cause) {
    return new TierUnavailableException(authority.name(), operation, cause);
  }
}
