package io.terrace.stack;

import static io.terrace.stack.StackFixture.await;
import static io.terrace.stack.StackFixture.get;
import static io.terrace.stack.StackFixture.inThread;
import static io.terrace.stack.StackFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.EntryTooLargeException;
import io.terrace.Metadata;
import io.terrace.PurgeReason;
import io.terrace.TierUnavailableException;
import io.terrace.stack.PausingTier.Pause;
import io.terrace.stack.PausingTier.Point;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.FaultyTier.Effect;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a stack does when a tier fails: I1, I2 and I4. */
class StackFailureTest {
  private final StackFixture fixture = new StackFixture();
  private final Stack<String, String> stack = fixture.three();

  @AfterEach
  void nothingLeaks() {
    assertThat(fixture.upperMemory.openHandles()).isZero();
    assertThat(fixture.authorityMemory.openHandles()).isZero();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void i2_aBrokenUpperTierFailsNobody(Operation broken) {
    put(stack, "before", "1");
    fixture.upper.failAlways(broken);
    fixture.heap.clear();
    assertThat(get(stack, "before")).isEqualTo("1");
    put(stack, "before", "2");
    put(stack, "k", "v");
    assertThat(stack.remove("k")).isTrue();
    stack.clear();
    assertThat(get(stack, "before")).isNull();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void i4_aBrokenUpperTierNeverServesTheOlderValue(Operation broken) {
    for (Effect effect : Effect.values()) {
      put(stack, "k", "old");
      fixture.upper.withEffect(effect).failAlways(broken);
      put(stack, "k", "new");
      fixture.heap.clear();
      assertThat(get(stack, "k")).isEqualTo("new");
      stack.remove("k");
      fixture.upper.heal();
      fixture.heap.clear();
      assertThat(get(stack, "k")).isNull();
    }
  }

  @Test
  void i4_everySingleFailureOfTheUpperTierIsHarmless() {
    for (int call = 1; call < 20; call++) {
      put(stack, "k", "old");
      fixture.upper.failCall(call);
      put(stack, "k", "new" + call);
      fixture.heap.clear();
      assertThat(get(stack, "k")).isEqualTo("new" + call);
      fixture.heap.clear();
      assertThat(get(stack, "k")).isEqualTo("new" + call);
      stack.remove("k");
      assertThat(get(stack, "k")).isNull();
      fixture.upper.heal();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"OPEN_WRITE", "WRITE", "COMMIT"})
  void i1_aWriteTheAuthorityRefusesLeavesThePreviousValueEverywhere(Operation broken)
      throws Exception {
    put(stack, "k", "old");
    fixture.authorityFaults.failAlways(broken);
    assertThatThrownBy(() -> put(stack, "k", "new"))
        .isInstanceOf(TierUnavailableException.class)
        .hasMessageContaining("authority")
        .hasMessageContaining("write");
    fixture.authorityFaults.failAlways();
    assertThat(get(stack, "k"))
        .as("served by the heap while the authority is down")
        .isEqualTo("old");
    fixture.heap.clear();
    assertThat(get(stack, "k")).as("served by the upper tier").isEqualTo("old");
    fixture.authorityFaults.heal();
    assertThat(fixture.stored(fixture.authorityMemory, "k")).isEqualTo("old");
  }

  @Test
  void aSilentAuthorityIsAnErrorAndNoMiss() {
    fixture.authorityFaults.failAlways(Operation.LOOKUP);
    assertThatThrownBy(() -> stack.get("absent"))
        .isInstanceOf(TierUnavailableException.class)
        .hasMessageContaining("read");
    assertThat(stack.statistics().get(2).skips()).isEqualTo(1);
    assertThat(stack.statistics().get(2).misses()).isZero();
  }

  @Test
  void i1_aBodyThatBreaksOffIsNotPromoted() throws Exception {
    put(stack, "k", "v");
    fixture.heap.clear();
    fixture.upperMemory.clear();
    fixture.authorityFaults.failAlways(Operation.READ);
    assertThatThrownBy(() -> stack.get("k")).isInstanceOf(TierUnavailableException.class);
    assertThat(stack.statistics().get(2).skips()).isEqualTo(1);
    fixture.authorityFaults.heal();
    assertThat(fixture.heap.peek("k")).isNull();
    assertThat(fixture.stored(fixture.upperMemory, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo("v");
  }

  @Test
  void i4_aValueTooLargeForTheUpperTierPurgesItsOldCopy() throws Exception {
    MemoryTier small = new MemoryTier("small", fixture.clock, 4);
    Stack<String, String> stackOfSmall =
        fixture.tiered(null, null, new FaultyTier(small), fixture.authority);
    put(stackOfSmall, "k", "old");
    assertThat(fixture.stored(small, "k")).isNotNull();
    put(stackOfSmall, "k", "much longer");
    assertThat(fixture.stored(small, "k")).isNull();
    assertThat(get(stackOfSmall, "k")).isEqualTo("much longer");
  }

  @Test
  void aValueTooLargeForTheAuthorityIsRefusedAndThePreviousOneKept() {
    MemoryTier small = new MemoryTier("small", fixture.clock, 4);
    Stack<String, String> stackOfSmall = fixture.tiered(fixture.heap, null, small);
    put(stackOfSmall, "k", "old");
    assertThatThrownBy(() -> put(stackOfSmall, "k", "much longer"))
        .isInstanceOf(EntryTooLargeException.class)
        .hasMessageContaining("raise small.max-entry-size");
    assertThat(get(stackOfSmall, "k")).isEqualTo("old");
  }

  @Test
  void i11_anEntryThatIsPurgedWhileItsBodyIsReadIsAMissOrTheNewerOne() throws Exception {
    for (String newer : new String[] {null, "new"}) {
      put(stack, "k", "old");
      fixture.heap.clear();
      fixture.upperMemory.clear();
      long missesBefore = stack.statistics().get(2).misses();
      Pause pause = fixture.authority.pauseNext(Point.AFTER_LOOKUP);
      CompletableFuture<@Nullable String> reader = inThread(() -> get(stack, "k"));
      pause.awaitReached();
      fixture.authorityMemory.purge(fixture.encoded("k"), PurgeReason.CORRUPTION, Condition.ALWAYS);
      if (newer != null) {
        EntryHeader header = Entries.header(fixture.encoded("k"));
        Entries.put(
            fixture.authorityMemory,
            EntryHeader.of(header.key(), 0, EntryHeader.NEVER, fixture.values.id(), Metadata.NONE),
            fixture.values.encode(newer),
            Condition.ALWAYS);
      }
      fixture.authorityFaults.failNext(Operation.READ);
      pause.release();
      assertThat(await(reader)).isEqualTo(newer);
      assertThat(stack.statistics().get(2).misses() - missesBefore)
          .isEqualTo(newer == null ? 1 : 0);
    }
  }

  @Test
  void questionsThatAreNoReadsAreNotCounted() throws Exception {
    stack.put("k", "v", StackFixture.START_MILLIS + 10);
    fixture.heap.clear();
    fixture.upperMemory.clear();
    assertThat(stack.contains("k")).isTrue();
    assertThat(stack.contains("absent")).isFalse();
    assertThat(stack.remove("absent")).isFalse();
    assertThat(stack.remove("k")).isTrue();
    stack.put("k", "v", StackFixture.START_MILLIS + 10);
    fixture.now.addAndGet(10);
    assertThat(stack.contains("k")).isFalse();
    assertThat(fixture.expired).containsExactly("k=v");
    assertThat(stack.statistics().get(2).hits()).isZero();
    assertThat(stack.statistics().get(2).misses()).isZero();
    assertThat(fixture.authorityFaults.calls()).isPositive();
  }

  @Test
  void i11_bytesThatCannotBeDecodedArePurgedAndCountAsAMiss() throws Exception {
    EntryHeader foreign = Entries.header(fixture.encoded("k"));
    Entries.put(fixture.authorityMemory, foreign, new byte[] {1}, Condition.ALWAYS);
    assertThat(stack.get("k")).isNull();
    assertThat(fixture.stored(fixture.authorityMemory, "k")).isNull();
    assertThat(stack.statistics().get(2).corruptions()).isEqualTo(1);
  }

  @Test
  void i11_aKeyThatCannotBeDecodedIsPurgedAndEndsNoWalk() throws Exception {
    put(stack, "before", "1");
    Entries.put(fixture.authorityMemory, Entries.key("no key of this codec"), new byte[1]);
    put(stack, "after", "2");
    Set<String> walked = new HashSet<>();
    stack.iterator().forEachRemaining(entry -> walked.add(entry.getKey()));
    assertThat(walked).containsExactlyInAnyOrder("before", "after");
    assertThat(Entries.headerOf(fixture.authorityMemory, Entries.key("no key of this codec")))
        .isNull();
  }

  @Test
  void aTouchThatFailsIsToldAndChangesNothing() {
    stack.put("k", "v", StackFixture.START_MILLIS + 10);
    Resident<String> resident = stack.get("k");
    assertThat(resident).isNotNull();
    fixture.authorityFaults.failNext(Operation.UPDATE_HEADER);
    assertThatThrownBy(() -> stack.touch("k", resident, StackFixture.START_MILLIS + 99))
        .isInstanceOf(TierUnavailableException.class);
    assertThat(resident.expiresAtMillis()).isEqualTo(StackFixture.START_MILLIS + 10);
  }

  @Test
  void i4_copiesThatOutlivedTheirEntryAtTheAuthorityAreRemoved() throws Exception {
    evictAtTheAuthority();
    assertThat(stack.remove("k")).isFalse();
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i8_copiesThatOutlivedTheirEntryAtTheAuthorityAreRefusedOnceAndThenGone() throws Exception {
    evictAtTheAuthority();
    assertThat(stack.compareAndSet("k", stack.get("k"), "w", EntryHeader.NEVER)).isFalse();
    assertThat(stack.get("k")).isNull();

    evictAtTheAuthority();
    assertThat(stack.remove("k", stack.get("k"))).isFalse();
    assertThat(stack.get("k")).isNull();
    assertThat(stack.compareAndSet("k", null, "w", EntryHeader.NEVER)).isTrue();
    assertThat(get(stack, "k")).isEqualTo("w");
  }

  private void evictAtTheAuthority() throws Exception {
    put(stack, "k", "v");
    fixture.authorityMemory.purge(fixture.encoded("k"), PurgeReason.EVICTION, Condition.ALWAYS);
    assertThat(get(stack, "k")).isEqualTo("v");
  }

  @Test
  void aLoadedValueThatCannotBeStoredIsReturnedAllTheSame() {
    MemoryTier small = new MemoryTier("small", fixture.clock, 4);
    Stack<String, String> stackOfSmall = fixture.tiered(fixture.heap, null, small);
    StackFixture.FixedLoader loader = new StackFixture.FixedLoader(() -> "much longer");
    assertThat(stackOfSmall.getOrLoad("k", loader).value()).isEqualTo("much longer");
    fixture.authorityFaults.failAlways(Operation.COMMIT);
    assertThat(stack.getOrLoad("k", loader).value()).isEqualTo("much longer");
    assertThat(loader.stored).isEmpty();
    assertThat(fixture.heap.peek("k")).isNull();
  }
}
