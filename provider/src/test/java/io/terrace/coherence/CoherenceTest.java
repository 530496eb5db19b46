package io.terrace.coherence;

import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.CoherenceSettings;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.ChangeFeed;
import io.terrace.tier.Changes;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.SharedMemory;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which copies are dropped, distrusted and trusted, by what is told and what is found out. */
final class CoherenceTest {
  private static final int PARTITIONS = 2;
  private static final long LEASE = CoherenceSettings.DEFAULTS.lease().toNanos();

  private final AtomicLong millis = new AtomicLong(1_700_000_000_000L);
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // it may overflow any time
  private final SharedMemory server =
      new SharedMemory(() -> Instant.ofEpochMilli(millis.get()), PARTITIONS);
  private final SharedMemory.Node other = server.node();
  private final SharedMemory.Node own = server.node();
  private final Queue<Runnable> work = new ArrayDeque<>();
  private final Copies copies = new Copies();
  private final List<String> heard = new ArrayList<>();
  private final EntryKey key = Entries.key("k");
  private final int partition = own.partitionOf(key);
  private final Coherence coherence = coherence(CoherenceSettings.DEFAULTS);

  private Coherence coherence(CoherenceSettings settings) {
    return new Coherence(
        own,
        copies,
        change -> heard.add(copies.done.size() + " done"),
        settings,
        nanos::get,
        work::add);
  }

  /** Copies that note what is done to them. */
  private static final class Copies implements LocalCopies {
    private final List<String> done = new ArrayList<>();
    private BitSet uncompared = new BitSet();
    private byte @Nullable [] mark;

    /** Happens during the next clear. */
    private Runnable clearing = () -> {};

    @Override
    public void invalidate(EntryKey changed, long version) {
      done.add("invalidate " + version);
    }

    @Override
    public void confirm(EntryKey changed, long version) {
      done.add("confirm " + version);
    }

    @Override
    public void clear() {
      done.add("clear");
      Runnable now = clearing;
      clearing = () -> {};
      now.run();
    }

    @Override
    public void purgeTag(String tag, PurgeMode mode, long throughVersion) {
      done.add(mode + " " + tag + " " + throughVersion);
    }

    @Override
    public void distrust(BitSet partitions) {
      done.add("distrust " + partitions);
    }

    @Override
    public BitSet distrusted() {
      return uncompared;
    }

    @Override
    public void mark(byte[] newMark) {
      mark = newMark;
    }

    @Override
    public byte @Nullable [] mark() {
      return mark;
    }
  }

  private void start() {
    coherence.start();
    coherence.beat();
    copies.done.clear();
  }

  private void work() {
    for (Runnable task = work.poll(); task != null; task = work.poll()) {
      task.run();
    }
  }

  private long putBy(SharedMemory.Node node) throws Exception {
    return Entries.put(node, key, Entries.bytes("v"));
  }

  private long[] marked() {
    return Marks.read(copies.mark, PARTITIONS).sequences();
  }

  @Test
  void i4_nothingIsTrustedBeforeTheFirstBeat() {
    coherence.start();
    assertThat(coherence.isSettled()).isFalse();
    assertThat(coherence.trusts(0)).isFalse();
    coherence.beat();
    assertThat(copies.done).containsExactly("distrust {0, 1}");
    assertThat(coherence.isSettled()).isTrue();
    assertThat(coherence.trusts(0)).isTrue();
  }

  @Test
  void i4_theTrustEndsWithTheLease() {
    start();
    nanos.addAndGet(LEASE - 1);
    assertThat(coherence.isSettled()).isTrue();
    nanos.incrementAndGet();
    assertThat(coherence.isSettled()).isFalse();
    assertThat(coherence.trusts(0)).isFalse();
    own.cut(true);
    coherence.beat();
    assertThat(coherence.isSettled()).isFalse();
    assertThat(coherence.statistics().silenceMillis())
        .isEqualTo(CoherenceSettings.DEFAULTS.lease().toMillis());
    own.cut(false);
    work();
    assertThat(coherence.isSettled()).isTrue();
    assertThat(copies.done).isEmpty();
  }

  @Test
  void i4_aPartitionThatDoesNotAnswerIsNotTrustedOn() {
    start();
    nanos.addAndGet(LEASE - 1);
    own.unknown(1);
    coherence.beat();
    nanos.incrementAndGet();
    assertThat(coherence.trusts(0)).isTrue();
    assertThat(coherence.trusts(1)).isFalse();
    assertThat(coherence.isSettled()).isFalse();
  }

  @Test
  void i4_whereTheLogCannotBeReadNothingIsTrustedOn() throws Exception {
    start();
    own.deaf(true);
    putBy(other);
    nanos.addAndGet(LEASE - 1);
    own.at(
        (step, k) -> {
          if (step.equals("since")) {
            throw new IOException("no log");
          }
        });
    coherence.beat();
    nanos.incrementAndGet();
    assertThat(coherence.trusts(partition)).isFalse();
    assertThat(coherence.trusts(1 - partition)).isTrue();
    assertThat(copies.done).isEmpty();
  }

  @Test
  void i4_eachKindOfChangeIsApplied() throws Exception {
    start();
    long put = putBy(other);
    other.updateHeader(key, put, HeaderUpdate.TO_STALE);
    other.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
    long own = putBy(this.own);
    this.own.updateHeader(key, own, HeaderUpdate.TO_STALE);
    work();
    assertThat(copies.done)
        .containsExactly(
            "invalidate " + put,
            "invalidate " + (put + 1),
            "invalidate " + (put + 2),
            "confirm " + own,
            "confirm " + (own + 1));
    assertThat(heard).containsExactly("1 done", "2 done", "3 done"); // after the copies, of others
    copies.done.clear();
    long through = other.purgeTag("tag", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
    other.clear();
    work();
    assertThat(copies.done).containsExactly("SOFT tag " + through, "clear");
  }

  @Test
  void whatConcernsAllPartitionsIsDoneOnceForWhatWasToldBefore() throws Exception {
    start();
    other.clear();
    work();
    assertThat(coherence.statistics().told()).isEqualTo(PARTITIONS);
    assertThat(copies.done).containsExactly("clear");
    other.clear();
    other.clear();
    work();
    assertThat(copies.done).containsExactly("clear", "clear");
    long first = other.purgeTag("tag", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    long second = other.purgeTag("tag", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    copies.done.clear();
    work();
    assertThat(copies.done).containsExactly("HARD tag " + first, "HARD tag " + second);
  }

  /**
   * If it were wrong, a copy would stay that was read, of a partition that was not yet cleared,
   * after the copies were dropped for another one.
   */
  @Test
  void i4_aClearIsDoneAgainForAPartitionThatIsToldOfItLater() throws Exception {
    start();
    own.hold(true);
    other.clear();
    List<Changes> later = new ArrayList<>();
    own.tell(
        due -> {
          later.addAll(due.subList(1, due.size()));
          return due.subList(0, 1);
        });
    work();
    assertThat(copies.done).containsExactly("clear");
    own.tell(due -> later);
    work();
    assertThat(copies.done).containsExactly("clear", "clear");
  }

  /** Likewise if the rest is not told, but read from the log. */
  @Test
  void i4_aClearIsDoneAgainForEachPartitionWhoseLogIsRead() throws Exception {
    start();
    own.hold(true);
    other.clear();
    own.tell(due -> due.subList(0, 1));
    coherence.beat();
    assertThat(coherence.statistics().replayed()).isEqualTo(PARTITIONS - 1);
    assertThat(copies.done).containsExactly("clear", "clear");
  }

  /** Likewise if the rest is told while the copies are being dropped. */
  @Test
  void i4_aClearIsDoneAgainIfItCameDuringAnother() throws Exception {
    start();
    own.hold(true);
    other.clear();
    List<Changes> later = new ArrayList<>();
    copies.clearing = () -> own.tell(due -> later);
    own.tell(
        due -> {
          later.addAll(due.subList(1, due.size()));
          return due.subList(0, 1);
        });
    work();
    assertThat(copies.done).containsExactly("clear", "clear");
  }

  @Test
  void i4_whatAnotherAnnouncesDropsCopiesOfAnyVersionAndIsNoEvent() throws Exception {
    start();
    own.announce(key, Duration.ZERO); // of which the turn of its write takes care
    work();
    assertThat(copies.done).isEmpty();
    other.announce(key, Duration.ofSeconds(1));
    other.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
    long told = server.node().changes().sequences()[partition];
    work();
    assertThat(copies.done).containsExactly("invalidate " + Long.MAX_VALUE, "invalidate " + told);
    assertThat(heard).containsExactly("2 done");
  }

  /** The other's change may come after that of this process, and is told no more. */
  @Test
  void i3_whatIsAnnouncedBesideAnothersChangeDropsOnesOwnCopies() throws Exception {
    start();
    other.announce(key, Duration.ofSeconds(1));
    own.announce(key, Duration.ofSeconds(1));
    work();
    String all = "invalidate " + Long.MAX_VALUE;
    assertThat(copies.done).containsExactly(all, all);
    assertThat(heard).isEmpty();
  }

  @Test
  void i4_aFillIsNoChange() {
    start();
    var unused = other.lookupOrLease(key, Duration.ofSeconds(1));
    coherence.beat();
    assertThat(copies.done).isEmpty();
    assertThat(coherence.statistics().told()).isZero();
  }

  @Test
  void i4_aGapIsReadFromTheLogAtTheNextStep() throws Exception {
    start();
    own.deaf(true);
    long missed = putBy(other);
    own.deaf(false);
    long told = putBy(other);
    work();
    assertThat(copies.done).containsExactly("invalidate " + missed, "invalidate " + told);
    assertThat(coherence.statistics().gaps()).isEqualTo(1);
    assertThat(coherence.statistics().replayed()).isEqualTo(2);
  }

  @Test
  void i4_aGapThatTheLogDoesNotReachIsAReasonToBeat() throws Exception {
    start();
    server.trimLogs(1);
    own.deaf(true);
    putBy(other);
    own.deaf(false);
    putBy(other);
    work();
    assertThat(copies.done).containsExactly("distrust {" + partition + "}");
    assertThat(coherence.trusts(partition)).isTrue();
    long next = putBy(other);
    work();
    assertThat(copies.done).last().isEqualTo("invalidate " + next);
  }

  @Test
  void i4_aServerThatMayHaveLostSomethingIsNotBelieved() throws Exception {
    start();
    server.failOver(server.snapshot()); // its numbers are the same
    coherence.beat();
    assertThat(copies.done).containsExactly("distrust {0, 1}");
    coherence.beat();
    assertThat(copies.done).hasSize(1);
  }

  @Test
  void i4_theMarkIsNeverAheadOfTheCopies() throws Exception {
    copies.uncompared.set(0, PARTITIONS);
    start();
    assertThat(marked()).containsOnly(ChangeFeed.UNKNOWN);
    copies.uncompared.clear();
    coherence.beat();
    assertThat(marked()).containsOnly(0);
    long version = putBy(other);
    assertThat(marked()).containsOnly(0);
    coherence.beat();
    assertThat(marked()[partition]).isEqualTo(version);
    assertThat(copies.done).containsExactly("invalidate " + version);
  }

  @Test
  void i4_aMarkIsGoneOnFrom() throws Exception {
    long seen = putBy(other);
    start();
    long missed = putBy(other);
    Coherence next = coherence(CoherenceSettings.DEFAULTS);
    next.beat();
    assertThat(missed).isGreaterThan(seen);
    assertThat(copies.done).containsExactly("invalidate " + missed);
    assertThat(next.statistics().distrusted()).isZero();
  }

  @Test
  void i4_whoServesStaleTrustsForEverOnceThereWasContact() {
    Coherence stale = coherence(CoherenceSettings.DEFAULTS.servingStale());
    own.cut(true);
    stale.beat();
    assertThat(stale.trusts(0)).isFalse();
    own.cut(false);
    stale.beat();
    nanos.addAndGet(Duration.ofDays(365).toNanos());
    assertThat(stale.trusts(0)).isTrue();
    assertThat(stale.isSettled()).isTrue();
  }

  @Test
  void i10_afterTheEndNothingIsHeard() throws Exception {
    start();
    coherence.close();
    putBy(other);
    assertThat(work).isEmpty();
    assertThat(coherence.statistics().told()).isZero();
  }

  @Test
  void i10_aWorkerThatHasEndedIsNoFailure() throws Exception {
    Coherence late =
        new Coherence(
            own,
            copies,
            change -> {},
            CoherenceSettings.DEFAULTS,
            nanos::get,
            task -> {
              throw new RejectedExecutionException("closed");
            });
    late.start();
    putBy(other);
    assertThat(late.statistics().told()).isEqualTo(1);
  }
}
