package io.terrace.stack;

import static io.terrace.stack.RepairFixture.Kind;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.TierUnavailableException;
import io.terrace.stack.HookedTier.Gate;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Effect;
import io.terrace.tier.FaultyTier.Operation;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a tier above the authority serves after it could not drop something (I2, I4). */
class RepairTest {
  private static final int PLENTY = RepairJournal.MAX_REPAIRS;

  private final Logger warnings = Logger.getLogger("io.terrace.stack"); // held, or it is forgotten

  @BeforeEach
  void expectWarnings() {
    warnings.setLevel(Level.OFF);
  }

  @AfterEach
  void warnAgain() {
    warnings.setLevel(null);
  }

  /** Leaves an old copy of the key in the upper tier, which fails on. */
  private static void leaveOld(RepairFixture on, String key) {
    on.put(key, "old");
    on.faults.failAlways(Operation.WRITE, Operation.PURGE, Operation.CLEAR);
    on.put(key, "new");
    assertThat(on.stored(key)).isEqualTo("old");
  }

  @ParameterizedTest
  @EnumSource
  void i4_onlyTheKeyThatCouldNotBeDroppedIsNotServed(Kind kind) {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    on.put("other", "v");
    leaveOld(on, "k");
    on.authorityFaults.failAlways(Operation.LOOKUP);
    assertThat(on.get("other")).as("served from above").isEqualTo("v");
    assertThatThrownBy(() -> on.get("k")).isInstanceOf(TierUnavailableException.class);
    on.authorityFaults.heal();
    assertThat(on.get("k")).isEqualTo("new");

    on.faults.heal();
    assertThat(on.get("k")).isEqualTo("new");
    assertThat(on.stored("k")).as("copied up again").isEqualTo("new");
    assertThat(on.stored("other")).isEqualTo("v");
  }

  @ParameterizedTest
  @CsvSource({"TYPED, NOT_DONE", "TYPED, DONE", "STREAMS, NOT_DONE", "STREAMS, DONE"})
  void i4_aRemovalThatFailedIsMadeUpForByTheNextReader(Kind kind, Effect effect) {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    for (int i = 0; i < 5; i++) {
      on.put("k" + i, "v");
    }
    on.put("other", "v");
    on.faults.withEffect(effect).failAlways(Operation.PURGE);
    for (int i = 0; i < 5; i++) {
      assertThat(on.remove("k" + i)).isTrue();
      assertThat(on.get("k" + i)).isNull();
    }
    on.faults.heal();
    assertThat(on.get("other")).isEqualTo("v");
    for (int i = 0; i < 5; i++) {
      assertThat(on.stored("k" + i)).isNull();
    }
    assertThat(on.stored("other")).isEqualTo("v");
    long calls = on.faults.calls();
    assertThat(on.get("absent")).isNull();
    assertThat(on.faults.calls() - calls).as("nothing is repaired twice").isOne();
  }

  @ParameterizedTest
  @EnumSource
  void i2_aTierThatCannotDropCostsOthersOneCallARead(Kind kind) {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    for (int i = 0; i < 100; i++) {
      on.put("k" + i, "v");
    }
    on.faults.failAlways(Operation.PURGE);
    for (int i = 0; i < 100; i++) {
      assertThat(on.remove("k" + i)).isTrue();
    }
    long calls = on.faults.calls();
    assertThat(on.get("absent")).isNull();
    assertThat(on.faults.calls() - calls).isEqualTo(2); // its own, and one repair that fails
    on.faults.failAlways();
    calls = on.faults.calls();
    assertThat(on.get("absent")).isNull();
    assertThat(on.faults.calls() - calls).as("a tier that is silent is not repaired").isOne();
  }

  @ParameterizedTest
  @EnumSource
  void i4_aTierThatOwesTooMuchIsClearedBeforeItIsAskedAgain(Kind kind) {
    RepairFixture on = new RepairFixture(kind, 2);
    on.put("other", "v");
    for (int i = 0; i < 3; i++) {
      on.faults.heal();
      on.put("k" + i, "old");
    }
    on.faults.failAlways(Operation.PURGE, Operation.CLEAR);
    for (int i = 0; i < 3; i++) {
      assertThat(on.remove("k" + i)).isTrue();
    }
    assertThat(on.get("other")).isEqualTo("v");
    on.authorityFaults.failAlways(Operation.LOOKUP);
    assertThatThrownBy(() -> on.get("other")).isInstanceOf(TierUnavailableException.class);
    on.authorityFaults.heal();
    assertThat(on.get("k0")).isNull();
    assertThat(on.memory.usage().entries()).as("hidden").isEqualTo(4);

    on.faults.heal();
    assertThat(on.get("k0")).isNull();
    assertThat(on.memory.usage().entries()).as("cleared").isZero();
    assertThat(on.get("other")).isEqualTo("v");
    assertThat(on.stored("other")).as("filled again").isEqualTo("v");
  }

  @ParameterizedTest
  @EnumSource
  void i2_whoClearsATierHoldsUpNobody(Kind kind) throws Exception {
    RepairFixture on = new RepairFixture(kind, 0);
    on.put("other", "v");
    leaveOld(on, "k");
    on.faults.heal();
    Gate gate = on.upper.gate(Operation.CLEAR);
    CompletableFuture<@Nullable String> clearing = StackFixture.inThread(() -> on.get("k"));
    gate.awaitReached();
    assertThat(on.get("other")).isEqualTo("v");
    gate.open();
    assertThat(StackFixture.await(clearing)).isEqualTo("new");
  }

  @ParameterizedTest
  @EnumSource
  void i2_whoRepairsOneKeyHoldsUpNobodyElse(Kind kind) throws Exception {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    on.put("other", "v");
    leaveOld(on, "k");
    on.faults.heal();
    Gate gate = on.upper.gate(Operation.PURGE);
    CompletableFuture<@Nullable String> repairing = StackFixture.inThread(() -> on.get("absent"));
    gate.awaitReached();
    assertThat(on.get("other")).isEqualTo("v");
    assertThat(on.get("k")).isEqualTo("new");
    gate.open();
    assertThat(StackFixture.await(repairing)).isNull();
    assertThat(on.get("k")).isEqualTo("new");
  }

  @ParameterizedTest
  @CsvSource({"TYPED, 0", "STREAMS, 0", "TYPED, 4096", "STREAMS, 4096"})
  void i4_aPurgeThatFailsDuringTheRepairIsOwedStill(Kind kind, int maxRepairs) {
    RepairFixture on = new RepairFixture(kind, maxRepairs);
    leaveOld(on, "k");
    on.faults.heal();
    on.upper.after( // a copy comes back, as if the second purge came after the repair
        maxRepairs == 0 ? Operation.CLEAR : Operation.PURGE,
        () -> {
          on.store("k", "old");
          on.faults.failNext(Operation.PURGE);
          assertThat(on.remove("k")).isTrue();
        });
    assertThat(on.get("absent")).isNull();
    on.authorityFaults.failAlways(Operation.LOOKUP);
    assertThatThrownBy(() -> on.get("k")).isInstanceOf(TierUnavailableException.class);
    on.authorityFaults.heal();
    assertThat(on.get("k")).isNull();
    assertThat(on.stored("k")).isNull();
  }

  @Test
  void i3_aRepairOfAWriteLeavesWhatIsNewer() {
    RepairFixture on = new RepairFixture(Kind.TYPED, PLENTY);
    leaveOld(on, "k");
    on.faults.heal();
    on.store("k", "another process's");
    assertThat(on.get("absent")).isNull();
    assertThat(on.stored("k")).isEqualTo("another process's");
  }

  @ParameterizedTest
  @CsvSource({"TYPED, HARD", "TYPED, SOFT", "STREAMS, HARD", "STREAMS, SOFT"})
  void i4_onlyEntriesOfATagThatCouldNotBePurgedAreNotServed(Kind kind, PurgeMode mode) {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    on.put("other", "v");
    on.putTagged("k", "v", "red");
    on.faults.failAlways(Operation.PURGE_TAG, Operation.CLEAR);
    assertThat(on.purgeTag("red", mode)).isEqualTo(Outcome.DEFERRED);
    assertThat(on.get("k")).isNull();
    assertThat(on.stored("k")).as("hidden").isEqualTo("v");
    on.putTagged("k", "later", "red");
    on.authorityFaults.failAlways(Operation.LOOKUP);
    assertThat(on.get("other")).isEqualTo("v");
    assertThat(on.get("k")).as("written after the purge").isEqualTo("later");
    on.authorityFaults.heal();
    assertThat(on.get("k")).isEqualTo("later");
  }

  @ParameterizedTest
  @CsvSource({"TYPED, HARD", "TYPED, SOFT", "STREAMS, HARD", "STREAMS, SOFT"})
  void i4_aTagIsPurgedWhenItIsMet(Kind kind, PurgeMode mode) {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    on.putTagged("k", "v", "red");
    on.faults.failNext(Operation.PURGE_TAG);
    assertThat(on.purgeTag("red", mode)).isEqualTo(Outcome.DEFERRED);
    assertThat(on.get("k")).isNull();
    EntryHeader header = on.header("k");
    assertThat(header == null || header.freshness() == Freshness.STALE).isTrue();
  }

  /** If it were wrong, the tier would go on to show as fresh what was purged by its last tag. */
  @ParameterizedTest
  @EnumSource
  void i4_anEntryLosesNoPurgeWithItsTag(Kind kind) {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    on.putTagged("k", "v", "red");
    on.faults.failNext(Operation.PURGE_TAG);
    assertThat(on.purgeTag("red", PurgeMode.SOFT)).isEqualTo(Outcome.DEFERRED);
    assertThat(on.update("k", MetadataUpdate.of(Metadata.NONE))).isTrue();
    assertThat(on.get("k")).isNull();
    assertThat(on.stored("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void i5_aDeadlineThatATierMissedIsNotServedFromThere(Kind kind) {
    RepairFixture on = new RepairFixture(kind, PLENTY);
    on.put("k", "v");
    on.put("other", "v");
    on.faults.failAlways(Operation.UPDATE_HEADER, Operation.PURGE, Operation.CLEAR);
    long deadline = on.nowMillis() + 10;
    assertThat(on.update("k", new MetadataUpdate(null, deadline, null))).isTrue();
    assertThat(on.get("k")).isEqualTo("v");
    on.pass(10);
    assertThat(on.get("k")).isNull();
    on.faults.heal();
    assertThat(on.get("k")).isNull();
    assertThat(on.get("other")).isEqualTo("v");
    assertThat(on.stored("k")).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void i4_whateverFailsWhenNoOlderVersionIsServed(Kind kind) {
    long first = System.nanoTime();
    for (long seed = first; seed < first + 150; seed++) {
      try {
        runRandomly(kind, new Random(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(kind + ", seed " + seed, e);
      }
    }
  }

  private static void runRandomly(Kind kind, Random random) {
    RepairFixture on = new RepairFixture(kind, random.nextBoolean() ? PLENTY : random.nextInt(4));
    Map<String, String> model = new TreeMap<>();
    Operation[] operations = Operation.values();
    for (int i = 0; i < 200; i++) {
      Effect[] effects = Effect.values();
      switch (random.nextInt(6)) {
        case 0 -> on.faults.heal();
        case 1 ->
            on.faults
                .withEffect(effects[random.nextInt(effects.length)])
                .failAlways(operations[random.nextInt(operations.length)]);
        case 2 -> on.faults.failCall(1 + random.nextInt(6));
        default -> {}
      }
      change(on, model, "k" + random.nextInt(6), "v" + i, random);
      String key = "k" + random.nextInt(6);
      assertThat(on.get(key)).as(key + ", step " + i).isEqualTo(model.get(key));
    }
    on.faults.heal();
    assertThat(on.get("absent")).isNull();
    for (int i = 0; i < 6; i++) { // repaired by now, so what is there has to be right
      EntryHeader copy = on.header("k" + i);
      assertThat(copy == null || copy.version() == on.version("k" + i)).isTrue();
      assertThat(on.get("k" + i)).isEqualTo(model.get("k" + i));
    }
  }

  private static void change(
      RepairFixture on, Map<String, String> model, String key, String value, Random random) {
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        on.put(key, value);
        model.put(key, value);
      }
      case 2 -> {
        on.putTagged(key, value + " red", "red");
        model.put(key, value + " red");
      }
      case 3 -> assertThat(on.remove(key)).isEqualTo(model.remove(key) != null);
      case 4 -> {
        Outcome unused = on.purgeTag("red", PurgeMode.HARD);
        model.values().removeIf(held -> held.endsWith("red"));
      }
      case 5 -> {
        if (random.nextInt(8) == 0) {
          on.clear();
          model.clear();
        }
      }
      default -> {}
    }
  }
}
