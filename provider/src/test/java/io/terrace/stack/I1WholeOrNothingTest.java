package io.terrace.stack;

import static io.terrace.stack.StreamFixture.get;
import static io.terrace.stack.StreamFixture.put;
import static io.terrace.tier.Entries.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.AbortReason;
import io.terrace.EntryTooLargeException;
import io.terrace.PromotionPolicy;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TierUnavailableException;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.FaultyTier.Effect;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.TierCapabilities.Scope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.cache.CacheException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader, a lane, the authority or a source that stops or fails leaves in the tiers. */
class I1WholeOrNothingTest {
  private static final int CHUNK = 64 << 10;
  private static final int BODY = 3 * CHUNK + 100;
  private static final StreamSettings SETTINGS = StreamFixture.PATIENT.withChunkBytes(CHUNK);

  private final StreamFixture fixture = new StreamFixture();
  private final byte[] old = bytes(1, 1000);
  private final byte[] body = bytes(2, BODY);
  private StreamStack<String> stack =
      fixture.stack(
          SETTINGS, PromotionPolicy.ALWAYS, fixture.top, fixture.middle, fixture.authority);

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    fixture.assertNothingLeft(stack);
    stack.close();
  }

  private void putBelow(byte[] value) throws IOException, InterruptedException {
    put(stack, "k", value);
    StreamFixture.awaitIdle(stack);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
  }

  private long aborted(int tier, AbortReason reason) {
    return stack.statistics().get(tier).abortedByReason().get(reason);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, BODY - 1})
  void i1_aReaderThatStopsBeforeTheEndPromotesNothing(int count) throws Exception {
    putBelow(body);
    try (StreamValue value = stack.get("k").value()) {
      readSome(value.channel(), count);
    }
    StreamFixture.awaitIdle(stack);
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    assertThat(aborted(0, AbortReason.INCOMPLETE)).isEqualTo(count == 0 ? 0 : 1);
    assertThat(aborted(1, AbortReason.INCOMPLETE)).isEqualTo(count == 0 ? 0 : 1);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  private static void readSome(ReadableByteChannel channel, int count) throws IOException {
    ByteBuffer part = ByteBuffer.allocate(count);
    while (part.hasRemaining()) {
      assertThat(channel.read(part)).isPositive();
    }
  }

  @Test
  void i1_theLastByteCompletesThePromotionWithoutTheEndBeingRead() throws Exception {
    putBelow(body);
    try (StreamValue value = stack.get("k").value()) {
      readSome(value.channel(), BODY);
    }
    StreamFixture.awaitIdle(stack);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
  }

  @Test
  void i1_zeroBytesAreWholeOnceTheEndIsRead() throws Exception {
    putBelow(new byte[0]);
    try (StreamValue value = stack.get("k").value()) {
      assertThat(value.length()).isZero();
    }
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(get(stack, "k")).isEmpty();
    StreamFixture.awaitIdle(stack);
    assertThat(fixture.stored(fixture.top, "k")).isEmpty();
    assertThat(fixture.stored(fixture.middle, "k")).isEmpty();
  }

  @Test
  void i1_rangesBesideAPartOfTheForwardReadingPromoteNothing() throws Exception {
    putBelow(body);
    try (StreamValue value = stack.get("k").value()) {
      readSome(value.channel(), CHUNK);
      assertThat(value.range(CHUNK, BODY).readAllBytes()).hasSize(BODY - CHUNK);
    }
    StreamFixture.awaitIdle(stack);
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
  }

  static Stream<Arguments> laneFailures() {
    List<Arguments> all = new ArrayList<>();
    for (boolean queued : new boolean[] {false, true}) {
      for (int call = 1; call <= 7; call++) {
        for (Effect effect : Effect.values()) {
          all.add(Arguments.of(queued, call, effect));
        }
      }
    }
    return all.stream();
  }

  private FaultyTier upper(boolean queued) {
    return queued ? fixture.middleFaults : fixture.topFaults;
  }

  private MemoryTier upperMemory(boolean queued) {
    return queued ? fixture.middleMemory : fixture.topMemory;
  }

  /** The calls are: openWrite, four times write, amend, commitAs. */
  @ParameterizedTest
  @MethodSource("laneFailures")
  void i1_aLaneThatFailsAtAnyCallOfAWriteLeavesNothingOfIt(boolean queued, int call, Effect effect)
      throws Exception {
    put(stack, "k", old);
    upper(queued).withEffect(effect).failCall(call);
    put(stack, "k", body);
    upper(queued).heal();
    assertThat(upper(queued).failures()).isEqualTo(1);
    assertThat(fixture.stored(fixture.authority, "k")).isEqualTo(body);
    assertThat(fixture.stored(upperMemory(queued), "k")).isNull();
    assertThat(fixture.stored(upperMemory(!queued), "k")).isEqualTo(body);
    assertThat(aborted(queued ? 1 : 0, AbortReason.FAILED)).isEqualTo(1);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  /** The first call is the lookup; then openWrite, four times write, amend, commitAs. */
  @ParameterizedTest
  @MethodSource("laneFailures")
  void i1_aLaneThatFailsAtAnyCallOfAPromotionLeavesNothingOfIt(
      boolean queued, int call, Effect effect) throws Exception {
    putBelow(body);
    upper(queued).withEffect(effect).failCall(1 + call);
    assertThat(get(stack, "k")).isEqualTo(body);
    StreamFixture.awaitIdle(stack);
    boolean fails = upper(queued).failures() == 1;
    upper(queued).heal();
    // In line, a tier gets chunks as they are read, which may be fewer than the four of a queue.
    assertThat(fails || !queued).isTrue();
    assertThat(fixture.stored(upperMemory(queued), "k")).isEqualTo(fails ? null : body);
    assertThat(fixture.stored(upperMemory(!queued), "k")).isEqualTo(body);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  /** The calls are: openWrite, four times write, amend, commit. */
  @ParameterizedTest
  @CsvSource({
    "1, NOT_DONE",
    "1, DONE",
    "2, NOT_DONE",
    "3, DONE",
    "5, NOT_DONE",
    "5, DONE",
    "6, NOT_DONE",
    "6, DONE"
  })
  void i1_anAuthorityThatFailsBeforeTheCommitLeavesEverythingAsItWas(int call, Effect effect)
      throws Exception {
    put(stack, "k", old);
    // The old copies may go, where nobody can tell what was done, but never the old value.
    fixture.authorityFaults.withEffect(effect).failCall(call);
    assertThatThrownBy(() -> put(stack, "k", body)).isInstanceOf(TierUnavailableException.class);
    fixture.authorityFaults.heal();
    StreamFixture.awaitIdle(stack);
    for (MemoryTier tier : List.of(fixture.topMemory, fixture.middleMemory)) {
      assertThat(fixture.stored(tier, "k")).isIn(old, null);
    }
    assertThat(fixture.stored(fixture.authority, "k")).isEqualTo(old);
    assertThat(get(stack, "k")).isEqualTo(old);
  }

  @ParameterizedTest
  @CsvSource({"NOT_DONE", "DONE"})
  void i4_anAuthorityThatFailsAtTheCommitLeavesTheTiersAboveWithoutTheKey(Effect effect)
      throws Exception {
    put(stack, "k", old);
    fixture.authorityFaults.withEffect(effect).failNext(Operation.COMMIT);
    assertThatThrownBy(() -> put(stack, "k", body)).isInstanceOf(TierUnavailableException.class);
    fixture.authorityFaults.heal();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo(effect == Effect.DONE ? body : old);
  }

  @Test
  void i1_anAuthorityThatFailsWhileItIsReadPromotesNothing() throws Exception {
    for (Operation operation : List.of(Operation.LOOKUP, Operation.READ)) {
      putBelow(body);
      fixture.authorityFaults.failNext(operation);
      assertThatThrownBy(() -> get(stack, "k"))
          .isInstanceOfAny(IOException.class, TierUnavailableException.class);
      StreamFixture.awaitIdle(stack);
      assertThat(fixture.stored(fixture.top, "k")).isNull();
      assertThat(fixture.stored(fixture.middle, "k")).isNull();
    }
    for (int read : new int[] {1, CHUNK, BODY - 1}) {
      putBelow(body);
      try (StreamValue value = stack.get("k").value()) {
        ReadableByteChannel channel = value.channel();
        readSome(channel, read);
        fixture.authorityFaults.failNext(Operation.READ);
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(CHUNK)))
            .isInstanceOf(IOException.class);
        while (channel.read(ByteBuffer.allocate(CHUNK)) >= 0) {
          // a reader that goes on after a failure has a hole, and so has what it passed on
        }
      }
      StreamFixture.awaitIdle(stack);
      assertThat(fixture.stored(fixture.top, "k")).isNull();
      assertThat(fixture.stored(fixture.middle, "k")).isNull();
    }
  }

  /** A source of so many bytes that says it has as many as the body. */
  private StreamValue source(int count, boolean fails) {
    InputStream in =
        new ByteArrayInputStream(Arrays.copyOf(body, count)) {
          @Override
          public synchronized int read(byte[] target, int offset, int length) {
            int read = super.read(target, offset, length);
            if (read < 0 && fails) {
              throw new IllegalStateException("the source fails");
            }
            return read;
          }
        };
    return StreamValue.of(in, BODY);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, CHUNK, BODY - 1, BODY + 1})
  void i1_aSourceOfAnotherLengthThanItSaysIsNotStored(int count) throws Exception {
    put(stack, "k", old);
    assertThatThrownBy(() -> put(stack, "k", source(count, false), EntryHeader.NEVER))
        .isInstanceOf(CacheException.class)
        .isNotInstanceOf(TierUnavailableException.class);
    assertEverywhere(old);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, BODY - 1})
  void i1_aSourceThatFailsIsNotStored(int count) throws Exception {
    put(stack, "k", old);
    assertThatThrownBy(() -> put(stack, "k", source(count, true), EntryHeader.NEVER))
        .hasMessageContaining("the source fails");
    assertEverywhere(old);
  }

  private void assertEverywhere(byte[] expected) throws Exception {
    StreamFixture.awaitIdle(stack);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(expected);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(expected);
    assertThat(get(stack, "k")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"true, -1", "true, 0", "true, 1", "false, -1", "false, 0", "false, 1"})
  void i4_oversizeAboveLeavesNothingOfTheKeyThere(boolean declared, int beyond) throws Exception {
    MemoryTier small = new MemoryTier("small", fixture.clock, 2 * CHUNK).withScope(Scope.MACHINE);
    MemoryTier tiny = new MemoryTier("tiny", fixture.clock, 2 * CHUNK);
    stack = fixture.stack(SETTINGS, PromotionPolicy.ALWAYS, tiny, small, fixture.authority);
    put(stack, "k", old);
    byte[] large = bytes(3, 2 * CHUNK + beyond);
    InputStream in = new ByteArrayInputStream(large);
    put(stack, "k", StreamValue.of(in, declared ? large.length : -1), EntryHeader.NEVER);
    assertThat(fixture.stored(tiny, "k")).isEqualTo(beyond > 0 ? null : large);
    assertThat(fixture.stored(small, "k")).isEqualTo(beyond > 0 ? null : large);
    assertThat(aborted(0, AbortReason.OVERSIZE)).isEqualTo(beyond > 0 ? 1 : 0);
    assertThat(aborted(1, AbortReason.OVERSIZE)).isEqualTo(beyond > 0 ? 1 : 0);
    assertThat(get(stack, "k")).isEqualTo(large);
    StreamFixture.awaitIdle(stack);
    assertThat(small.openHandles() + tiny.openHandles()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"true, -1", "true, 0", "true, 1", "false, -1", "false, 0", "false, 1"})
  void i1_oversizeForTheAuthorityIsRefusedAndTheOldValueServed(boolean declared, int beyond)
      throws Exception {
    MemoryTier lowest = new MemoryTier("lowest", fixture.clock, 2 * CHUNK).withScope(Scope.MACHINE);
    stack = fixture.stack(SETTINGS, PromotionPolicy.ALWAYS, fixture.top, fixture.middle, lowest);
    put(stack, "k", old);
    byte[] large = bytes(3, 2 * CHUNK + beyond);
    StreamValue source =
        StreamValue.of(new ByteArrayInputStream(large), declared ? large.length : -1);
    if (beyond > 0) {
      assertThatThrownBy(() -> put(stack, "k", source, EntryHeader.NEVER))
          .isInstanceOf(EntryTooLargeException.class);
      assertEverywhere(old);
    } else {
      put(stack, "k", source, EntryHeader.NEVER);
      assertEverywhere(large);
    }
    assertThat(lowest.openHandles()).isZero();
  }
}
