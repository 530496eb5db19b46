package io.terrace.stack;

import static io.terrace.stack.StackFixture.START_MILLIS;
import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.get;
import static io.terrace.stack.StackFixture.inThread;
import static io.terrace.stack.StackFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.PurgeReceipt.TierReceipt;
import io.terrace.TierUnavailableException;
import io.terrace.stack.PausingTier.Pause;
import io.terrace.stack.PausingTier.Point;
import io.terrace.stack.StackFixture.FixedLoader;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Effect;
import io.terrace.tier.FaultyTier.Operation;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Purges, updates and promotions by hand, and what a tag or the lack of freshness does. */
class TierOperationsTest {
  private static final MetadataUpdate RED =
      MetadataUpdate.of(new Metadata(null, Set.of("red"), Map.of()));
  private static final MetadataUpdate TO_FRESH = new MetadataUpdate(null, null, Freshness.FRESH);

  private final StackFixture fixture = new StackFixture();
  private Stack<String, String> stack = fixture.three();

  private void use(String kind) {
    stack = kind.equals("heap") ? fixture.heapAlone() : fixture.three();
  }

  private void putRed(String key, String value) {
    put(stack, key, value);
    assertThat(stack.operations().update(key, stack.get(key).version(), RED)).isTrue();
  }

  private void onlyAtTheAuthority() throws Exception {
    fixture.heap.clear();
    fixture.upperMemory.clear();
  }

  /** Holds a reader between its look at the authority and its copy of what it saw. */
  private void promoteAround(Consumer<TierOperations<String>> change) throws Exception {
    onlyAtTheAuthority();
    Pause pause = fixture.authority.pauseNext(Point.AFTER_LOOKUP);
    CompletableFuture<@Nullable String> reader = inThread(() -> get(stack, "k"));
    pause.awaitReached();
    change.accept(stack.operations());
    pause.release();
    assertThat(await(reader)).isEqualTo("v");
  }

  private void assertNowhereFresh() throws Exception {
    assertThat(fixture.heap.peek("k")).isNull();
    assertThat(get(stack, "k")).isNull();
    assertThat(stack.contains("k")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i3_aPurgeByTagBetweenLookupAndPromotionIsNotUndone(PurgeMode mode) throws Exception {
    putRed("k", "v");
    promoteAround(operations -> operations.purgeTag("red", mode));
    assertNowhereFresh();
    assertThat(fixture.stored(fixture.upperMemory, "k")).isNull();
    assertThat(stack.getStale("k") == null).isEqualTo(mode == PurgeMode.HARD);
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i3_aPurgeOfTheKeyBetweenLookupAndPromotionIsNotUndone(PurgeMode mode) throws Exception {
    put(stack, "k", "v");
    promoteAround(operations -> operations.purge("k", mode));
    assertNowhereFresh();
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i3_aPurgeByPrefixBetweenLookupAndPromotionIsNotUndone(PurgeMode mode) throws Exception {
    put(stack, "k", "v");
    promoteAround(operations -> operations.purgePrefix("k", mode));
    assertNowhereFresh();
  }

  @Test
  void i3_aDemotionIsNotUndoneByAPromotionInFlight() throws Exception {
    put(stack, "k", "v");
    promoteAround(
        operations -> operations.purge("k", PurgeReason.EVICTION, Set.of("heap", "upper")));
    assertThat(fixture.heap.peek("k")).isNull();
    assertThat(fixture.stored(fixture.upperMemory, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo("v");
  }

  @Test
  void i4_anUpdateBetweenLookupAndPromotionIsSeenInEveryTier() throws Exception {
    put(stack, "k", "v");
    long version = stack.get("k").version();
    promoteAround(operations -> assertThat(operations.update("k", version, RED)).isTrue());
    assertThat(stack.metadata(stack.get("k")).tags()).containsExactly("red");
    assertThat(stack.metadata(stack.get("k")).tags()).containsExactly("red");
  }

  @Test
  void i3_aPurgeDuringAnUpdateIsNotUndone() throws Exception {
    put(stack, "k", "v");
    long version = stack.get("k").version();
    Pause pause = fixture.authority.pauseNext(Point.BEFORE_UPDATE);
    CompletableFuture<Boolean> update =
        inThread(() -> stack.operations().update("k", version, RED));
    pause.awaitReached();
    stack.operations().purge("k", PurgeMode.HARD);
    pause.release();
    assertThat(await(update)).isFalse();
    assertNowhereFresh();
    assertThat(stack.operations().residency("k")).isEmpty();
  }

  @Test
  void i3_aPurgeByTagDuringAnUpdateThatTakesTheTagAwayIsNotUndone() throws Exception {
    putRed("k", "v");
    long version = stack.get("k").version();
    Pause pause = fixture.authority.pauseNext(Point.BEFORE_UPDATE);
    MetadataUpdate untagged = MetadataUpdate.of(Metadata.NONE);
    CompletableFuture<Boolean> update =
        inThread(() -> stack.operations().update("k", version, untagged));
    pause.awaitReached();
    stack.operations().purgeTag("red", PurgeMode.HARD);
    pause.release();
    assertThat(await(update)).isFalse();
    assertNowhereFresh();
  }

  @Test
  void aSoftPurgeMeetsANewerWriteAndPurgesThatToo() throws Exception {
    put(stack, "k", "old");
    Pause pause = fixture.authority.pauseNext(Point.BEFORE_UPDATE);
    CompletableFuture<PurgeReceipt> purge =
        inThread(() -> stack.operations().purge("k", PurgeMode.SOFT));
    pause.awaitReached();
    put(stack, "k", "new");
    pause.release();
    assertThat(await(purge).tiers()).extracting(TierReceipt::outcome).contains(Outcome.DONE);
    assertNowhereFresh();
    assertThat(stack.getStale("k").value()).isEqualTo("new");
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void aWriteDuringAPurgeByPrefixSurvives(PurgeMode mode) throws Exception {
    put(stack, "k", "old");
    Pause pause =
        fixture.authority.pauseNext(
            mode == PurgeMode.HARD ? Point.BEFORE_PURGE : Point.BEFORE_UPDATE);
    CompletableFuture<PurgeReceipt> purge =
        inThread(() -> stack.operations().purgePrefix("k", mode));
    pause.awaitReached();
    put(stack, "k", "new");
    pause.release();
    assertThat(await(purge).tiers()).extracting(TierReceipt::entries).containsOnly(0L);
    assertThat(get(stack, "k")).isEqualTo("new");
  }

  @Test
  void aPurgeByPrefixFindsCopiesThatOutlivedTheirEntry() throws Exception {
    for (int tier = 0; tier < 2; tier++) {
      put(stack, "k", "v");
      fixture.authorityMemory.purge(fixture.encoded("k"), PurgeReason.EVICTION, Condition.ALWAYS);
      if (tier == 0) {
        fixture.heap.clear();
      } else {
        fixture.upperMemory.clear();
      }
      assertThat(stack.operations().purgePrefix("k", PurgeMode.SOFT).tiers().get(1 - tier))
          .extracting(TierReceipt::outcome)
          .isEqualTo(Outcome.DONE);
      assertNowhereFresh();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void aWriteAfterAPurgeByTagIsNotHitAndEarlierOnesAre(String kind) {
    use(kind);
    for (int i = 0; i < 100; i++) {
      putRed("old" + i, "v");
    }
    assertThat(stack.operations().purgeTag("red", PurgeMode.HARD).tiers())
        .extracting(TierReceipt::outcome, TierReceipt::entries)
        .containsOnly(tuple(Outcome.DONE, -1L));
    for (int i = 0; i < 100; i++) {
      assertThat(get(stack, "old" + i)).isNull();
      putRed("new" + i, "v");
      assertThat(get(stack, "new" + i)).isEqualTo("v");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void manyPurgedTagsAreForgottenAndStayPurged(String kind) {
    use(kind);
    putRed("k", "v");
    put(stack, "other", "v");
    stack.operations().purgeTag("red", PurgeMode.HARD);
    for (int i = 0; i <= HeapTags.MAX_NOTES; i++) {
      stack.operations().purgeTag("tag" + i, PurgeMode.SOFT);
    }
    assertThat(get(stack, "k")).isNull();
    assertThat(get(stack, "other")).isEqualTo("v");
    assertThat(fixture.heap.peek("k")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void aStaleEntryIsServedWhenItsLoaderFailsAndReplacedWhenItDoesNot(String kind) {
    use(kind);
    put(stack, "k", "old");
    stack.operations().purge("k", PurgeMode.SOFT);
    FixedLoader failing =
        new FixedLoader(
            () -> {
              throw new IllegalStateException("no origin");
            });
    assertThat(stack.getOrLoad("k", failing).value()).isEqualTo("old");
    assertThat(get(stack, "k")).as("still stale").isNull();
    assertThatThrownBy(() -> stack.getOrLoad("absent", failing)).hasMessage("no origin");
    assertThat(stack.getOrLoad("k", new FixedLoader(() -> null))).isNull();
    FixedLoader loader = new FixedLoader(() -> "new");
    assertThat(stack.getOrLoad("k", loader).value()).isEqualTo("new");
    assertThat(loader.stored).containsExactly("k=new");
    assertThat(get(stack, "k")).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void aStaleEntryThatIsOverIsNotServed(String kind) {
    use(kind);
    stack.put("k", "v", START_MILLIS + 10);
    stack.operations().purge("k", PurgeMode.SOFT);
    fixture.now.addAndGet(10);
    assertThat(stack.getStale("k")).isNull();
    assertThat(stack.compareAndSet("k", null, "new", EntryHeader.NEVER)).isTrue();
    assertThat(get(stack, "k")).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void aWriteOrAnUpdateMakesAStaleEntryFreshAgain(String kind) {
    use(kind);
    putRed("k", "1");
    long version = stack.get("k").version();
    stack.operations().purge("k", PurgeMode.SOFT);
    assertThat(stack.operations().update("k", version, TO_FRESH)).isTrue();
    assertThat(stack.metadata(stack.get("k")).tags()).containsExactly("red");
    stack.operations().purge("k", PurgeMode.SOFT);
    assertThat(stack.compareAndSet("k", null, "2", EntryHeader.NEVER)).isTrue();
    assertThat(stack.metadata(stack.get("k"))).isEqualTo(Metadata.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void i5_anUpdateNeverResurrectsAnEntryThatIsOver(String kind) {
    use(kind);
    stack.put("k", "v", START_MILLIS + 10);
    long version = stack.get("k").version();
    fixture.now.addAndGet(10);
    MetadataUpdate longer = new MetadataUpdate(null, EntryHeader.NEVER, null);
    assertThat(stack.operations().update("k", version, longer)).isFalse();
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i5_anUpdateNeverExtendsTheTtlOfAHeapAlone() {
    stack = fixture.heapAlone(fixture.heap, Duration.ofMillis(5));
    put(stack, "k", "v");
    long version = stack.get("k").version();
    MetadataUpdate longer =
        new MetadataUpdate(new Metadata("text/plain", Set.of(), Map.of()), EntryHeader.NEVER, null);
    fixture.now.addAndGet(4);
    assertThat(stack.operations().update("k", version, longer)).isTrue();
    assertThat(get(stack, "k")).isEqualTo("v");
    fixture.now.addAndGet(1);
    assertThat(get(stack, "k")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"heap", "tiered"})
  void i5_anUpdatedDeadlineHoldsInEveryTier(String kind) {
    use(kind);
    put(stack, "k", "v");
    MetadataUpdate shorter = new MetadataUpdate(null, START_MILLIS + 10, null);
    assertThat(stack.operations().update("k", stack.get("k").version(), shorter)).isTrue();
    assertThat(stack.operations().residency("k"))
        .isNotEmpty()
        .allMatch(copy -> copy.info().expiresAtMillis() == START_MILLIS + 10);
    fixture.now.addAndGet(10);
    assertThat(get(stack, "k")).isNull();
    assertThat(fixture.expired).containsExactly("k=v");
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"PURGE", "PURGE_TAG", "UPDATE_HEADER", "SCAN"})
  void i4_aTierThatCannotPurgeIsDeferredAndAnswersNothing(Operation broken) {
    putRed("k", "v");
    assertThat(get(stack, "k")).isEqualTo("v");
    fixture.upper.failAlways(broken).failAlways(Operation.CLEAR);
    fixture.upper.failAlways(Operation.PURGE);
    PurgeReceipt receipt =
        switch (broken) {
          case PURGE -> stack.operations().purge("k", PurgeMode.HARD);
          case PURGE_TAG -> stack.operations().purgeTag("red", PurgeMode.HARD);
          case UPDATE_HEADER -> stack.operations().purge("k", PurgeMode.SOFT);
          default -> stack.operations().purgePrefix("k", PurgeMode.HARD);
        };
    assertThat(receipt.tiers().get(1).outcome()).isEqualTo(Outcome.DEFERRED);
    fixture.heap.clear();
    assertThat(get(stack, "k")).isNull();
    fixture.upper.heal();
    assertThat(get(stack, "k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void i3_aPurgeByTagThatATierDidNotTakeIsNotUndoneByAPromotion(Effect effect) throws Exception {
    putRed("k", "v");
    promoteAround(
        operations -> {
          fixture.upper.withEffect(effect).failNext(Operation.PURGE_TAG);
          PurgeReceipt receipt = operations.purgeTag("red", PurgeMode.HARD);
          assertThat(receipt.tiers().get(1).outcome()).isEqualTo(Outcome.DEFERRED);
          fixture.upper.heal();
          assertThat(stack.contains("other")).isFalse(); // the tier is repaired, and asked
        });
    assertThat(fixture.stored(fixture.upperMemory, "k")).isNull();
    assertNowhereFresh();
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void i4_aPurgeByTagOfUnknownOutcomeLeavesNothingAbove(Effect effect) {
    putRed("k", "v");
    assertThat(get(stack, "k")).isEqualTo("v");
    fixture.authorityFaults.withEffect(effect).failNext(Operation.PURGE_TAG);
    assertThatThrownBy(() -> stack.operations().purgeTag("red", PurgeMode.HARD))
        .isInstanceOf(TierUnavailableException.class);
    fixture.authorityFaults.heal();
    assertThat(fixture.heap.peek("k")).isNull();
    assertThat(get(stack, "k")).isEqualTo(effect == Effect.DONE ? null : "v");
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i4_anEntryThatIsGivenAPurgedTagMeetsThePurgeAlsoInATierThatMissedIt(PurgeMode mode)
      throws Exception {
    put(stack, "k", "v");
    fixture.upper.failNext(Operation.PURGE_TAG);
    assertThat(stack.operations().purgeTag("red", mode).tiers().get(1).outcome())
        .isEqualTo(Outcome.DEFERRED);
    fixture.heap.clear();
    assertThat(get(stack, "k")).isEqualTo("v");
    assertThat(fixture.stored(fixture.upperMemory, "k")).isEqualTo("v");
    assertThat(stack.operations().update("k", stack.get("k").version(), RED)).isTrue();
    assertThat(fixture.stored(fixture.upperMemory, "k")).isNull();
    assertNowhereFresh();
  }

  @Test
  void onlyStringsHavePrefixesAndOnlyTiersHaveNames() {
    assertThatThrownBy(() -> TierNames.requireStrings(Long.class))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("java.lang.Long");
    assertThatThrownBy(() -> stack.operations().promote("k", "redis"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("redis")
        .hasMessageContaining("heap, upper, authority");
    assertThatThrownBy(
            () -> stack.operations().purge("k", PurgeReason.INVALIDATION, Set.of("redis")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPurgeByPrefixForgetsWhatIsBeingLoaded() throws Exception {
    for (String kind : new String[] {"heap", "tiered"}) {
      use(kind);
      FixedLoader loader =
          new FixedLoader(
              () -> {
                stack.operations().purgePrefix("k", PurgeMode.HARD);
                return "loaded before";
              });
      assertThat(stack.getOrLoad("k", loader).value()).isEqualTo("loaded before");
      assertThat(get(stack, "k")).isNull();
    }
  }
}
