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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What a tier promises beyond {@link TierContract} because processes share it: two of them, each of
 * which has opened it for itself.
 */
public abstract class SharedTierContract extends AnnouncementContract {
  /** The least steps a log keeps after which {@link #openWithShortLog} may forget the first. */
  private static final int MORE_THAN_A_SHORT_LOG = 400;

  @Test
  void whatOneWritesTheOtherReads() throws IOException {
    long version = put(one, key("k"), bytes("a"));
    assertThat(get(two, key("k"))).isEqualTo(bytes("a"));
    assertThat(two.lookupHeader(key("k")))
        .isInstanceOfSatisfying(
            Lookup.Hit.class,
            hit -> {
              hit.body().close();
              assertThat(hit.header().version()).isEqualTo(version);
            });
    assertThat(two.lookupHeader(key("other"))).isInstanceOf(Lookup.Miss.class);
    assertThat(put(two, key("k"), bytes("b"), Condition.versionIs(version)))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(get(one, key("k"))).isEqualTo(bytes("b"));
    assertThat(one.partitionOf(key("k"))).isEqualTo(two.partitionOf(key("k")));
    assertThat(one.partitionOf(key("k"))).isBetween(0, one.partitions() - 1);
  }

  @Test
  void i8_versionsNeverGoBackThoughTheServerForgetsThem() throws IOException {
    long ahead = 1L << 51; // of a server whose clock was decades ahead
    try (WriteHandle write = one.openWrite(header(key("k")), Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(bytes("x")));
      write.commitAs(ahead);
    }
    long last = put(one, key("k"), bytes("y"));
    assertThat(last).isGreaterThan(ahead);
    loseEverything();
    assertThat(get(one, key("k"))).isNull();
    long next = put(one, key("k"), bytes("z"));
    assertThat(next).isGreaterThan(last);
    assertThat(put(two, key("k"), bytes("z"))).isGreaterThan(next);
  }

  @Test
  void oneOfAllGetsTheLease() {
    long lease = granted(one, key("k"));
    assertThat(lease).isNotZero();
    for (CoherentTier tier : List.of(one, two)) {
      assertThat(tier.lookupOrLease(key("k"), LIFE))
          .isInstanceOfSatisfying(
              LeaseAnswer.Taken.class,
              taken -> assertThat(taken.leftMillis()).isBetween(1L, LIFE.toMillis()));
    }
    two.releaseLease(key("k"), lease + 1); // not the one that was given
    assertThat(two.lookupOrLease(key("k"), LIFE)).isInstanceOf(LeaseAnswer.Taken.class);
    one.releaseLease(key("k"), lease);
    assertThat(granted(two, key("k"))).isGreaterThan(lease);
  }

  @Test
  void whatIsThereIsFoundInsteadOfALease() throws IOException {
    for (int size : new int[] {0, 10, 700_000}) {
      put(one, key("k"), bytes(1, size));
      LeaseAnswer answer = two.lookupOrLease(key("k"), LIFE);
      assertThat(answer).isInstanceOf(LeaseAnswer.Found.class);
      try (ReadHandle body = ((LeaseAnswer.Found) answer).hit().body()) {
        assertThat(Entries.readAll(body)).isEqualTo(bytes(1, size));
      }
    }
  }

  @Test
  void whoHasTheLeaseFillsOnce() throws IOException {
    long lease = granted(one, key("k"));
    assertThat(fill(two, key("k"), lease - 1)).isInstanceOf(CommitResult.Refused.class);
    assertThat(fill(one, key("k"), lease)).isInstanceOf(CommitResult.Committed.class);
    assertThat(get(two, key("k"))).isEqualTo(bytes("filled"));
    assertThat(fill(one, key("k"), lease)).isInstanceOf(CommitResult.Refused.class);
    one.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(fill(one, key("k"), lease)).isInstanceOf(CommitResult.Refused.class);
    assertThat(get(two, key("k"))).isNull();
  }

  /** Something another process does to a key. */
  private interface Interference {
    void happens() throws IOException;
  }

  @Test
  void i3_anyWriteOrPurgeOrClearCancelsTheLease() throws IOException {
    EntryKey key = key("k");
    List<Interference> all =
        List.of(
            () -> put(two, key, bytes("written")),
            () -> {
              put(two, key, bytes("written"));
              two.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
            },
            () -> two.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS),
            () -> two.purge(key, PurgeReason.INVALIDATION, Condition.ABSENT),
            () -> two.purgeAll(List.of(key), PurgeReason.INVALIDATION),
            () -> two.writeAll(List.of(write(key, "written", Condition.ALWAYS))),
            () -> two.clear());
    for (Interference interference : all) {
      one.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
      long lease = granted(one, key);
      interference.happens();
      assertThat(fill(one, key, lease)).isInstanceOf(CommitResult.Refused.class);
      assertThat(get(one, key)).isNotEqualTo(bytes("filled"));
    }
  }

  @Test
  void aRefusedStepLeavesTheLease() throws IOException {
    long lease = granted(one, key("k"));
    put(two, key("k"), bytes("x"), Condition.PRESENT);
    two.purge(key("k"), PurgeReason.INVALIDATION, Condition.versionIs(5));
    assertThat(fill(one, key("k"), lease)).isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void aLeaseEndsByItsTime() throws IOException {
    LeaseAnswer first = one.lookupOrLease(key("k"), Duration.ofMillis(1));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    LeaseAnswer second = two.lookupOrLease(key("k"), LIFE);
    while (!(second instanceof LeaseAnswer.Granted) && System.nanoTime() < end) {
      second = two.lookupOrLease(key("k"), LIFE);
    }
    assertThat(second).isInstanceOf(LeaseAnswer.Granted.class);
    assertThat(fill(one, key("k"), ((LeaseAnswer.Granted) first).lease()))
        .isInstanceOf(CommitResult.Refused.class);
    assertThat(fill(two, key("k"), ((LeaseAnswer.Granted) second).lease()))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void whatChangesNothingForOthersIsNeitherLoggedNorTold() throws Exception {
    EntryKey key = key("k");
    Heard heard = new Heard(one);
    long before = sequence(one, key);
    fill(two, key, granted(two, key));
    put(two, key, bytes("x"), Condition.ABSENT);
    two.purge(key, PurgeReason.INVALIDATION, Condition.versionIs(1));
    two.purge(key("absent"), PurgeReason.INVALIDATION, Condition.PRESENT);
    long version = headerOf(two, key).version();
    assertThat(two.updateHeader(key, version, HeaderUpdate.expireAt(5_000_000_000_000L))).isTrue();
    assertThat(two.updateHeader(key, version, HeaderUpdate.expireAt(6_000_000_000_000L))).isTrue();
    two.releaseLease(key("other"), granted(two, key("other")));
    heard.next(); // the first deadline was nearer than none
    assertThat(sequence(one, key)).isGreaterThan(before);
    put(two, key("end"), bytes("x"));
    assertThat(heard.next().changes())
        .singleElement()
        .isInstanceOfSatisfying(
            Change.OfKey.class, change -> assertThat(change.key()).isEqualTo(key("end")));
  }

  /**
   * Others may hold copies of what left the tier unasked: were a purge of its absence not told,
   * they would serve them on.
   */
  @Test
  void aPurgeOfWhatIsAbsentIsToldToo() throws Exception {
    EntryKey key = key("absent");
    Heard heard = new Heard(one);
    for (Condition condition : List.of(Condition.ALWAYS, Condition.ABSENT)) {
      assertThat(two.purge(key, PurgeReason.INVALIDATION, condition)).isFalse();
      assertThat(heard.next().changes())
          .singleElement()
          .isInstanceOfSatisfying(
              Change.OfKey.class,
              change -> {
                assertThat(change.kind()).isEqualTo(Change.Kind.FILLED);
                assertThat(change.key()).isEqualTo(key);
              });
    }
  }

  @Test
  void tellsWhatHappened() throws Exception {
    EntryKey key = key("k");
    Heard heard = new Heard(one);
    long first = put(two, key, bytes("a"));
    assertChange(heard.next(), Change.Kind.CREATED, key, first);
    long second = put(two, key, bytes("b"));
    assertChange(heard.next(), Change.Kind.UPDATED, key, second);
    two.updateHeader(key, second, HeaderUpdate.expireAt(5_000_000_000_000L));
    assertChange(heard.next(), Change.Kind.HEADER, key, second);
    two.updateHeader(key, second, new HeaderUpdate(null, Metadata.NONE, null));
    two.updateHeader(key, second, HeaderUpdate.TO_STALE);
    assertChange(heard.next(), Change.Kind.HEADER, key, second);
    Metadata tagged = new Metadata(null, Set.of("red"), Map.of());
    two.updateHeader(key, second, new HeaderUpdate(null, tagged, null));
    assertChange(heard.next(), Change.Kind.HEADER, key, second);
    two.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
    Changes removal = heard.next();
    assertChange(removal, Change.Kind.REMOVED, key, removal.sequence());
    put(two, key, bytes("c"));
    heard.next();
    two.purge(key, PurgeReason.EXPIRY, Condition.ALWAYS);
    Changes expiry = heard.next();
    assertChange(expiry, Change.Kind.EXPIRED, key, expiry.sequence());
  }

  private static void assertChange(Changes changes, Change.Kind kind, EntryKey key, long version) {
    assertThat(changes.changes()).containsExactly(new Change.OfKey(kind, key, version));
  }

  @Test
  void tellsEveryPartitionOfAClearAndOfATag() throws Exception {
    Heard heard = new Heard(one);
    long through = two.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
    boolean[] told = new boolean[one.partitions()];
    for (int i = 0; i < told.length; i++) {
      Changes changes = heard.next();
      told[changes.partition()] = true;
      assertThat(changes.changes())
          .containsExactly(new Change.OfTag("red", PurgeMode.SOFT, through));
      assertThat(changes.sequence()).isGreaterThan(through);
    }
    assertThat(told).doesNotContain(false);
    two.clear();
    for (int i = 0; i < told.length; i++) {
      Changes changes = heard.next();
      told[changes.partition()] = false;
      assertThat(changes.changes()).containsExactly(new Change.Clear(changes.sequence()));
    }
    assertThat(told).doesNotContain(true);
  }

  @Test
  void theLogHoldsWhatWasToldInItsOrder() throws Exception {
    EntryKey key = key("k");
    int partition = one.partitionOf(key);
    Heard heard = new Heard(one);
    List<Changes> told = new ArrayList<>();
    long start = sequence(one, key);
    for (int i = 0; i < 300; i++) {
      put(i % 3 == 0 ? one : two, key, bytes("x" + i));
      told.add(heard.next());
    }
    long previous = start;
    for (int i = 0; i < told.size(); i++) {
      Changes step = told.get(i);
      assertThat(step.partition()).isEqualTo(partition);
      assertThat(step.previous()).isEqualTo(previous);
      assertThat(step.sequence()).isGreaterThan(previous);
      assertThat(step.origin())
          .isEqualTo((i % 3 == 0 ? one : two).changes().origin())
          .isNotEqualTo((i % 3 == 0 ? two : one).changes().origin());
      previous = step.sequence();
    }
    assertThat(sequence(two, key)).isEqualTo(previous);
    assertThat(two.changes().since(partition, start)).isEqualTo(told);
    assertThat(two.changes().since(partition, told.get(99).sequence()))
        .isEqualTo(told.subList(100, 300));
    assertThat(two.changes().since(partition, previous)).isEmpty();
    assertThat(two.changes().since(partition, previous + 1)).as("of the future").isNull();
    Changes afterGap =
        told.stream()
            .filter(step -> step.sequence() - 1 > step.previous())
            .findFirst()
            .orElseThrow();
    assertThat(two.changes().since(partition, afterGap.sequence() - 1))
        .as("no step of this number")
        .isNull();
  }

  @Test
  void aPartitionThatNeverChangedHasNoStep() throws IOException {
    assertThat(one.changes().sequences()).hasSize(one.partitions()).containsOnly(0);
    assertThat(one.changes().since(0, 0)).isEmpty();
    fill(one, key("k"), granted(one, key("k")));
    assertThat(one.changes().sequences()).containsOnly(0);
    assertThat(one.changes().since(one.partitionOf(key("k")), 0)).isEmpty();
  }

  @Test
  void aLogThatForgotSaysSo() throws IOException {
    CoherentTier tier = track(openWithShortLog());
    EntryKey key = key("k");
    int partition = tier.partitionOf(key);
    put(tier, key, bytes("first"));
    long first = sequence(tier, key);
    for (int i = 0; i < MORE_THAN_A_SHORT_LOG; i++) {
      put(tier, key, bytes("x" + i));
    }
    long last = sequence(tier, key);
    put(tier, key, bytes("last"));
    assertThat(tier.changes().since(partition, 0)).isNull();
    assertThat(tier.changes().since(partition, first)).isNull();
    assertThat(tier.changes().since(partition, last)).hasSize(1);
  }

  @Test
  void aLogThatWasLostSaysSo() throws IOException {
    EntryKey key = key("k");
    int partition = one.partitionOf(key);
    put(one, key, bytes("x"));
    long before = sequence(one, key);
    loseEverything();
    assertThat(one.changes().since(partition, before)).isNull();
    put(one, key, bytes("y"));
    assertThat(one.changes().since(partition, before)).isNull();
    assertThat(sequence(one, key)).isGreaterThan(before);
  }

  /** Were it not, a process could go on serving copies of writes that the server has lost. */
  @Test
  void anotherHistoryIsTold() throws IOException {
    EntryKey key = key("k");
    int partition = one.partitionOf(key);
    put(one, key, bytes("x"));
    long before = history(partition);
    put(two, key, bytes("y"));
    assertThat(history(partition)).isEqualTo(before);
    loseEverything();
    long after = history(partition);
    assertThat(after).isNotEqualTo(before);
    put(one, key, bytes("z"));
    assertThat(history(partition)).isEqualTo(after);
  }

  private long history(int partition) throws IOException {
    assertThat(one.changes().sequences()[partition]).isNotNegative();
    return one.changes().history(partition);
  }

  private static WholeWrite write(EntryKey key, String body, Condition condition) {
    return new WholeWrite(header(key), ByteBuffer.wrap(bytes(body)), condition);
  }

  @Test
  void manyAreWrittenReadAndPurgedTogether() throws Exception {
    Heard heard = new Heard(one);
    List<EntryKey> keys = new ArrayList<>();
    List<WholeWrite> writes = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      keys.add(key(i));
      writes.add(write(key(i), "body " + i, i == 7 ? Condition.PRESENT : Condition.ALWAYS));
    }
    writes.set(
        9, new WholeWrite(header(key(9)), ByteBuffer.wrap(bytes(9, 700_000)), Condition.ALWAYS));
    writes.set(
        11,
        new WholeWrite(
            header(key(11)).withBody(5, 0), ByteBuffer.wrap(bytes("x")), Condition.ALWAYS));
    List<WriteResult> results = two.writeAll(writes);
    assertThat(writes.get(0).body().remaining()).isPositive();
    for (int i = 0; i < 500; i++) {
      byte[] found = get(one, key(i));
      if (i == 7) {
        assertThat(results.get(i))
            .isEqualTo(new WriteResult.Done(new CommitResult.Refused(EntryHeader.UNASSIGNED)));
        assertThat(found).isNull();
      } else if (i == 11) {
        assertThat(results.get(i)).isInstanceOf(WriteResult.Failed.class);
        assertThat(found).isNull();
      } else {
        byte[] body = i == 9 ? bytes(9, 700_000) : bytes("body " + i);
        long version = headerOf(one, key(i)).version();
        assertThat(results.get(i))
            .isEqualTo(new WriteResult.Done(new CommitResult.Committed(version, body.length)));
        assertThat(found).isEqualTo(body);
      }
    }
    assertToldTogether(heard, 498);

    List<Lookup> lookups = one.lookupAll(keys);
    for (int i = 0; i < 500; i++) {
      assertThat(lookups.get(i) instanceof Lookup.Hit).as("%d", i).isEqualTo(i != 7 && i != 11);
      if (lookups.get(i) instanceof Lookup.Hit hit) {
        assertThat(hit.header().key()).isEqualTo(keys.get(i));
        hit.body().close();
      }
    }

    List<WriteResult> purged = two.purgeAll(keys, PurgeReason.INVALIDATION);
    for (int i = 0; i < 500; i++) {
      CommitResult result = ((WriteResult.Done) purged.get(i)).result();
      if (lookups.get(i) instanceof Lookup.Hit hit) {
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        assertThat(((CommitResult.Committed) result).version()).isEqualTo(hit.header().version());
      } else {
        assertThat(result).isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
      }
    }
    assertToldTogether(heard, 500); // those that were absent, too
    assertThat(one.lookupAll(keys)).containsOnly(Lookup.MISS);
    assertThat(one.lookupAll(List.of())).isEmpty();
    assertThat(one.writeAll(List.of())).isEmpty();
  }

  /** So many changes come in at most two messages a partition. */
  private void assertToldTogether(Heard heard, int changes) throws InterruptedException {
    int told = 0;
    int messages = 0;
    while (told < changes) {
      told += heard.next().changes().size();
      messages++;
    }
    assertThat(told).isEqualTo(changes);
    assertThat(messages).isLessThanOrEqualTo(2 * one.partitions());
  }

  @Test
  void theLastOfTwoWritesOfAKeyTogetherCounts() throws IOException {
    List<WriteResult> results =
        one.writeAll(
            List.of(
                write(key("k"), "a", Condition.ABSENT),
                write(key("k"), "b", Condition.PRESENT),
                write(key("k"), "c", Condition.ABSENT)));
    assertThat(get(two, key("k"))).isEqualTo(bytes("b"));
    long version = headerOf(two, key("k")).version();
    assertThat(results.get(2)).isEqualTo(new WriteResult.Done(new CommitResult.Refused(version)));
  }
}
