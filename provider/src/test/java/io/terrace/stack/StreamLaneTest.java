package io.terrace.stack;

import static io.terrace.stack.StreamFixture.get;
import static io.terrace.stack.StreamFixture.put;
import static io.terrace.tier.Entries.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.AbortReason;
import io.terrace.Metadata;
import io.terrace.PromotionPolicy;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lanes that are slow, stand still, or outlive what they were opened for. */
class StreamLaneTest {
  private static final int CHUNK = 64 << 10;
  private long laggedBefore;
  private static final StreamSettings IMPATIENT =
      StreamSettings.DEFAULTS.withChunkBytes(CHUNK).withLaneTimeout(Duration.ofMillis(5));

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final StreamFixture fixture = new StreamFixture();
  private final HookedTier middle = new HookedTier(fixture.middle);
  private final HookedTier authority = new HookedTier(fixture.authority);
  private final byte[] old = bytes(1, 1000);
  private final byte[] body = bytes(2, 10 * CHUNK + 1);
  private StreamStack<String> stack = stack(IMPATIENT);

  /** For tests in which no lane is to be left behind, however slow the machine. */
  private void bePatient() {
    stack = stack(StreamSettings.DEFAULTS.withChunkBytes(CHUNK).withLaneTimeout(PATIENCE));
  }

  private StreamStack<String> stack(StreamSettings settings) {
    return fixture.stack(settings, PromotionPolicy.ALWAYS, fixture.top, middle, authority);
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    fixture.assertNothingLeft(stack);
    stack.close();
  }

  private void putBelow(byte[] value) throws Exception {
    put(stack, "k", value);
    StreamFixture.awaitIdle(stack);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
  }

  /**
   * Holds the middle tier at its next call, before which a lane may have lagged on a busy machine:
   * what such a lane still does must not be what is held.
   */
  private HookedTier.Gate gate(Operation operation) throws InterruptedException {
    fixture.assertNothingLeft(stack);
    laggedBefore = lagged();
    return middle.gate(operation);
  }

  private long lagged() {
    return stack.statistics().get(1).abortedByReason().get(AbortReason.LAGGED);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, CHUNK, 10 * CHUNK + 1})
  void i2_aWriterGoesOnWithoutATierThatStandsStill(int size) throws Exception {
    put(stack, "k", old);
    byte[] written = bytes(3, size);
    HookedTier.Gate gate = gate(Operation.WRITE);
    put(stack, "k", written);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(written);
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo(written);
    assertThat(lagged() - laggedBefore).isEqualTo(1);
    gate.open();
    fixture.assertNothingLeft(stack);
    assertThat(fixture.stored(fixture.middle, "k")).isNull(); // it never commits
  }

  @Test
  void i2_aReaderGoesOnWithoutATierThatStandsStill() throws Exception {
    putBelow(body);
    HookedTier.Gate gate = gate(Operation.WRITE);
    assertThat(get(stack, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    gate.open();
    fixture.assertNothingLeft(stack);
    assertThat(lagged() - laggedBefore).isEqualTo(1);
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
  }

  @Test
  void i2_nobodyWaitsForAPromotionThatStandsStillAtItsCommitButWhoChangesTheKey() throws Exception {
    bePatient();
    putBelow(old);
    HookedTier.Gate gate = gate(Operation.COMMIT);
    assertThat(get(stack, "k")).isEqualTo(old);
    gate.awaitReached();
    assertThat(get(stack, "k")).isEqualTo(old);
    fixture.topMemory.clear();
    assertThat(get(stack, "k")).isEqualTo(old);
    put(stack, "other", old);
    CompletableFuture<Boolean> writing =
        StackFixture.inThread(
            () -> {
              put(stack, "k", body);
              return true;
            });
    gate.open(); // as long as the tier's own time-outs
    StackFixture.await(writing);
    fixture.assertNothingLeft(stack);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  @Test
  void i3_aWriterComesBetweenTheLastByteAndTheCommitOfALane() throws Exception {
    bePatient();
    putBelow(old);
    HookedTier.Gate gate = gate(Operation.WRITE);
    assertThat(get(stack, "k")).isEqualTo(old);
    gate.awaitReached();
    put(stack, "k", body); // the lane of the old value is still at its first chunk
    gate.open();
    fixture.assertNothingLeft(stack);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
  }

  @Test
  void i10_aLaneThatStandsStillForEverHoldsNobodyAtTheClose() throws Exception {
    put(stack, "k", old);
    HookedTier.Gate gate = gate(Operation.WRITE);
    put(stack, "k", body);
    StackFixture.await(
        StackFixture.inThread(
            () -> {
              stack.close();
              return true;
            }));
    gate.open();
  }

  @Test
  void i10_whatIsReadAfterTheCloseEndsItsLanes() throws Exception {
    putBelow(old);
    StreamValue value = stack.get("k").value();
    fixture.threads.shutdown(); // the tiers are still there
    try (value) {
      ByteBuffer read = ByteBuffer.allocate(old.length);
      ReadableByteChannel channel = value.channel();
      while (read.hasRemaining()) {
        assertThat(channel.read(read)).isPositive();
      }
    }
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"OPEN_WRITE", "WRITE", "AMEND", "COMMIT"})
  void i2_aBugOfATierEndsItsLaneAndNothingElse(Operation operation) throws Exception {
    put(stack, "k", old);
    fixture.assertNothingLeft(stack); // a lane that lagged must not be the one that meets the bug
    middle.before(operation, StreamLaneTest::bug);
    put(stack, "k", body);
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo(body);
  }

  private static void bug() {
    throw new IllegalStateException("a bug of the tier");
  }

  @Test
  void i6_aQueueHoldsFourChunksAtMost() {
    SteppingExecutor executor = new SteppingExecutor();
    executor.defer(() -> true);
    ChunkPool pool = new ChunkPool(CHUNK);
    OptionalTier tier = new OptionalTier(fixture.middle);
    EntryHeader header =
        EntryHeader.of(
            fixture.encoded("k"), 0, EntryHeader.NEVER, StreamStack.CODEC_ID, Metadata.NONE);
    QueuedLane lane =
        new QueuedLane(new Lane(tier, header), executor, TimeUnit.MILLISECONDS.toNanos(5));
    for (int i = 0; i < 4; i++) {
      lane.offer(new SharedChunk(pool, ByteBuffer.allocate(1), 1));
      assertThat(lane.givenUp()).isNull();
    }
    lane.offer(new SharedChunk(pool, ByteBuffer.allocate(1), 1));
    assertThat(lane.givenUp()).isEqualTo(AbortReason.LAGGED);
    assertThat(pool.keptCount()).isEqualTo(5); // every chunk came back
    List<String> ended = new ArrayList<>();
    lane.end(() -> ended.add("end"));
    executor.runAll();
    assertThat(ended).containsExactly("end");
    assertThat(fixture.middleMemory.openHandles()).isZero();
  }

  @Test
  void i10_aLaneGivenUpJustAsItsPromotionEndsIsTold() {
    // The promotion ends while the lane is aborted: neither may leave the other to do it.
    SteppingExecutor executor = new SteppingExecutor();
    executor.defer(() -> true);
    List<String> ended = new ArrayList<>();
    QueuedLane[] lane = new QueuedLane[1];
    Lane aborted =
        new Lane(new OptionalTier(fixture.middle), header()) {
          @Override
          void abort(AbortReason reason) {
            lane[0].end(() -> ended.add("end"));
            super.abort(reason);
          }
        };
    lane[0] = new QueuedLane(aborted, executor, 1);
    for (int i = 0; i < 5; i++) {
      lane[0].offer(new SharedChunk(new ChunkPool(CHUNK), ByteBuffer.allocate(1), 1));
    }
    executor.runAll();
    assertThat(ended).containsExactly("end");
  }

  private EntryHeader header() {
    return EntryHeader.of(
        fixture.encoded("k"), 0, EntryHeader.NEVER, StreamStack.CODEC_ID, Metadata.NONE);
  }

  // Several at once

  @Test
  void i3_twoReadersReadAndOnePromotes() throws Exception {
    bePatient();
    putBelow(body);
    long before = stack.statistics().get(0).promotions();
    try (StreamValue one = stack.get("k").value();
        StreamValue other = stack.get("k").value()) {
      ReadableByteChannel first = one.channel();
      ReadableByteChannel second = other.channel();
      ByteBuffer part = ByteBuffer.allocate(CHUNK);
      int ends = 0;
      while (ends < 2) {
        ends = first.read(part.clear()) < 0 ? 1 : 0;
        ends += second.read(part.clear()) < 0 ? 1 : 0;
      }
    }
    fixture.assertNothingLeft(stack);
    assertThat(stack.statistics().get(0).promotions()).isEqualTo(before + 1);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(body);
  }

  @Test
  void i3_aReaderTakesOverFromOneThatStoppedAndBothMayEnd() throws Exception {
    putBelow(body);
    try (StreamValue slow = stack.get("k").value()) {
      ReadableByteChannel channel = slow.channel();
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(1);
      long stopped = System.nanoTime();
      StreamFixture.await(
          () -> System.nanoTime() - stopped > IMPATIENT.laneTimeout().toNanos() * 20, "time stops");
      assertThat(get(stack, "k")).isEqualTo(body);
      assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
      while (channel.read(ByteBuffer.allocate(CHUNK)) >= 0) {
        // to the end, after somebody else committed the same version
      }
    }
    fixture.assertNothingLeft(stack);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
  }

  @Test
  void i10_aValueIsClosedWhileAnotherThreadReadsIt() throws Exception {
    putBelow(body);
    StreamValue value = stack.get("k").value();
    ReadableByteChannel channel = value.channel();
    assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(1);
    HookedTier.Gate gate = authority.gate(Operation.READ);
    CompletableFuture<Integer> reader =
        StackFixture.inThread(
            () -> {
              try {
                return channel.read(ByteBuffer.allocate(2 * body.length));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    gate.awaitReached();
    value.close(); // does not wait for the tier
    StreamFixture.awaitIdle(stack);
    gate.open();
    assertThatThrownBy(() -> StackFixture.await(reader)).hasRootCauseInstanceOf(IOException.class);
    assertThat(fixture.stored(fixture.top, "k")).isNull();
  }

  @Test
  void i10_aLazyValueIsClosedWhileAnotherThreadOpensIt() throws Exception {
    put(stack, "k", old);
    Resident<StreamValue> found = stack.find("k");
    StreamValue lazy = stack.handle(stack.retained("k", found));
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    HookedTier.Gate gate = authority.gate(Operation.LOOKUP);
    CompletableFuture<Integer> reader =
        StackFixture.inThread(
            () -> {
              try {
                return lazy.read(0, ByteBuffer.allocate(10));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    gate.awaitReached();
    lazy.close();
    gate.open();
    assertThatThrownBy(() -> StackFixture.await(reader)).hasRootCauseInstanceOf(IOException.class);
  }

  // Filling on a range

  @Test
  void aRangeFillsOnceHoweverManyAreRead() throws Exception {
    stack = stack(IMPATIENT.withLaneTimeout(PATIENCE).fillingOnRange());
    putBelow(body);
    long before = stack.statistics().get(0).promotions();
    HookedTier.Gate gate = gate(Operation.OPEN_WRITE);
    List<StreamValue> readers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      StreamValue value = stack.get("k").value();
      readers.add(value);
      assertThat(value.range(i, 5).readAllBytes()).hasSize(5);
      assertThat(value.range(i, 5).readAllBytes()).hasSize(5);
    }
    gate.awaitReached();
    gate.open();
    for (StreamValue reader : readers) {
      assertThat(reader.range(7, 5).readAllBytes()).hasSize(5);
      reader.close();
    }
    fixture.assertNothingLeft(stack);
    assertThat(stack.statistics().get(0).promotions()).isEqualTo(before + 1);
    assertThat(fixture.stored(fixture.top, "k")).isEqualTo(body);
    long hits = stack.statistics().get(2).hits();
    try (StreamValue value = stack.get("k").value()) {
      assertThat(value.range(0, 5).readAllBytes()).hasSize(5); // out of the top: nothing to fill
    }
    fixture.assertNothingLeft(stack);
    assertThat(stack.statistics().get(2).hits()).isEqualTo(hits);
  }

  @Test
  void aRangeFillsNothingThatIsNotAdmitted() throws Exception {
    stack = stack(IMPATIENT.withLaneTimeout(PATIENCE).fillingOnRange());
    byte[] large = bytes(4, StreamFixture.TIER_BYTES + 1);
    put(stack, "k", large);
    long hits = stack.statistics().get(2).hits();
    try (StreamValue value = stack.get("k").value()) {
      assertThat(value.range(0, 5).readAllBytes()).hasSize(5);
    }
    fixture.assertNothingLeft(stack);
    assertThat(stack.statistics().get(2).hits()).isEqualTo(hits + 1);
  }

  // Handles that nobody closes

  @Test
  void i10_aForgottenValueIsReclaimed() throws Exception {
    putBelow(body);
    forgetValue();
    awaitReclaimed();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
  }

  private void forgetValue() throws IOException {
    assertThat(stack.get("k").value().channel().read(ByteBuffer.allocate(10))).isEqualTo(10);
  }

  @Test
  void i10_aForgottenWriteIsReclaimed() throws Exception {
    put(stack, "k", old);
    forgetWrite();
    awaitReclaimed();
    assertThat(get(stack, "k")).isEqualTo(old);
  }

  private void forgetWrite() {
    stack.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH).write(ByteBuffer.wrap(body));
  }

  private void awaitReclaimed() throws InterruptedException {
    StreamFixture.await(
        () -> {
          System.gc();
          return stack.isIdle() && fixture.authorityMemory.openHandles() == 0;
        },
        "a forgotten handle is never reclaimed");
  }
}
