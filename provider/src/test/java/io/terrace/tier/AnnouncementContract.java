package io.terrace.tier;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What a tier promises where it holds copies of what another shared tier, the authority, holds: a
 * change there is announced here, and the versions are given there.
 */
public abstract class AnnouncementContract extends SharedTierFixture {
  private static final EntryKey KEY = key("k");

  /** Of an authority whose clock is decades behind that of this tier. */
  private static final long GIVEN = 1_000_000_000L;

  private static CommitResult store(CoherentTier tier, byte[] body, Condition condition)
      throws IOException {
    try (WriteHandle write = tier.openWrite(header(KEY), condition)) {
      write.write(ByteBuffer.wrap(body));
      return write.commitAs(GIVEN);
    }
  }

  private static CommitResult storeUnder(CoherentTier tier, Announcement announcement)
      throws IOException {
    return store(tier, bytes("changed"), Condition.announced(announcement.number()));
  }

  private static void assertRuns(CoherentTier tier) {
    assertThat(tier.lookupOrLease(KEY, LIFE))
        .isInstanceOfSatisfying(
            LeaseAnswer.Announced.class,
            answer -> assertThat(answer.leftMillis()).isBetween(1L, LIFE.toMillis()));
  }

  /** Announces for as short a time as can be, and waits until it is over. */
  private long announceUntilItIsOver(CoherentTier tier) throws IOException {
    Announcement announcement = tier.announce(KEY, Duration.ofMillis(1));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    LeaseAnswer answer = two.lookupOrLease(KEY, LIFE);
    while (answer instanceof LeaseAnswer.Announced && System.nanoTime() < end) {
      answer = two.lookupOrLease(KEY, LIFE);
    }
    assertThat(answer).isInstanceOf(LeaseAnswer.Granted.class);
    two.releaseLease(KEY, ((LeaseAnswer.Granted) answer).lease());
    return announcement.number();
  }

  private static void assertAnnounced(Changes step) {
    assertTold(Change.Kind.ANNOUNCED, step);
  }

  private static void assertTold(Change.Kind kind, Changes step) {
    assertThat(step.changes()).containsExactly(new Change.OfKey(kind, KEY, step.sequence()));
  }

  @Test
  void i4_anAnnouncementDropsTheEntryAndIsTold() throws Exception {
    EntryKey other = key("other");
    put(two, KEY, bytes("old"));
    Heard heard = new Heard(one);
    long before = sequence(one, KEY);
    Announcement announcement = two.announce(KEY, LIFE);
    assertThat(announcement.dropped()).isTrue();
    assertThat(announcement.number()).isPositive();
    assertThat(get(one, KEY)).isNull();
    Changes told = heard.next();
    assertAnnounced(told);
    assertThat(told.origin()).isEqualTo(two.changes().origin());
    assertThat(one.changes().since(one.partitionOf(KEY), before)).containsExactly(told);
    assertThat(two.announce(KEY, LIFE).dropped()).isFalse();
    assertTold(Change.Kind.CONTENDED, heard.next());
  }

  @Test
  void i3_anAnnouncementCancelsTheLease() throws IOException {
    long lease = granted(one, KEY);
    Announcement announcement = two.announce(KEY, LIFE);
    assertThat(store(one, bytes("read before"), Condition.leased(lease)))
        .isInstanceOf(CommitResult.Refused.class);
    one.releaseLease(KEY, lease);
    assertRuns(one);
    two.settle(KEY, announcement.number());
    assertThat(store(one, bytes("read before"), Condition.leased(lease)))
        .isInstanceOf(CommitResult.Refused.class);
    assertThat(get(one, KEY)).isNull();
  }

  @Test
  void i3_nothingElseIsStoredWhileAnAnnouncementRuns() throws IOException {
    Announcement announcement = one.announce(KEY, LIFE);
    List<Condition> others =
        List.of(
            Condition.ALWAYS,
            Condition.ABSENT,
            Condition.olderThan(GIVEN),
            Condition.leased(announcement.number()),
            Condition.announced(announcement.number() + 1));
    for (Condition condition : others) {
      assertThat(store(two, bytes("x"), condition))
          .isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
      assertThat(put(two, KEY, bytes("x"), condition)).isInstanceOf(CommitResult.Refused.class);
      assertRuns(two);
    }
    WholeWrite whole = new WholeWrite(header(KEY), ByteBuffer.wrap(bytes("x")), Condition.ALWAYS);
    assertThat(two.writeAll(List.of(whole)))
        .containsExactly(new WriteResult.Done(new CommitResult.Refused(EntryHeader.UNASSIGNED)));
    assertThat(get(one, KEY)).isNull();
    assertThat(put(two, key("other"), bytes("x"), Condition.ABSENT))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void i3_purgesAndClearsEndNoAnnouncementButWhatIsClearedIsNotStored() throws IOException {
    Announcement announcement = one.announce(KEY, LIFE);
    two.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
    two.purge(KEY, PurgeReason.INVALIDATION, Condition.ABSENT);
    two.purgeAll(List.of(KEY), PurgeReason.INVALIDATION);
    assertRuns(two);
    two.clear();
    assertRuns(two);
    assertThat(storeUnder(one, announcement)).isInstanceOf(CommitResult.Refused.class);
    assertRuns(two);
    one.settle(KEY, announcement.number());
    assertThat(two.lookupOrLease(KEY, LIFE)).isInstanceOf(LeaseAnswer.Granted.class);
  }

  @Test
  void whoAnnouncedStoresOnceAndTellsNobody() throws Exception {
    Heard heard = new Heard(one);
    for (int size : new int[] {10, 700_000}) {
      Announcement announcement = two.announce(KEY, LIFE);
      assertAnnounced(heard.next());
      Condition under = Condition.announced(announcement.number());
      assertThat(store(two, bytes(1, size), under))
          .isEqualTo(new CommitResult.Committed(GIVEN, size));
      assertThat(get(one, KEY)).isEqualTo(bytes(1, size));
      assertThat(headerOf(one, KEY).version()).isEqualTo(GIVEN);
      assertThat(store(two, bytes("again"), under)).isInstanceOf(CommitResult.Refused.class);
    }
    put(two, key("end"), bytes("x"));
    assertThat(heard.next().changes())
        .singleElement()
        .isInstanceOfSatisfying(
            Change.OfKey.class, change -> assertThat(change.key()).isEqualTo(key("end")));
    one.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(granted(one, KEY)).as("a lease, as it is settled").isPositive();
  }

  @Test
  void aFillWithAGivenVersionIsToldToNobody() throws Exception {
    Heard heard = new Heard(one);
    long before = sequence(one, KEY);
    assertThat(store(two, bytes("x"), Condition.leased(granted(two, KEY))))
        .isEqualTo(new CommitResult.Committed(GIVEN, 1));
    assertThat(sequence(one, KEY)).isEqualTo(before);
    assertAnnounced(announcedNext(heard));
  }

  private Changes announcedNext(Heard heard) throws Exception {
    two.announce(KEY, LIFE);
    return heard.next();
  }

  @Test
  void aSettledAnnouncementIsOver() throws Exception {
    Heard heard = new Heard(one);
    Announcement announcement = two.announce(KEY, LIFE);
    assertAnnounced(heard.next());
    two.settle(KEY, announcement.number());
    assertThat(storeUnder(two, announcement)).isInstanceOf(CommitResult.Refused.class);
    assertThat(fill(one, KEY, granted(one, KEY))).isInstanceOf(CommitResult.Committed.class);
    put(two, key("end"), bytes("x"));
    assertThat(heard.next().changes())
        .as("nothing was told by the settlement")
        .noneMatch(change -> ((Change.OfKey) change).kind() == Change.Kind.ANNOUNCED);
  }

  /** They were made in the authority in an order that nobody knows here. */
  @Test
  void i3_nothingIsStoredUnderAnnouncementsOfSeveral() throws IOException {
    Announcement first = one.announce(KEY, LIFE);
    Announcement second = two.announce(KEY, LIFE);
    assertThat(second.number()).isGreaterThan(first.number());
    assertThat(storeUnder(one, first)).isInstanceOf(CommitResult.Refused.class);
    assertThat(storeUnder(two, second)).isInstanceOf(CommitResult.Refused.class);
    one.settle(KEY, first.number());
    assertRuns(one);
    assertThat(storeUnder(two, second)).isInstanceOf(CommitResult.Refused.class);
    Announcement third = one.announce(KEY, LIFE);
    two.settle(KEY, second.number());
    assertThat(storeUnder(one, third)).isInstanceOf(CommitResult.Refused.class);
    assertRuns(one);
    one.settle(KEY, third.number());
    assertThat(fill(two, KEY, granted(two, KEY))).isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void i4_aLateSettlementDropsWhatWasFilledInSince() throws Exception {
    long number = announceUntilItIsOver(one);
    assertThat(fill(two, KEY, granted(two, KEY))).isInstanceOf(CommitResult.Committed.class);
    Heard heard = new Heard(two);
    assertThat(store(one, bytes("late"), Condition.announced(number)))
        .isInstanceOf(CommitResult.Refused.class);
    one.settle(KEY, number);
    assertAnnounced(heard.next());
    assertThat(get(two, KEY)).isNull();
    long lease = granted(two, KEY);
    one.settle(KEY, number);
    assertThat(fill(two, KEY, lease)).isInstanceOf(CommitResult.Refused.class);
  }

  /** The later change may have been made first: what it would store may be older. */
  @Test
  void i3_aLateSettlementLeavesTheAnnouncementOfAnotherWithoutAStore() throws Exception {
    long late = announceUntilItIsOver(one);
    Announcement other = two.announce(KEY, LIFE);
    Heard heard = new Heard(two);
    one.settle(KEY, late);
    assertTold(Change.Kind.CONTENDED, heard.next());
    assertRuns(one);
    assertThat(storeUnder(two, other)).isInstanceOf(CommitResult.Refused.class);
    two.settle(KEY, other.number());
    assertThat(fill(two, KEY, granted(two, KEY))).isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void anAnnouncementLivesAsLongAsTheLastOfItsKey() throws IOException {
    Announcement first = one.announce(KEY, LIFE);
    two.announce(KEY, Duration.ofMillis(1));
    assertThat(one.lookupOrLease(KEY, LIFE))
        .isInstanceOfSatisfying(
            LeaseAnswer.Announced.class,
            answer -> assertThat(answer.leftMillis()).isGreaterThan(1));
    two.announce(KEY, LIFE.multipliedBy(2));
    one.settle(KEY, first.number());
    assertThat(one.lookupOrLease(KEY, LIFE))
        .isInstanceOfSatisfying(
            LeaseAnswer.Announced.class,
            answer -> assertThat(answer.leftMillis()).isGreaterThan(LIFE.toMillis()));
  }

  @Test
  void anAnnouncementWithoutALifeDropsAndTellsAlone() throws Exception {
    put(one, KEY, bytes("old"));
    Heard heard = new Heard(one);
    assertThat(two.announce(KEY, Duration.ZERO)).isEqualTo(new Announcement(0, true));
    assertAnnounced(heard.next());
    assertThat(get(one, KEY)).isNull();
    long lease = granted(one, KEY);
    assertThat(two.announce(KEY, Duration.ZERO)).isEqualTo(new Announcement(0, false));
    assertThat(fill(one, KEY, lease)).isInstanceOf(CommitResult.Refused.class);
    lease = granted(one, KEY);
    two.settle(KEY, 0);
    assertThat(fill(one, KEY, lease)).isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void i3_anAnnouncementWithoutALifeIsOneOfSeveral() throws IOException {
    Announcement running = one.announce(KEY, LIFE);
    assertThat(two.announce(KEY, Duration.ZERO).number()).isZero();
    assertRuns(two);
    assertThat(storeUnder(one, running)).isInstanceOf(CommitResult.Refused.class);
    one.settle(KEY, running.number());
    assertThat(granted(two, KEY)).isPositive();
  }

  @Test
  void i4_theSettlementOfALostAnnouncementDropsWhatWasFilledInSince() throws Exception {
    Announcement lost = one.announce(KEY, LIFE);
    loseEverything();
    assertThat(fill(two, KEY, granted(two, KEY))).isInstanceOf(CommitResult.Committed.class);
    assertThat(storeUnder(one, lost)).isInstanceOf(CommitResult.Refused.class);
    one.settle(KEY, lost.number());
    assertThat(get(two, KEY)).isNull();
  }

  @Test
  void aPurgeOfATagIsToldWithTheVersionThatItWasGiven() throws Exception {
    Metadata red = new Metadata(null, Set.of("red"), Map.of());
    Heard heard = new Heard(one);
    long ahead = 1L << 51;
    for (long given : new long[] {5, ahead, GIVEN}) {
      long before = sequence(one, KEY);
      assertThat(two.purgeTag("red", PurgeMode.HARD, given)).isEqualTo(given);
      for (int i = 0; i < one.partitions(); i++) {
        Changes step = heard.next();
        assertThat(step.changes()).containsExactly(new Change.OfTag("red", PurgeMode.HARD, given));
        assertThat(step.sequence()).isGreaterThan(step.previous());
      }
      assertThat(sequence(one, KEY)).isGreaterThan(before);
    }
    try (WriteHandle write = two.openWrite(header(KEY, EntryHeader.NEVER, red), Condition.ALWAYS)) {
      write.commitAs(ahead);
    }
    assertThat(get(one, KEY)).isNull();
    put(two, header(KEY, EntryHeader.NEVER, red), bytes("new"), Condition.ALWAYS);
    assertThat(get(one, KEY)).isEqualTo(bytes("new"));
  }

  @Test
  void i4_aServerThatNobodyAskedIsClearedOnceForAll() throws Exception {
    put(two, KEY, bytes("of whom"));
    long before = sequence(one, KEY);
    one.clearAfterLoss();
    assertThat(get(one, KEY)).isNull();
    assertThat(sequence(one, KEY)).as("told to nobody").isEqualTo(before);
    put(one, KEY, bytes("since"));
    one.clearAfterLoss();
    two.clearAfterLoss();
    assertThat(get(two, KEY)).isEqualTo(bytes("since"));
  }

  @Test
  void i3_whatIsForgottenIsToldToNobodyAndEndsLeases() throws Exception {
    EntryKey other = key("other");
    put(two, KEY, bytes("old"));
    LeaseAnswer.Granted lease =
        (LeaseAnswer.Granted) two.lookupOrLease(other, Duration.ofMinutes(1));
    long before = sequence(one, KEY);
    one.forget();
    assertThat(get(two, KEY)).isNull();
    assertThat(sequence(one, KEY)).isEqualTo(before);
    try (WriteHandle write = two.openWrite(header(other), Condition.leased(lease.lease()))) {
      assertThat(write.commitAs(GIVEN)).isInstanceOf(CommitResult.Refused.class);
    }
    put(one, KEY, bytes("new"));
    assertThat(get(two, KEY)).isEqualTo(bytes("new"));
  }
}
