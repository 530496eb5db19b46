package io.terrace.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.coherence.Coherence;
import io.terrace.coherence.LocalCopies;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.FaultyTier;
import io.terrace.tier.FaultyTier.Operation;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.MemoryTier;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Copies of one local tier that may be served only as the shared tier has them. */
final class UnverifiedCopiesTest {
  private static final long DEADLINE = 10_000;

  private final AtomicLong millis = new AtomicLong(1_000);
  private final AtomicLong nanos = new AtomicLong();
  private final InstantSource clock = () -> Instant.ofEpochMilli(millis.get());
  private final SharedMemory.Node shared = new SharedMemory(clock, 2).node();
  private final MemoryTier memory = new MemoryTier("local", clock, 1 << 20);
  private final FaultyTier local = new FaultyTier(memory);
  private final Queue<Runnable> walks = new ArrayDeque<>();
  private int droppedAbove;
  private final EntryKey key = Entries.key("k");
  private UnverifiedCopies copies = copies(CoherenceSettings.DEFAULTS);
  private @Nullable Coherence coherence;

  private UnverifiedCopies copies(CoherenceSettings settings) {
    coherence =
        new Coherence(shared, new NoCopies(), change -> {}, settings, nanos::get, Runnable::run);
    coherence.beat();
    return new UnverifiedCopies(
        new CopyComparison(local, shared),
        shared,
        coherence,
        clock,
        walks::add,
        () -> droppedAbove++);
  }

  /** Of a cache whose copies are looked after by the test. */
  private static final class NoCopies implements LocalCopies {
    @Override
    public void invalidate(EntryKey changed, long version) {}

    @Override
    public void confirm(EntryKey changed, long version) {}

    @Override
    public void clear() {}

    @Override
    public void purgeTag(String tag, PurgeMode mode, long throughVersion) {}

    @Override
    public void distrust(BitSet partitions) {}

    @Override
    public BitSet distrusted() {
      return new BitSet();
    }

    @Override
    public void mark(byte[] mark) {}

    @Override
    public byte @Nullable [] mark() {
      return null;
    }
  }

  @BeforeEach
  void storeInBoth() throws Exception {
    long version = putShared();
    putLocal(version);
  }

  @AfterEach
  void assertNoLeak() {
    assertThat(memory.openHandles()).isZero();
  }

  private long putShared() throws IOException {
    EntryHeader header = Entries.header(key, DEADLINE, Metadata.NONE);
    CommitResult result = Entries.put(shared, header, Entries.bytes("v"), Condition.ALWAYS);
    return ((CommitResult.Committed) result).version();
  }

  private void putLocal(long version) throws IOException {
    EntryHeader header = Entries.header(key, DEADLINE, Metadata.NONE).withVersion(version);
    try (WriteHandle out = memory.openWrite(header, Condition.ALWAYS)) {
      out.write(ByteBuffer.wrap(Entries.bytes("v")));
      out.commitAs(version);
    }
  }

  private void distrustAll() {
    BitSet all = new BitSet();
    all.set(0, 2);
    copies.distrust(all);
  }

  /** Whether the copy is served; false for a miss, null if nobody can say. */
  private @Nullable Boolean isServed() {
    if (!(local.lookup(key) instanceof Lookup.Hit hit)) {
      throw new AssertionError("there is no copy");
    }
    Lookup answer = copies.check(hit, copies.isTrusted(hit.header().key()));
    if (answer instanceof Lookup.Hit served) {
      served.body().close();
      return true;
    }
    return answer instanceof Lookup.Miss ? false : null;
  }

  private boolean isHeld() {
    Lookup found = memory.lookup(key);
    if (found instanceof Lookup.Hit hit) {
      hit.body().close();
      return true;
    }
    return false;
  }

  private void walk() {
    walks.remove().run();
  }

  @Test
  void i4_aTrustedCopyIsServedWithoutAQuestion() throws Exception {
    putShared();
    assertThat(isServed()).isTrue();
  }

  @Test
  void i4_aCopyThatIsTheSameIsServed() {
    distrustAll();
    assertThat(isServed()).isTrue();
    assertThat(isHeld()).isTrue();
  }

  @Test
  void i4_aCopyOfAnotherVersionIsDropped() throws Exception {
    putShared();
    distrustAll();
    assertThat(isServed()).isFalse();
    assertThat(isHeld()).isFalse();
  }

  @Test
  void i4_aCopyOfWhatIsNoMoreIsDropped() throws Exception {
    shared.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
    distrustAll();
    assertThat(isServed()).isFalse();
    assertThat(isHeld()).isFalse();
  }

  @Test
  void i4_aCopyWithAnotherHeaderIsDropped() throws Exception {
    long version = putShared();
    putLocal(version);
    distrustAll();
    shared.updateHeader(key, version, HeaderUpdate.TO_STALE);
    assertThat(isServed()).isFalse();
    putLocal(version);
    shared.updateHeader(key, version, HeaderUpdate.expireAt(DEADLINE - 1));
    assertThat(isServed()).isFalse();
  }

  @Test
  void i5_aCopyWithAnEarlierDeadlineIsServedUntilThen() throws Exception {
    long version = putShared();
    putLocal(version);
    distrustAll();
    shared.updateHeader(key, version, HeaderUpdate.expireAt(DEADLINE + 1));
    assertThat(isServed()).isTrue();
    millis.set(DEADLINE);
    assertThat(isServed()).isFalse();
    assertThat(isHeld()).isFalse();
  }

  @Test
  void i4_whatNobodyCanSayIsServedOnlyIfSoConfigured() {
    distrustAll();
    shared.cut(true);
    assertThat(isServed()).isNull();
    assertThat(isHeld()).isTrue();
    shared.cut(false);
    copies = copies(CoherenceSettings.DEFAULTS.servingStale());
    distrustAll();
    shared.cut(true);
    assertThat(isServed()).isTrue();
  }

  @Test
  void i4_allAreComparedWithoutContact() throws Exception {
    putShared();
    nanos.addAndGet(CoherenceSettings.DEFAULTS.lease().toNanos());
    assertThat(isServed()).isFalse();
  }

  @Test
  void i4_aCopyThatCannotBeDroppedIsNotServed() throws Exception {
    putShared();
    distrustAll();
    local.failNext(Operation.PURGE);
    assertThat(isServed()).isNull();
    assertThat(isServed()).isFalse();
  }

  @Test
  void i4_theWalkComparesAllAndEnds() throws Exception {
    putShared();
    distrustAll();
    assertThat(copies.partitions().cardinality()).isEqualTo(2);
    walk();
    assertThat(isHeld()).isFalse();
    assertThat(copies.partitions().isEmpty()).isTrue();
    copies.goOn();
    assertThat(walks).isEmpty();
  }

  @Test
  void i4_aWalkThatBreaksOffBeginsAgain() throws Exception {
    putShared();
    distrustAll();
    shared.cut(true);
    walk();
    shared.cut(false);
    copies.goOn();
    local.failNext(Operation.NEXT);
    walk();
    copies.goOn();
    local.failNext(Operation.PURGE);
    walk();
    assertThat(copies.partitions().isEmpty()).isFalse();
    assertThat(isHeld()).isTrue();
    copies.goOn();
    walk();
    assertThat(copies.partitions().isEmpty()).isTrue();
    assertThat(isHeld()).isFalse();
  }

  @Test
  void i4_whatIsDistrustedInTheMidstOfAWalkIsForAnother() throws Exception {
    distrustAll();
    shared.at(
        (step, k) -> {
          if (step.equals("looked")) {
            shared.at((next, any) -> {});
            distrustAll(); // after the copy was compared
          }
        });
    walk();
    assertThat(copies.partitions().cardinality()).isEqualTo(2);
    assertThat(walks).isEmpty();
    putShared();
    copies.goOn();
    walk();
    assertThat(isHeld()).isFalse();
    assertThat(copies.partitions().isEmpty()).isTrue();
  }

  /**
   * If it were wrong, one question without an answer would make copies trusted that nobody
   * compared, and what was copied up from them would stay.
   */
  @Test
  void i4_whoServesStaleComparesAllTheSameOnceItCan() throws Exception {
    copies = copies(CoherenceSettings.DEFAULTS.servingStale());
    distrustAll();
    putShared();
    shared.cut(true);
    walks.remove().run();
    assertThat(isServed()).isTrue();
    assertThat(droppedAbove).isZero();
    shared.cut(false);
    copies.goOn();
    walks.remove().run();
    assertThat(isHeld()).isFalse();
    assertThat(droppedAbove).isEqualTo(1);
  }
}
