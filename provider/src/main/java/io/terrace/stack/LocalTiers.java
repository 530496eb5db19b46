package io.terrace.stack;

import io.terrace.PurgeMode;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.tier.DurableTier;
import io.terrace.tier.EntryKey;
import io.terrace.tier.TierCapabilities.Scope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The byte tiers above a shared authority that are of this process or machine. Thread safe. */
final class LocalTiers {
  private static final System.Logger LOGGER = System.getLogger(LocalTiers.class.getName());

  private final List<OptionalTier> locals = new ArrayList<>(2);
  private final boolean underHeap;

  /**
   * @param underHeap whether decoded copies lie above them
   */
  LocalTiers(ByteTiers tiers, boolean underHeap) {
    this.underHeap = underHeap;
    for (OptionalTier tier : tiers.upper()) {
      if (tier.tier().capabilities().scope() != Scope.SHARED) {
        locals.add(tier);
      }
    }
  }

  /** The tiers, top first. */
  List<OptionalTier> all() {
    return locals;
  }

  /** How many there are, with the heap. */
  int count() {
    return locals.size() + (underHeap ? 1 : 0);
  }

  /** Takes older copies of a key out. */
  void purgeOlder(EntryKey key, long version) {
    for (OptionalTier tier : locals) {
      tier.purgeOlder(key, version);
    }
  }

  void clear() {
    for (OptionalTier tier : locals) {
      tier.clear();
    }
  }

  void purgeTag(String tag, PurgeMode mode, long throughVersion) {
    for (OptionalTier tier : locals) {
      Outcome unused = tier.purgeTag(tag, mode, throughVersion);
    }
  }

  /** What does not outlive the process is dropped; the rest is compared before it is served. */
  void distrust(BitSet partitions) {
    for (OptionalTier tier : locals) {
      tier.distrust(partitions);
    }
  }

  BitSet distrusted() {
    BitSet all = new BitSet();
    for (OptionalTier tier : locals) {
      all.or(tier.distrusted());
    }
    return all;
  }

  /**
   * A tier that cannot take the mark keeps its old one, from which more is replayed; so does one
   * that owes repairs, which end with the process, while the mark would not.
   */
  void mark(byte[] mark) {
    for (OptionalTier tier : locals) {
      if (tier.tier() instanceof DurableTier durable && !tier.owesRepairs()) {
        try {
          durable.mark(mark);
        } catch (IOException e) {
          LOGGER.log(System.Logger.Level.DEBUG, "tier '" + tier.name() + "' took no mark", e);
        }
      }
    }
  }

  /** The mark of the durable tier, of which there is one at most; null if there is none. */
  byte @Nullable [] mark() {
    for (OptionalTier tier : locals) {
      if (tier.tier() instanceof DurableTier durable) {
        try {
          return durable.mark();
        } catch (IOException e) {
          return null;
        }
      }
    }
    return null;
  }
}
