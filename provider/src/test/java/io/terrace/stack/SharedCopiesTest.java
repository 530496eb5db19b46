package io.terrace.stack;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.PurgeReason;
import io.terrace.PurgeReceipt.Outcome;
import io.terrace.tier.Announcement;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import io.terrace.tier.SharedMemory;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a tier that stands above a shared authority stores, serves, and says of others. */
class SharedCopiesTest {
  private static final Duration LIFE = Duration.ofSeconds(10);
  private static final Duration SETTLING = Duration.ofSeconds(5);

  private final StackFixture base = new StackFixture();
  private final AtomicLong nanos = new AtomicLong();
  private final SharedMemory telling = new SharedMemory(base.clock, 4);
  private final SharedMemory authority = new SharedMemory(base.clock, 4);
  private final SharedMemory.Node teller = telling.node();
  private final SharedMemory.Node other = telling.node();
  private final UntoldTier below = new UntoldTier(authority.node());
  private final UntoldTier otherBelow = new UntoldTier(authority.node());
  private final UntoldChanges untold =
      new UntoldChanges(below, teller, LIFE, Duration.ZERO, nanos::get);
  private final SharedCopies copies = new SharedCopies(teller, untold, LIFE);
  private final OptionalTier tier = new OptionalTier(copies);
  private final EntryKey key = base.encoded("k");

  @BeforeEach
  void begin() {
    untold.keepIn(tier);
    untold.beat();
    copies.followWhile(() -> true);
  }

  private CommitResult copy(long version) throws IOException {
    try (WriteHandle write = copies.openWrite(header(key), Condition.olderThan(version))) {
      write.write(ByteBuffer.wrap(bytes("v" + version)));
      return write.commitAs(version);
    }
  }

  private static void assertRefused(CommitResult result) {
    assertThat(result).isInstanceOf(CommitResult.Refused.class);
  }

  @Test
  void i3_storesTheVersionThatWasAnnouncedAndNoOther() throws IOException {
    copies.committed(key, 5, copies.announce(key));
    assertRefused(copy(4));
    assertRefused(copy(6));
    assertThat(copy(5)).isInstanceOf(CommitResult.Committed.class);
    assertRefused(copy(5));
    assertThat(Entries.get(other, key)).isEqualTo(bytes("v5"));
  }

  @Test
  void i3_storesTheVersionThatWasReadUnderTheLeaseAndNoOther() throws IOException {
    SharedCopies.Lease lease = copies.lease(key);
    assertThat(lease.mayCopy()).isTrue();
    copies.found(key, lease, header(key).withVersion(7));
    assertRefused(copy(6));
    assertThat(copy(7)).isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void i3_whatAnotherAnnouncesMakesThePermitVoid() throws IOException {
    copies.found(key, copies.lease(key), header(key).withVersion(7));
    Announcement announcement = other.announce(key, LIFE);
    assertRefused(copy(7));
    assertThat(copies.lease(key)).isEqualTo(SharedCopies.Lease.NOWHERE);
    other.settle(key, announcement.number());
    assertThat(copies.lease(key).number()).isPositive();
  }

  @Test
  void aPurgeSettlesWhatIsNotStored() throws IOException {
    copies.committed(key, 5, copies.announce(key));
    assertThat(copies.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
    assertThat(other.lookupOrLease(key, LIFE)).isInstanceOf(LeaseAnswer.Granted.class);
  }

  @Test
  void aLeaseIsGivenBackIfThereIsNothingToStore() {
    copies.found(key, copies.lease(key), null);
    assertThat(other.lookupOrLease(key, LIFE)).isInstanceOf(LeaseAnswer.Granted.class);
  }

  @Test
  void i4_whoCannotTellSaysSoAndNobodyIsServedFromHere() throws IOException {
    put(other, "old");
    UntoldChanges others = new UntoldChanges(otherBelow, other, LIFE, Duration.ZERO, nanos::get);
    teller.down(true);
    copies.committed(key, 5, copies.announce(key));
    assertThat(below.notices()).hasSize(1);
    others.beat();
    assertThat(others.areAround()).isTrue();
    assertThat(copies.lookup(key)).isInstanceOf(Lookup.Skipped.class);
    teller.down(false);
    untold.beat();
    assertThat(below.notices()).isEmpty();
    others.beat();
    assertThat(others.areAround()).isFalse();
    assertThat(Entries.get(other, key)).as("dropped before the notice was taken down").isNull();
  }

  @Test
  void i4_whatADeadProcessCouldNotTellIsForgottenWithItsNotice() throws IOException {
    put(other, "old");
    otherBelow.post(4711);
    untold.beat();
    assertThat(untold.areAround()).isTrue();
    nanos.addAndGet(LIFE.toNanos());
    untold.beat();
    assertThat(otherBelow.notices()).as("it may still be renewed").hasSize(1);
    nanos.addAndGet(1);
    untold.beat();
    assertThat(otherBelow.notices()).isEmpty();
    assertThat(untold.areAround()).isFalse();
    assertThat(Entries.get(other, key)).isNull();
  }

  @Test
  void aNoticeThatIsRenewedStays() throws IOException {
    for (int i = 0; i < 4; i++) {
      otherBelow.post(4711);
      untold.beat();
      nanos.addAndGet(LIFE.toNanos() - 1);
    }
    assertThat(untold.areAround()).isTrue();
    assertThat(otherBelow.notices()).containsOnlyKeys(4711L);
  }

  @Test
  void i4_nothingIsChangedIfNobodyCanBeToldInAnyWay() {
    teller.down(true);
    SharedMemory.Node cut = authority.node();
    cut.down(true);
    UntoldChanges mute =
        new UntoldChanges(new UntoldTier(cut), teller, LIFE, Duration.ZERO, nanos::get);
    SharedCopies silent = new SharedCopies(teller, mute, LIFE);
    mute.keepIn(new OptionalTier(silent));
    assertThatThrownBy(() -> silent.announce(key)).isInstanceOf(IOException.class);
  }

  @Test
  void aNoticeIsRenewedWhileSomethingIsOwed() throws IOException {
    teller.down(true);
    copies.committed(key, 5, copies.announce(key));
    Map<Long, Long> first = below.notices();
    nanos.addAndGet(LIFE.toNanos());
    untold.beat();
    assertThat(below.notices().keySet()).isEqualTo(first.keySet());
    assertThat(below.notices()).isNotEqualTo(first);
  }

  /** A reader that does not reach this tier keeps nobody else from trusting it. */
  @Test
  void i2_whatWasMerelyNotCopiedPutsUpNoNotice() throws IOException {
    teller.down(true);
    tier.purgeThrough(key, 7);
    untold.beat();
    assertThat(below.notices()).isEmpty();
    assertThat(untold.areAround()).isFalse();
    assertThat(tier.owesRepairs()).isFalse();
  }

  @Test
  void i4_whatIsToBeDroppedPutsUpANoticeUntilItIs() throws IOException {
    teller.down(true);
    assertThat(tier.purge(key, PurgeReason.INVALIDATION)).isEqualTo(Outcome.DEFERRED);
    assertThat(below.notices()).hasSize(1);
    assertThat(untold.areAround()).isTrue();
    teller.down(false);
    untold.beat();
    assertThat(below.notices()).isEmpty();
    assertThat(untold.areAround()).isFalse();
  }

  /** If it were told once, what was cleared would be served by all, from here, without an end. */
  @Test
  void i3_aClearIsToldAgainOnceAllFindItAtTheAuthority() throws IOException {
    UntoldChanges settling = new UntoldChanges(below, teller, LIFE, SETTLING, nanos::get);
    SharedCopies cleared = new SharedCopies(teller, settling, LIFE);
    settling.keepIn(new OptionalTier(cleared));
    settling.beat();
    Object unused = settling.begin();
    cleared.clear();
    put(other, "old"); // by who has not found it there yet
    nanos.addAndGet(SETTLING.toNanos() - 1);
    settling.beat();
    assertThat(settling.areAround()).isTrue();
    assertThat(below.notices()).hasSize(1);
    nanos.addAndGet(1);
    settling.beat();
    assertThat(Entries.get(other, key)).isNull();
    assertThat(below.notices()).isEmpty();
    assertThat(settling.areAround()).isFalse();
  }

  private void put(SharedMemory.Node node, String value) throws IOException {
    try (WriteHandle write = node.openWrite(header(key), Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(bytes(value)));
      CommitResult unused = write.commitAs(1);
    }
  }
}
