package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.EntryInfo;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.PurgeReceipt.TierReceipt;
import io.terrace.TierCopy;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a {@link StreamModel} does to tiers one by one: all of {@link TierOperations}. */
final class ModelTierOperations {
  private static final List<String> PREFIXES = List.of("", "k", "k0", "k1", "x");

  private final ModelState state;
  private final ModelPushes pushes;
  private final ModelReads reads;
  private final ModelTiers tiers;
  private final TierOperations<String> operations;

  ModelTierOperations(ModelState state, ModelPushes pushes, ModelReads reads) {
    this.state = state;
    this.pushes = pushes;
    this.reads = reads;
    this.tiers = state.tiers;
    this.operations = state.stack.operations();
  }

  private int authority() {
    return tiers.count() - 1;
  }

  private boolean isLive(int tier, String key) {
    EntryHeader header = tiers.held(tier, key);
    return header != null && header.expiresAtMillis() > state.nowMillis();
  }

  private PurgeMode anyMode() {
    return state.random.nextBoolean() ? PurgeMode.HARD : PurgeMode.SOFT;
  }

  void residency(String key) throws IOException {
    boolean unused =
        state.attempt(
            () -> {
              List<TierCopy> copies = operations.residency(key);
              if (!tiers.anyFailed()) {
                assertThat(copies).as(state.when).isEqualTo(held(key));
              }
            });
  }

  /** What the tiers really hold; those that were to be cleared are, once they were asked. */
  private List<TierCopy> held(String key) {
    List<TierCopy> copies = new ArrayList<>();
    for (int tier = 0; tier < tiers.count(); tier++) {
      EntryHeader header = tiers.held(tier, key);
      if (header != null && isLive(tier, key)) {
        copies.add(
            new TierCopy(
                new EntryInfo(
                    tiers.name(tier),
                    header.version(),
                    header.createdAtMillis(),
                    header.expiresAtMillis(),
                    header.freshness(),
                    header.digest()),
                header.bodyLength()));
      }
    }
    return copies;
  }

  void promote(String key) throws IOException {
    int tier = state.random.nextInt(tiers.count());
    ModelEntry expected = state.model.get(key);
    boolean undisturbed =
        state.executor.waitingCount() == 0 && !reads.isHeld(key) && tiers.areTrusted();
    boolean[] promoted = new boolean[1];
    boolean done =
        state.attempt(
            () -> promoted[0] = operations.promote(key, tiers.name(tier)), state.isEvicted(key));
    if (promoted[0]) {
      assertThat(expected != null && !expected.stale).as(state.when).isTrue();
      assertThat(isLive(tier, key)).as(state.when).isTrue();
    } else if (done && undisturbed && !tiers.anyFailed() && expected != null) {
      boolean admitted = expected.body.length <= tiers.memory(tier).maxEntryBytes();
      assertThat(expected.isFound() && admitted)
          .as(
              "%s: %s bytes of %s are not in tier%s: %s",
              state.when, expected.body.length, key, tier, held(key))
          .isFalse();
    }
  }

  void update(String key) throws IOException {
    ModelEntry expected = state.model.get(key);
    EntryHeader header = tiers.heldByAuthority(key);
    boolean other = state.random.nextInt(5) == 0;
    long version = header == null || other ? 1 : header.version();
    Metadata metadata = state.random.nextBoolean() ? state.newMetadata() : null;
    Long deadline = state.random.nextInt(3) == 0 ? state.newDeadline() : null;
    Freshness[] all = Freshness.values();
    Freshness freshness =
        state.random.nextInt(3) == 0 ? all[state.random.nextInt(all.length)] : null;
    boolean matches = expected != null && !expected.evicted && !other;
    boolean[] updated = new boolean[1];
    boolean done =
        state.attempt(
            () ->
                updated[0] =
                    operations.update(
                        key, version, new MetadataUpdate(metadata, deadline, freshness)));
    if (done) {
      assertThat(updated[0]).as(state.when).isEqualTo(matches);
    }
    if (!matches) {
      return;
    }
    ModelEntry intended = expected.copy();
    intended.metadata = metadata == null ? intended.metadata : metadata;
    intended.expiresAtMillis = deadline == null ? intended.expiresAtMillis : deadline;
    intended.stale = freshness == null ? intended.stale : freshness == Freshness.STALE;
    boolean left = state.meetsTags(intended);
    settle(key, left ? intended : null, done);
    if (left && intended.stale && freshness == Freshness.FRESH) {
      settle(key, intended.renewed(state.next()), done); // what is stale for a tag is copied
    }
  }

  private void settle(String key, @Nullable ModelEntry intended, boolean done) {
    if (!done) {
      state.adopt(key, intended);
    } else if (intended == null) {
      state.model.remove(key);
    } else {
      state.model.put(key, intended);
    }
  }

  /** Purges a key from some tiers or from all. */
  void purgeFrom(String key) throws IOException {
    Set<String> from = new HashSet<>();
    for (int tier = 0; tier < tiers.count(); tier++) {
      if (state.random.nextInt(3) == 0) {
        from.add(tiers.name(tier));
      }
    }
    PurgeReason reason =
        state.random.nextBoolean() ? PurgeReason.EVICTION : PurgeReason.INVALIDATION;
    boolean all = from.isEmpty() || from.contains(tiers.name(authority()));
    List<String> held = new ArrayList<>();
    for (int tier = 0; tier < tiers.count(); tier++) {
      if (tiers.held(tier, key) != null) {
        held.add(tiers.name(tier));
      }
    }
    boolean certain = tiers.areTrusted();
    boolean done =
        state.attempt(
            () -> {
              PurgeReceipt receipt = operations.purge(key, reason, from);
              if (certain && !tiers.anyFailed()) {
                assertReceipt(receipt, all ? Set.of() : from, held);
              }
            });
    if (!all) {
      return;
    }
    pushes.undoByPurge(key::equals, done);
    settle(key, null, done);
  }

  private void assertReceipt(PurgeReceipt receipt, Set<String> from, List<String> held) {
    assertThat(receipt.tiers())
        .as(state.when)
        .hasSize(from.isEmpty() ? tiers.count() : from.size());
    for (TierReceipt tier : receipt.tiers()) {
      assertThat(from.isEmpty() || from.contains(tier.tier())).as(state.when).isTrue();
      assertThat(tier.outcome())
          .as("%s: %s, held by %s", state.when, tier, held)
          .isEqualTo(held.contains(tier.tier()) ? Outcome.DONE : Outcome.NOTHING);
    }
  }

  void purgeKey(String key) throws IOException {
    PurgeMode mode = anyMode();
    boolean done =
        state.attempt(
            () -> {
              PurgeReceipt unused = operations.purge(key, mode);
            });
    pushes.undoByPurge(key::equals, done);
    settle(key, purged(state.model.get(key), mode), done);
  }

  /** What a purge of the key makes of an entry. */
  private static @Nullable ModelEntry purged(@Nullable ModelEntry expected, PurgeMode mode) {
    if (expected == null || expected.evicted || mode == PurgeMode.HARD) {
      return null;
    }
    ModelEntry stale = expected.copy();
    stale.stale = true;
    return stale;
  }

  void purgeTag() throws IOException {
    String tag = state.anyTag();
    PurgeMode mode = anyMode();
    if (state.random.nextInt(4) == 0) {
      tiers.failNext(FaultyTier.Operation.PURGE_TAG);
    }
    boolean done =
        state.attempt(
            () -> {
              PurgeReceipt receipt = operations.purgeTag(tag, mode);
              for (TierReceipt tier : receipt.tiers()) {
                Outcome outcome =
                    tiers.failed(tiers.indexOf(tier.tier())) ? Outcome.DEFERRED : Outcome.DONE;
                assertThat(tier.outcome()).as("%s: %s", state.when, tier).isEqualTo(outcome);
              }
            });
    pushes.undoByTag(tag);
    if (done || tiers.authorityDidWhatFailed()) {
      state.purgedTag(tag, mode);
    }
    if (!done) {
      tiers.distrustAll(); // all of them are cleared before they are asked again
      state.forgetEvicted(key -> true);
    }
  }

  void purgePrefix() throws IOException {
    String prefix = PREFIXES.get(state.random.nextInt(PREFIXES.size()));
    PurgeMode mode = anyMode();
    Predicate<String> has = key -> key.startsWith(prefix);
    boolean done =
        state.attempt(
            () -> {
              PurgeReceipt unused = operations.purgePrefix(prefix, mode);
            });
    pushes.undoByPurge(has, true);
    for (String key : Set.copyOf(state.model.keySet())) {
      if (has.test(key)) {
        settle(key, purged(state.model.get(key), mode), done);
      }
    }
  }
}
