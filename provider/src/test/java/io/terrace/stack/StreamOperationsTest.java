package io.terrace.stack;

import static io.terrace.stack.StreamFixture.get;
import static io.terrace.stack.StreamFixture.put;
import static io.terrace.stack.StreamFixture.read;
import static io.terrace.tier.Entries.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.Promotion;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.StreamValue;
import io.terrace.TierCopy;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Operation;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What can be done to the tiers of a stack of streams one by one. */
class StreamOperationsTest {
  private static final byte[] BODY = bytes(1, 300_000);

  private final StreamFixture fixture = new StreamFixture();
  private StreamStack<String> stack = fixture.three();

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    fixture.assertNothingLeft(stack);
    stack.close();
  }

  private static Metadata tagged(String... tags) {
    return new Metadata(null, Set.of(tags), Map.of());
  }

  private List<String> residency(String key) {
    return stack.operations().residency(key).stream().map(copy -> copy.info().tier()).toList();
  }

  @Test
  void residencySaysWhoHoldsWhat() throws Exception {
    assertThat(stack.operations().residency("k")).isEmpty();
    put(stack, "k", BODY);
    fixture.topMemory.clear();
    assertThat(residency("k")).containsExactly("middle", "authority");
    assertThat(stack.operations().residency("k"))
        .extracting(TierCopy::sizeBytes)
        .containsOnly(300_000L);
  }

  @Test
  void promotesIntoOneTierWhateverThePolicySays() throws Exception {
    PromotionPolicy never =
        PromotionPolicy.ALWAYS
            .with("authority", "top", Promotion.NEVER)
            .with("authority", "middle", Promotion.NEVER);
    stack =
        fixture.stack(StreamFixture.PATIENT, never, fixture.top, fixture.middle, fixture.authority);
    put(stack, "k", BODY);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    assertThat(get(stack, "k")).isEqualTo(BODY);
    assertThat(residency("k")).containsExactly("authority");
    assertThat(stack.operations().promote("k", "middle")).isTrue();
    assertThat(residency("k")).containsExactly("middle", "authority");
    assertThat(stack.operations().promote("k", "top")).isTrue();
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(BODY);
    assertThat(stack.operations().promote("absent", "top")).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> stack.operations().promote("k", "moon"));
  }

  @Test
  void promotesBelowATierThatHasIt() throws Exception {
    put(stack, "k", BODY);
    fixture.middleMemory.clear();
    assertThat(residency("k")).containsExactly("top", "authority");
    assertThat(stack.operations().promote("k", "middle")).isTrue();
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(BODY);
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i3_aPurgeByPrefixDropsWhatIsOnItsWayUpAndNoTierHasAnyMore(PurgeMode mode) throws Exception {
    SteppingExecutor lanes = new SteppingExecutor();
    stack =
        fixture.stack(
            StreamFixture.PATIENT,
            PromotionPolicy.ALWAYS,
            lanes,
            fixture.middle,
            fixture.authority);
    put(stack, "k", BODY);
    fixture.middleMemory.clear();
    lanes.defer(() -> true);
    assertThat(get(stack, "k")).isEqualTo(BODY);
    fixture.authorityMemory.purge(fixture.encoded("k"), PurgeReason.EVICTION, Condition.ALWAYS);
    PurgeReceipt unused = stack.operations().purgePrefix("k", mode);
    lanes.runAll();
    assertThat(residency("k")).isEmpty();
    assertThat(get(stack, "k")).isNull();
  }

  /** The top tier took the purge when the entry was read, or may still owe it. */
  private long missedAPurgeOf(String tag, PurgeMode mode, Metadata metadata) throws Exception {
    put(stack, "k", BODY, metadata);
    fixture.topFaults.failNext(Operation.PURGE_TAG);
    PurgeReceipt receipt = stack.operations().purgeTag(tag, mode);
    assertThat(receipt.tiers().get(0).outcome()).isEqualTo(Outcome.DEFERRED);
    try (StreamValue value = stack.getStale("k").value()) {
      assertThat(read(value)).isEqualTo(BODY);
    }
    assertThat(residency("k")).containsExactly("top", "middle", "authority");
    return stack.operations().residency("k").get(0).info().version();
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i4_anEntryThatIsGivenAPurgedTagMeetsThePurgeAlsoInTiersThatMissedIt(PurgeMode mode)
      throws Exception {
    long version = missedAPurgeOf("red", mode, Metadata.NONE);
    assertThat(stack.operations().update("k", version, MetadataUpdate.of(tagged("red")))).isTrue();
    assertThat(get(stack, "k")).isNull();
    assertThat(residency("k")).isEqualTo(mode == PurgeMode.SOFT ? List.of("authority") : List.of());
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i4_anEntryThatIsGivenAPurgedTagIsNotPromotedByWhoReadsIt(PurgeMode mode) throws Exception {
    long version = missedAPurgeOf("red", mode, Metadata.NONE);
    fixture.topMemory.clear();
    ByteBuffer read = ByteBuffer.allocate(BODY.length + 1);
    try (StreamValue value = stack.get("k").value();
        ReadableByteChannel channel = value.channel()) {
      assertThat(channel.read(read.limit(100))).isPositive();
      assertThat(stack.operations().update("k", version, MetadataUpdate.of(tagged("red"))))
          .isTrue();
      read.limit(read.capacity());
      while (channel.read(read) >= 0) {
        // to the end, which would promote it
      }
    }
    assertThat(read.position()).isEqualTo(BODY.length);
    assertThat(get(stack, "k")).isNull();
    assertThat(residency("k")).doesNotContain("top");
  }

  @Test
  void i4_anEntryThatIsStaleForItsTagIsRenewedAlsoInTiersThatMissedThePurge() throws Exception {
    long version = missedAPurgeOf("red", PurgeMode.SOFT, tagged("red"));
    MetadataUpdate again = MetadataUpdate.of(tagged("red"));
    assertThat(stack.operations().update("k", version, again)).isTrue();
    assertThat(get(stack, "k")).isNull();
    MetadataUpdate toFresh = new MetadataUpdate(null, null, Freshness.FRESH);
    assertThat(stack.operations().update("k", version, toFresh)).isTrue();
    assertThat(get(stack, "k")).isEqualTo(BODY);
    assertThat(residency("k")).containsExactly("top", "middle", "authority");
    assertThat(stack.operations().residency("k").get(0).info().version()).isGreaterThan(version);
  }

  @Test
  void promotesAfterSoManyHits() throws Exception {
    PromotionPolicy third = PromotionPolicy.ALWAYS.with("authority", "top", Promotion.after(3));
    stack = fixture.stack(StreamFixture.PATIENT, third, fixture.top, fixture.authority);
    put(stack, "k", BODY);
    fixture.topMemory.clear();
    for (int hit = 1; hit <= 3; hit++) {
      assertThat(residency("k")).as("before hit %d", hit).containsExactly("authority");
      assertThat(get(stack, "k")).isEqualTo(BODY);
    }
    assertThat(residency("k")).containsExactly("top", "authority");
  }

  @Test
  void purgesFromAllOrFromSome() throws Exception {
    put(stack, "k", BODY);
    PurgeReceipt some = stack.operations().purge("k", PurgeReason.EVICTION, Set.of("top"));
    assertThat(some.tiers()).containsExactly(new PurgeReceipt.TierReceipt("top", Outcome.DONE, 1));
    assertThat(residency("k")).containsExactly("middle", "authority");
    PurgeReceipt all = stack.operations().purge("k", PurgeReason.INVALIDATION, Set.of());
    assertThat(all.tiers())
        .containsExactly(
            new PurgeReceipt.TierReceipt("top", Outcome.NOTHING, 0),
            new PurgeReceipt.TierReceipt("middle", Outcome.DONE, 1),
            new PurgeReceipt.TierReceipt("authority", Outcome.DONE, 1));
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i4_aTierThatCannotPurgeIsBypassedUntilItIsCleared() throws Exception {
    put(stack, "k", BODY);
    fixture.topFaults.failAlways(Operation.PURGE, Operation.CLEAR);
    PurgeReceipt receipt = stack.operations().purge("k", PurgeMode.HARD);
    assertThat(receipt.tiers().get(0).outcome()).isEqualTo(Outcome.DEFERRED);
    assertThat(get(stack, "k")).isNull();
    fixture.topFaults.heal();
    assertThat(get(stack, "k")).isNull();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void aPurgeByTagReachesEveryTierAndWhatIsOnItsWay(PurgeMode mode) throws Exception {
    put(stack, "red", BODY, tagged("red", "all"));
    put(stack, "blue", BODY, tagged("blue", "all"));
    StagedWriter<StreamValue> writer =
        stack.openStage("late", tagged("red"), StreamValue.UNKNOWN_LENGTH);
    writer.write(ByteBuffer.wrap(BODY));
    StreamValue late = writer.finish();
    PurgeReceipt receipt = stack.operations().purgeTag("red", mode);
    assertThat(receipt.tiers())
        .extracting(PurgeReceipt.TierReceipt::outcome)
        .containsOnly(Outcome.DONE);
    assertThat(get(stack, "red")).isNull();
    assertThat(get(stack, "blue")).isEqualTo(BODY);
    if (mode == PurgeMode.SOFT) {
      assertThat(read(stack.getStale("red").value())).isEqualTo(BODY);
    } else {
      assertThat(stack.getStale("red")).isNull();
    }
    assertThat(stack.wasPurged(late)).isTrue();
    stack.put("late", late, EntryHeader.NEVER);
    stack.discard(late);
    assertThat(get(stack, "late")).isNull();
    put(stack, "red", BODY, tagged("red"));
    assertThat(get(stack, "red")).isEqualTo(BODY);
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void i3_aPurgeByTagInTheMiddleOfAPromotionHolds(PurgeMode mode) throws Exception {
    put(stack, "k", BODY, tagged("red"));
    fixture.topMemory.clear();
    try (StreamValue value = stack.get("k").value()) {
      ReadableByteChannel channel = value.channel();
      ByteBuffer buffer = ByteBuffer.allocate(BODY.length);
      buffer.limit(1000);
      channel.read(buffer);
      PurgeReceipt unused = stack.operations().purgeTag("red", mode);
      buffer.limit(BODY.length);
      while (buffer.hasRemaining()) {
        channel.read(buffer);
      }
      assertThat(buffer.array()).isEqualTo(BODY);
    }
    assertThat(get(stack, "k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(PurgeMode.class)
  void purgesByPrefix(PurgeMode mode) throws Exception {
    put(stack, "a/1", BODY);
    put(stack, "a/2", BODY);
    put(stack, "b/1", BODY);
    PurgeReceipt receipt = stack.operations().purgePrefix("a/", mode);
    assertThat(receipt.tiers()).extracting(PurgeReceipt.TierReceipt::entries).containsOnly(2L);
    assertThat(get(stack, "a/1")).isNull();
    assertThat(get(stack, "a/2")).isNull();
    assertThat(get(stack, "b/1")).isEqualTo(BODY);
    assertThat(residency("a/1")).hasSize(mode == PurgeMode.HARD ? 0 : 3);
  }

  @Test
  void aSoftPurgeIsOverWithTheNextWrite() throws Exception {
    put(stack, "k", BODY);
    PurgeReceipt unused = stack.operations().purge("k", PurgeMode.SOFT);
    assertThat(get(stack, "k")).isNull();
    assertThat(stack.contains("k")).isFalse();
    assertThat(residency("k")).containsExactly("top", "middle", "authority");
    StreamValue staged = stack.stage("k", StreamValue.of(bytes(2, 10)));
    assertThat(stack.compareAndSet("k", null, staged, EntryHeader.NEVER)).isTrue();
    stack.discard(staged);
    assertThat(get(stack, "k")).isEqualTo(bytes(2, 10));
  }

  @Test
  void updatesMetadataInEveryTierButNotOfAnotherVersion() throws Exception {
    put(stack, "k", BODY, tagged("old"));
    long version = stack.find("k").version();
    assertThat(stack.operations().update("k", version, MetadataUpdate.of(tagged("new")))).isTrue();
    for (int tier = 0; tier < 3; tier++) {
      try (StreamValue value = stack.get("k").value()) {
        assertThat(value.metadata()).isEqualTo(tagged("new"));
      }
      (tier == 0 ? fixture.topMemory : fixture.middleMemory).clear();
    }
    assertThat(stack.operations().update("k", version - 1, MetadataUpdate.of(Metadata.NONE)))
        .isFalse();
    assertThat(stack.remove("k")).isTrue();
    assertThat(stack.operations().update("k", version, MetadataUpdate.of(Metadata.NONE))).isFalse();
    assertThat(get(stack, "k")).isNull();
  }
}
