package io.terrace.stack;

import static io.terrace.stack.StreamFixture.get;
import static io.terrace.stack.StreamFixture.put;
import static io.terrace.tier.Entries.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.MetadataUpdate;
import io.terrace.PromotionPolicy;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.StreamSettings;
import io.terrace.StreamValue;
import io.terrace.TierUnavailableException;
import io.terrace.Waiting;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.FaultyTier.Effect;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.Resident;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A key changes at each step of a promotion and of a write of it. */
class StreamChangeTest {
  private static final int CHUNK = 64 << 10;
  private static final StreamSettings SETTINGS = StreamFixture.PATIENT.withChunkBytes(CHUNK);
  private static final Metadata OTHER = new Metadata("text/plain", Set.of(), Map.of("a", "b"));
  private static final long LATER = StreamFixture.START_MILLIS + 1_000;

  private final StreamFixture fixture = new StreamFixture();
  private final SteppingExecutor executor = new SteppingExecutor();
  private final HookedTier authority = new HookedTier(fixture.authority);
  private final HookedTier middle = new HookedTier(fixture.middle);
  private final byte[] old = bytes(1, 3 * CHUNK + 100);
  private final byte[] fresh = bytes(2, 500);
  private final StreamStack<String> stack =
      fixture.stack(SETTINGS, PromotionPolicy.ALWAYS, executor, fixture.top, middle, authority);

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    executor.runAll();
    fixture.assertNothingLeft(stack);
    stack.close();
  }

  /** How the key changes. */
  enum Change {
    NONE,
    REPLACE,
    COMPARE_AND_SET,
    REMOVE,
    REMOVE_SAME,
    CLEAR,
    TOUCH,
    UPDATE,
    MAKE_STALE,
    EXPIRE,
    EVICT_ABOVE,
    PURGE,
    PURGE_SOFTLY,
    PURGE_PREFIX
  }

  /** When, while the old value is read. */
  enum Reading {
    BEFORE_FIRST_BYTE,
    IN_THE_MIDDLE,
    BEFORE_LAST_BYTE,
    BEFORE_LANES_COMMIT
  }

  /** When, while the old value is written. */
  enum Writing {
    BEFORE_FIRST_BYTE,
    IN_THE_MIDDLE,
    AFTER_LAST_BYTE,
    BEFORE_COMMIT_BELOW,
    AFTER_COMMIT_BELOW,
    BEFORE_COMMIT_ABOVE
  }

  static Stream<Arguments> changesWhileReading() {
    List<Arguments> all = new ArrayList<>();
    for (Change change : Change.values()) {
      for (Reading step : Reading.values()) {
        all.add(Arguments.of(change, step));
      }
    }
    return all.stream();
  }

  private void make(Change change) {
    try {
      switch (change) {
        case NONE -> {}
        case REPLACE -> put(stack, "k", fresh);
        case COMPARE_AND_SET -> {
          StreamValue staged = stack.stage("k", StreamValue.of(fresh));
          assertThat(stack.compareAndSet("k", stack.find("k"), staged, EntryHeader.NEVER)).isTrue();
          stack.discard(staged);
        }
        case REMOVE -> stack.remove("k");
        case REMOVE_SAME -> {
          Resident<StreamValue> found = stack.find("k");
          while (found != null && !stack.remove("k", found)) {
            found = stack.find("k");
          }
        }
        case CLEAR -> stack.clear();
        case TOUCH -> {
          Resident<StreamValue> found = stack.find("k");
          if (found != null) {
            stack.touch("k", found, LATER);
          }
        }
        case UPDATE -> update(new HeaderUpdate(null, OTHER, null));
        case MAKE_STALE -> update(new HeaderUpdate(null, null, Freshness.STALE));
        case EXPIRE -> {
          update(HeaderUpdate.expireAt(fixture.now.get() + 1));
          fixture.now.addAndGet(1);
          assertThat(stack.get("k")).isNull();
        }
        case PURGE -> stack.operations().purge("k", PurgeReason.INVALIDATION, Set.of());
        case PURGE_SOFTLY -> stack.operations().purge("k", PurgeMode.SOFT);
        case PURGE_PREFIX -> stack.operations().purgePrefix("k", PurgeMode.HARD);
        case EVICT_ABOVE -> {
          for (MemoryTier tier : List.of(fixture.topMemory, fixture.middleMemory)) {
            tier.purge(fixture.encoded("k"), PurgeReason.EVICTION, Condition.ALWAYS);
          }
        }
        default -> throw new IllegalArgumentException(change.name());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void update(HeaderUpdate update) {
    Resident<StreamValue> found = stack.find("k");
    if (found != null) {
      assertThat(stack.update(fixture.encoded("k"), found.version(), update)).isTrue();
    }
  }

  /** Each upper tier holds what the authority does, or nothing that may be served. */
  private void assertNoLeftover() {
    EntryHeader truth = Entries.headerOf(fixture.authorityMemory, fixture.encoded("k"));
    for (MemoryTier tier : List.of(fixture.topMemory, fixture.middleMemory)) {
      EntryHeader copy = Entries.headerOf(tier, fixture.encoded("k"));
      if (copy != null && !copy.isExpiredAt(fixture.now.get())) {
        assertThat(copy).as(tier.name()).isEqualTo(truth);
      }
    }
  }

  private byte[] expectedAfter(Change change) {
    return switch (change) {
      case NONE, TOUCH, UPDATE, EVICT_ABOVE -> old;
      case REPLACE, COMPARE_AND_SET -> fresh;
      case REMOVE, REMOVE_SAME, CLEAR, EXPIRE, MAKE_STALE, PURGE, PURGE_SOFTLY, PURGE_PREFIX ->
          null;
    };
  }

  @ParameterizedTest
  @MethodSource("changesWhileReading")
  void i3_aChangeAtAnyStepOfAPromotionLeavesNothingOlder(Change change, Reading step)
      throws Exception {
    put(stack, "k", old);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    executor.defer(() -> true);
    try (StreamValue value = stack.get("k").value()) {
      ReadableByteChannel channel = value.channel();
      ByteBuffer read = ByteBuffer.allocate(old.length);
      for (Reading now : Reading.values()) {
        if (now == Reading.IN_THE_MIDDLE) {
          readUpTo(channel, read, CHUNK + 1);
        } else if (now == Reading.BEFORE_LAST_BYTE) {
          readUpTo(channel, read, old.length - 1);
        } else if (now == Reading.BEFORE_LANES_COMMIT) {
          readUpTo(channel, read, old.length);
        }
        if (now == step) {
          executor.defer(() -> false);
          make(change);
          executor.defer(() -> true);
        }
      }
      assertThat(read.array()).isEqualTo(old); // the version it opened, to the end
    }
    executor.runAll();
    assertNoLeftover();
    assertThat(get(stack, "k")).isEqualTo(expectedAfter(change));
    boolean promotes = change == Change.NONE || change == Change.TOUCH || change == Change.UPDATE;
    if (promotes) {
      assertThat(fixture.stored(fixture.top, "k")).isEqualTo(old);
      assertThat(fixture.stored(fixture.middle, "k")).isEqualTo(old);
    }
  }

  private static void readUpTo(ReadableByteChannel channel, ByteBuffer target, int position)
      throws IOException {
    target.limit(position);
    while (target.hasRemaining()) {
      assertThat(channel.read(target)).isPositive();
    }
  }

  static Stream<Arguments> changesWhileWriting() {
    List<Arguments> all = new ArrayList<>();
    for (Change change : Change.values()) {
      for (Writing step : Writing.values()) {
        all.add(Arguments.of(change, step));
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("changesWhileWriting")
  void i4_aChangeAtAnyStepOfAWriteLeavesNothingOlder(Change change, Writing step) throws Exception {
    put(stack, "k", bytes(3, 1000));
    StagedWriter<StreamValue> writer =
        stack.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    if (step == Writing.BEFORE_FIRST_BYTE) {
      make(change);
    }
    writer.write(ByteBuffer.wrap(old, 0, CHUNK + 1));
    if (step == Writing.IN_THE_MIDDLE) {
      make(change);
    }
    writer.write(ByteBuffer.wrap(old, CHUNK + 1, old.length - CHUNK - 1));
    StreamValue staged = writer.finish();
    AtomicReference<Waiting<Boolean>> waiting = new AtomicReference<>();
    if (step == Writing.AFTER_LAST_BYTE) {
      make(change);
    } else if (step == Writing.BEFORE_COMMIT_BELOW) {
      authority.before(Operation.COMMIT, () -> meetCommit(change, waiting));
    } else if (step == Writing.AFTER_COMMIT_BELOW) {
      authority.after(Operation.COMMIT, () -> meetCommit(change, waiting));
    }
    CompletableFuture<Void> other = null;
    if (step == Writing.BEFORE_COMMIT_ABOVE) {
      HookedTier.Gate gate = middle.gate(Operation.COMMIT);
      CompletableFuture<Boolean> writing =
          StackFixture.inThread(
              () -> {
                stack.put("k", staged, EntryHeader.NEVER);
                return true;
              });
      gate.awaitReached();
      other =
          StackFixture.inThread(
              () -> {
                make(change);
                return null;
              });
      gate.open();
      StackFixture.await(writing);
      StackFixture.await(other);
    } else {
      stack.put("k", staged, EntryHeader.NEVER);
    }
    boolean purged = stack.wasPurged(staged);
    stack.discard(staged);
    boolean waited = waiting.get() != null && waiting.get().result();
    assertNoLeftover();
    assertThat(purged).isEqualTo(undoes(change) && isBeforeCommit(step));
    byte[] now = get(stack, "k");
    if (waited || step == Writing.AFTER_COMMIT_BELOW || step == Writing.BEFORE_COMMIT_ABOVE) {
      assertThat(now).isEqualTo(expectedAfter(change));
    } else if (!purged) {
      assertThat(now).isEqualTo(old);
    } else {
      assertThat(now).isNull();
    }
  }

  /** What undoes writes waits for a commit that began, and then takes what was committed. */
  private void meetCommit(Change change, AtomicReference<Waiting<Boolean>> waiting) {
    if (!undoes(change)) {
      make(change);
      return;
    }
    Waiting<Boolean> changing =
        Waiting.on(
            () -> {
              make(change);
              return true;
            });
    waiting.set(changing.untilBlocked());
  }

  private static boolean undoes(Change change) {
    return switch (change) {
      case REMOVE, REMOVE_SAME, CLEAR, PURGE, PURGE_SOFTLY, PURGE_PREFIX -> true;
      default -> false;
    };
  }

  private static boolean isBeforeCommit(Writing step) {
    return step == Writing.BEFORE_FIRST_BYTE
        || step == Writing.IN_THE_MIDDLE
        || step == Writing.AFTER_LAST_BYTE;
  }

  /** How a key is removed, at the authority by a purge of it. */
  enum Removal {
    REMOVE,
    REMOVE_SAME,
    PURGE,
    PURGE_PREFIX
  }

  @ParameterizedTest
  @EnumSource(Removal.class)
  void aCommitThatMeetsARemovalComesAfterItAndIsUndone(Removal removal) throws Exception {
    put(stack, "k", old);
    StagedWriter<StreamValue> writer =
        stack.openStage("k", Metadata.NONE, StreamValue.UNKNOWN_LENGTH);
    writer.write(ByteBuffer.wrap(fresh));
    StreamValue staged = writer.finish();
    AtomicReference<Waiting<Boolean>> committing = new AtomicReference<>();
    authority.after(
        Operation.PURGE, // the entry is gone, and the write not yet undone
        () ->
            committing.set(
                Waiting.on(
                        () -> {
                          stack.put("k", staged, EntryHeader.NEVER);
                          return stack.wasPurged(staged);
                        })
                    .untilBlocked()));
    make(Change.valueOf(removal.name()));
    assertThat(committing.get().result()).isTrue();
    stack.discard(staged);
    assertThat(get(stack, "k")).isNull();
  }

  @Test
  void i4_aClearBetweenTheBeginOfAWriteAndItsEndIsNotUndoneAbove() throws Exception {
    StreamValue staged = stack.stage("k", StreamValue.of(fresh));
    AtomicReference<Waiting<Boolean>> clearing = new AtomicReference<>();
    authority.after(Operation.COMMIT, () -> meetCommit(Change.CLEAR, clearing));
    stack.put("k", staged, EntryHeader.NEVER);
    stack.discard(staged);
    assertThat(clearing.get().result()).isTrue();
    assertThat(fixture.stored(fixture.authority, "k")).isNull();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
  }

  @Test
  void i3_nothingIsCopiedUpWhileTheCacheIsCleared() throws Exception {
    put(stack, "k", old);
    fixture.topMemory.clear();
    List<byte[]> read = new ArrayList<>();
    authority.before(Operation.CLEAR, () -> read.add(got()));
    authority.after(Operation.CLEAR, () -> read.add(got()));
    stack.clear();
    assertThat(read.get(0)).isEqualTo(old);
    assertThat(read.get(1)).isNull();
    executor.runAll();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
  }

  @Test
  void i4_whatIsClearedBelowIsNotServedFromAboveAnyMore() throws Exception {
    put(stack, "k", old);
    List<byte[]> read = new ArrayList<>();
    authority.after(Operation.CLEAR, () -> read.add(got()));
    stack.clear();
    assertThat(read).containsExactly((byte[]) null);
  }

  private byte[] got() {
    try {
      return get(stack, "k");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tag", "key", "put"})
  void whatIsPurgedAgainWhileItIsMadeFreshStaysStale(String again) throws Exception {
    Metadata red = new Metadata("text/plain", Set.of("red"), Map.of());
    put(stack, "k", old, red);
    long version = stack.find("k").version();
    assertThat(stack.operations().purgeTag("red", PurgeMode.SOFT)).isNotNull();
    authority.before(
        Operation.WRITE,
        () -> {
          switch (again) {
            case "tag" ->
                assertThat(stack.operations().purgeTag("red", PurgeMode.SOFT)).isNotNull();
            case "key" -> assertThat(stack.operations().purge("k", PurgeMode.SOFT)).isNotNull();
            default -> put(stack, "k", fresh);
          }
        });
    MetadataUpdate toFresh = new MetadataUpdate(null, null, Freshness.FRESH);
    assertThat(stack.operations().update("k", version, toFresh)).isFalse();
    assertThat(get(stack, "k")).isEqualTo(again.equals("put") ? fresh : null);
    executor.runAll();
    assertNoLeftover();
  }

  @Test
  void i5_aDeadlineMovedBetweenTheCommitBelowAndTheCopiesAboveHoldsEverywhere() throws Exception {
    authority.after(Operation.COMMIT, () -> make(Change.TOUCH));
    put(stack, "k", fresh);
    for (MemoryTier tier :
        List.of(fixture.topMemory, fixture.middleMemory, fixture.authorityMemory)) {
      assertThat(Entries.headerOf(tier, fixture.encoded("k")).expiresAtMillis()).isEqualTo(LATER);
    }
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void i5_anUpdateOfUnknownOutcomeLeavesNoOtherHeaderAbove(Effect effect) throws Exception {
    put(stack, "k", old);
    fixture.topMemory.clear();
    Resident<StreamValue> found = stack.find("k");
    try (StreamValue value = stack.get("k").value()) { // a promotion from the middle to the top
      ReadableByteChannel channel = value.channel();
      ByteBuffer read = ByteBuffer.allocate(old.length);
      readUpTo(channel, read, 1);
      fixture.authorityFaults.withEffect(effect).failNext(Operation.UPDATE_HEADER);
      assertThatThrownBy(() -> stack.touch("k", found, LATER))
          .isInstanceOf(TierUnavailableException.class);
      fixture.authorityFaults.heal();
      readUpTo(channel, read, old.length);
    }
    executor.runAll();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo(old);
    assertNoLeftover();
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void i4_aRemovalOfUnknownOutcomeLeavesNothingAbove(Effect effect) throws Exception {
    put(stack, "k", old);
    fixture.authorityFaults.withEffect(effect).failNext(Operation.PURGE);
    assertThatThrownBy(() -> stack.remove("k")).isInstanceOf(TierUnavailableException.class);
    fixture.authorityFaults.heal();
    assertThat(fixture.stored(fixture.top, "k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
    assertThat(get(stack, "k")).isEqualTo(effect == Effect.DONE ? null : old);
  }

  @Test
  void i3_anExpiredEntryIsNotRemovedIfItsDeadlineWasMoved() throws Exception {
    put(stack, "k", StreamValue.of(old), fixture.now.get() + 10);
    Resident<StreamValue> found = stack.find("k");
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    fixture.now.addAndGet(10);
    authority.after(Operation.LOOKUP, () -> stack.touch("k", found, LATER));
    assertThat(stack.get("k")).isNull(); // it was expired when it was looked up
    assertThat(fixture.expired).isEmpty();
    assertThat(get(stack, "k")).isEqualTo(old);
  }

  @Test
  void i5_aHandleReadsOnWhenItsEntryExpiresAndWhatItPromotesIsExpiredToo() throws Exception {
    put(stack, "k", StreamValue.of(old), fixture.now.get() + 10);
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    try (StreamValue value = stack.get("k").value()) {
      ByteBuffer read = ByteBuffer.allocate(old.length);
      ReadableByteChannel channel = value.channel();
      readUpTo(channel, read, 1);
      fixture.now.addAndGet(10);
      readUpTo(channel, read, old.length);
      assertThat(read.array()).isEqualTo(old);
    }
    executor.runAll();
    assertThat(stack.get("k")).isNull();
    assertThat(fixture.expired).containsExactly("k");
    assertThat(stack.contains("k")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void i3_aPurgeByTagThatATierDidNotTakeIsNotUndoneByAPromotion(Effect effect) throws Exception {
    put(stack, "k", old, new Metadata("text/plain", Set.of("red"), Map.of()));
    fixture.topMemory.clear();
    fixture.middleMemory.clear();
    try (StreamValue value = stack.get("k").value()) {
      ByteBuffer read = ByteBuffer.allocate(old.length);
      ReadableByteChannel channel = value.channel();
      readUpTo(channel, read, 1);
      fixture.middleFaults.withEffect(effect).failNext(Operation.PURGE_TAG);
      assertThat(stack.operations().purgeTag("red", PurgeMode.HARD)).isNotNull();
      fixture.middleFaults.heal();
      assertThat(stack.get("k")).isNull(); // the tier is repaired, and then
      readUpTo(channel, read, old.length);
    }
    executor.runAll();
    assertThat(stack.get("k")).isNull();
    assertThat(fixture.stored(fixture.middle, "k")).isNull();
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void i4_aPurgeByTagOfUnknownOutcomeLeavesNothingAbove(Effect effect) throws Exception {
    put(stack, "k", old, new Metadata("text/plain", Set.of("red"), Map.of()));
    fixture.authorityFaults.withEffect(effect).failNext(Operation.PURGE_TAG);
    assertThatThrownBy(() -> stack.operations().purgeTag("red", PurgeMode.HARD))
        .isInstanceOf(TierUnavailableException.class);
    fixture.authorityFaults.heal();
    assertThat(get(stack, "k")).isEqualTo(effect == Effect.DONE ? null : old);
  }

  @Test
  void i2_aTierAboveThatFailsInTheMidstOfABodyIsReplacedByTheNext() throws Exception {
    put(stack, "k", old);
    for (int upper = 0; upper < 2; upper++) {
      for (int before : new int[] {0, 1, CHUNK, old.length - 1}) {
        if (upper == 1) {
          fixture.topMemory.clear();
        }
        try (StreamValue value = stack.get("k").value()) {
          ByteBuffer read = ByteBuffer.allocate(old.length);
          ReadableByteChannel channel = value.channel();
          readUpTo(channel, read, before);
          (upper == 0 ? fixture.topFaults : fixture.middleFaults)
              .withEffect(Effect.DONE)
              .failNext(Operation.READ);
          readUpTo(channel, read, old.length);
          assertThat(read.array()).isEqualTo(old);
          assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        executor.runAll();
        assertThat(fixture.stored(fixture.top, "k")).isEqualTo(old);
      }
    }
  }

  @Test
  void i1_aTierAboveThatFailsAndIsTheLastToHaveTheVersionFailsTheReading() throws Exception {
    put(stack, "k", old);
    try (StreamValue value = stack.get("k").value()) {
      ByteBuffer read = ByteBuffer.allocate(old.length);
      ReadableByteChannel channel = value.channel();
      readUpTo(channel, read, 1);
      put(stack, "k", fresh);
      fixture.topFaults.failNext(Operation.READ);
      assertThatThrownBy(() -> readUpTo(channel, read, old.length)).isInstanceOf(IOException.class);
    }
    assertThat(get(stack, "k")).isEqualTo(fresh);
  }
}
