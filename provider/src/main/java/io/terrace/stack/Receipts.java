package io.terrace.stack;

import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.PurgeReceipt.TierReceipt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a purge did so far, tier by tier. Not thread safe. */
final class Receipts {
  /** Where a tier does not count what it purges. */
  static final long UNCOUNTED = -1;

  private final Map<String, TierReceipt> tiers = new LinkedHashMap<>();

  /**
   * @param tiers the tiers the purge is for, from the top down
   */
  Receipts(List<String> tiers) {
    for (String tier : tiers) {
      this.tiers.put(tier, new TierReceipt(tier, Outcome.NOTHING, 0));
    }
  }

  /** One entry was treated so. */
  void note(String tier, Outcome outcome) {
    note(new TierReceipt(tier, outcome, outcome == Outcome.DONE ? 1 : 0));
  }

  /** A purge without looking at entries ended so. */
  void noteUncounted(String tier, Outcome outcome) {
    tiers.put(tier, new TierReceipt(tier, outcome, UNCOUNTED));
  }

  /** Adds what another purge did. */
  void add(Receipts other) {
    other.tiers.values().forEach(this::note);
  }

  private void note(TierReceipt more) {
    tiers.merge(more.tier(), more, Receipts::sum);
  }

  /** Of two outcomes the one that says more: deferred over done over nothing. */
  private static TierReceipt sum(TierReceipt a, TierReceipt b) {
    boolean deferred = a.outcome() == Outcome.DEFERRED || b.outcome() == Outcome.DEFERRED;
    boolean done = a.outcome() == Outcome.DONE || b.outcome() == Outcome.DONE;
    Outcome outcome = deferred ? Outcome.DEFERRED : done ? Outcome.DONE : Outcome.NOTHING;
    return new TierReceipt(a.tier(), outcome, a.entries() + b.entries());
  }

  PurgeReceipt receipt() {
    return new PurgeReceipt(new ArrayList<>(tiers.values()));
  }
}
