package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many requests an operation takes: each is paid for. */
class AwsCommandsTest {
  private static final Map<String, Integer> ONE_GET = Map.of("GetItem", 1);
  private static final Map<String, Integer> ONE_PUT = Map.of("PutItem", 1);
  private static final Map<String, Integer> ONE_UPDATE = Map.of("UpdateItem", 1);

  private final AtomicLong nanos = new AtomicLong();
  private final RequestCounts requests = new RequestCounts();
  private final AwsSetup setup = AwsSetup.here().nanoClock(nanos::get).interceptor(requests);
  private AwsTier tier;

  @BeforeEach
  void openTier() throws IOException {
    tier = setup.open();
    put(tier, key("first"), bytes("x")); // table and bucket are there, and what is hidden is known
    put(tier, key("first long"), bytes(1, 100_000));
    requests.take();
  }

  @AfterEach
  void closeTier() throws IOException {
    tier.close();
    Leftovers.assertNone(setup);
  }

  private static Metadata tagged(String tag) {
    return new Metadata(null, Set.of(tag), Map.of());
  }

  @Test
  void aLookupIsOneRequest() throws IOException {
    put(tier, header(key("k"), EntryHeader.NEVER, tagged("red")), bytes("x"), Condition.ALWAYS);
    requests.take();
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
    assertThat(requests.take()).isEqualTo(ONE_GET);
    assertThat(get(tier, key("absent"))).isNull();
    assertThat(requests.take()).isEqualTo(ONE_GET);
    assertThat(tier.lookupHeader(key("k"))).isInstanceOf(Lookup.Hit.class);
    assertThat(requests.take()).isEqualTo(ONE_GET);
  }

  @Test
  void aWriteIsOneRequestWhateverItsConditionIfThatHolds() throws IOException {
    EntryKey key = key("k");
    long first = put(tier, key, bytes("1"));
    assertThat(requests.take()).isEqualTo(ONE_PUT);
    for (Condition condition :
        List.of(Condition.ALWAYS, Condition.PRESENT, Condition.olderThan(1L << 52))) {
      put(tier, key, bytes("2"), condition);
      assertThat(requests.take()).as("%s", condition).isEqualTo(ONE_PUT);
    }
    long version = put(tier, key, bytes("3"));
    requests.take();
    put(tier, key, bytes("4"), Condition.versionIs(version));
    assertThat(requests.take()).isEqualTo(ONE_PUT);
    tier.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
    requests.take();
    assertThat(put(tier, key, bytes("5"), Condition.ABSENT))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(requests.take()).isEqualTo(ONE_PUT);
    tier.clear();
    requests.take();
    assertThat(put(tier, key, bytes("6"), Condition.ABSENT))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(requests.take()).isEqualTo(ONE_PUT);
    assertThat(headerOf(tier, key).version()).isGreaterThan(first);
  }

  @Test
  void aRefusalIsOneRequest() throws IOException {
    long version = put(tier, key("k"), bytes("1"));
    requests.take();
    for (Condition condition :
        List.of(Condition.ABSENT, Condition.versionIs(version - 1), Condition.olderThan(version))) {
      assertThat(put(tier, key("k"), bytes("2"), condition))
          .isEqualTo(new CommitResult.Refused(version));
      assertThat(requests.take()).as("%s", condition).isEqualTo(ONE_PUT);
    }
    assertThat(put(tier, key("absent"), bytes("2"), Condition.PRESENT))
        .isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    assertThat(requests.take()).isEqualTo(ONE_PUT);
  }

  @Test
  void aWriteOverWhatATagHidesIsTwoRequests() throws IOException {
    EntryHeader red = header(key("k"), EntryHeader.NEVER, tagged("red"));
    put(tier, red, bytes("1"), Condition.ALWAYS);
    tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    requests.take();
    assertThat(put(tier, red, bytes("2"), Condition.ABSENT))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(requests.take()).isEqualTo(Map.of("PutItem", 2));
    put(tier, red, bytes("3"), Condition.PRESENT);
    assertThat(requests.take()).as("it is newer than the purge").isEqualTo(ONE_PUT);
  }

  @Test
  void aPurgeIsOneRequest() throws IOException {
    for (Condition condition : List.of(Condition.ALWAYS, Condition.PRESENT)) {
      put(tier, key("k"), bytes("1"));
      requests.take();
      assertThat(tier.purge(key("k"), PurgeReason.INVALIDATION, condition)).isTrue();
      assertThat(requests.take()).isEqualTo(ONE_UPDATE);
      assertThat(tier.purge(key("k"), PurgeReason.INVALIDATION, condition)).isFalse();
      assertThat(requests.take()).isEqualTo(ONE_UPDATE);
    }
    assertThat(tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ABSENT)).isFalse();
    assertThat(requests.take()).isEqualTo(ONE_UPDATE);
  }

  @Test
  void aDeadlineIsOneRequestAndOtherHeadersTwo() throws IOException {
    long version = put(tier, key("k"), bytes("1"));
    requests.take();
    for (long deadline : new long[] {5_000_000_000_000L, EntryHeader.NEVER}) {
      assertThat(tier.updateHeader(key("k"), version, HeaderUpdate.expireAt(deadline))).isTrue();
      assertThat(requests.take()).isEqualTo(ONE_UPDATE);
    }
    for (HeaderUpdate update :
        List.of(HeaderUpdate.TO_STALE, new HeaderUpdate(null, tagged("red"), Freshness.FRESH))) {
      assertThat(tier.updateHeader(key("k"), version, update)).isTrue();
      assertThat(requests.take()).isEqualTo(Map.of("GetItem", 1, "UpdateItem", 1));
    }
    assertThat(tier.updateHeader(key("k"), version - 1, HeaderUpdate.expireAt(5))).isFalse();
    assertThat(requests.take()).isEqualTo(ONE_UPDATE);
  }

  @Test
  void whatIsHiddenIsAskedForOnceASecond() throws IOException {
    nanos.addAndGet(Control.FRESH_NANOS);
    get(tier, key("first"));
    assertThat(requests.take()).as("fresh to the end of the second").isEqualTo(ONE_GET);
    nanos.addAndGet(1);
    get(tier, key("first"));
    assertThat(requests.take()).isEqualTo(Map.of("GetItem", 2));
    put(tier, key("first"), bytes("y"));
    assertThat(requests.take()).isEqualTo(ONE_PUT);
    nanos.addAndGet(Control.FRESH_NANOS + 1);
    put(tier, key("first"), bytes("z"));
    assertThat(requests.take()).isEqualTo(Map.of("GetItem", 1, "PutItem", 1));
  }

  @Test
  void clearsAndPurgesByTagDoNotDependOnTheNumberOfEntries() throws IOException {
    tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    assertThat(requests.take()).isEqualTo(Map.of("UpdateItem", 2));
    tier.clear();
    assertThat(requests.take()).isEqualTo(ONE_UPDATE);
    nanos.addAndGet(Control.FRESH_NANOS + 1);
    get(tier, key("first"));
    assertThat(requests.take()).isEqualTo(Map.of("GetItem", 2, "Query", 1));
    nanos.addAndGet(Control.FRESH_NANOS + 1);
    get(tier, key("first"));
    assertThat(requests.take()).as("nothing has changed").isEqualTo(Map.of("GetItem", 2));
  }

  @Test
  void aNoticeIsOneRequest() throws IOException {
    nanos.addAndGet(Control.KNOWN_NANOS + 1); // what is hidden does not matter
    assertThat(tier.notices()).isEmpty();
    assertThat(requests.take()).isEqualTo(Map.of("Query", 1));
    tier.post(1);
    tier.post(2);
    assertThat(requests.take()).isEqualTo(Map.of("PutItem", 2));
    Map<Long, Long> notices = tier.notices();
    assertThat(requests.take()).as("all of them").isEqualTo(Map.of("Query", 1));
    assertThat(tier.withdraw(1, notices.get(2L))).isFalse();
    assertThat(requests.take()).isEqualTo(Map.of("DeleteItem", 1));
    assertThat(tier.withdraw(1, notices.get(1L))).isTrue();
    assertThat(requests.take()).isEqualTo(Map.of("DeleteItem", 1));
    tier.withdraw(2);
    assertThat(requests.take()).isEqualTo(Map.of("DeleteItem", 1));
  }

  @Test
  void lookupsOfManyTakeAHundredKeysARequest() throws IOException {
    List<EntryKey> keys = new ArrayList<>();
    List<WholeWrite> writes = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      keys.add(key(i));
      writes.add(new WholeWrite(header(key(i)), ByteBuffer.wrap(bytes(i, 100)), Condition.ALWAYS));
    }
    assertThat(tier.writeAll(writes)).allMatch(result -> result instanceof WriteResult.Done);
    assertThat(requests.take()).as("each has a condition").isEqualTo(Map.of("PutItem", 250));
    keys.add(key(7)); // twice in one list
    assertThat(tier.lookupAll(keys)).hasSize(251).allMatch(answer -> answer instanceof Lookup.Hit);
    assertThat(requests.take()).isEqualTo(Map.of("BatchGetItem", 3));
    assertThat(tier.purgeAll(keys, PurgeReason.INVALIDATION)).hasSize(251);
    assertThat(requests.take()).isEqualTo(Map.of("UpdateItem", 251));
  }

  @Test
  void aScanReadsAPageOfAPartitionAtATime() throws IOException {
    try (HeaderCursor cursor = tier.scan()) {
      assertThat(requests.take()).isEmpty();
      while (cursor.next() != null) {
        // to the end
      }
    }
    assertThat(requests.take()).isEqualTo(Map.of("Query", 4));
  }

  @Test
  void aLongBodyIsOneObjectAndOneItem() throws IOException {
    put(tier, key("long"), bytes(1, 100_000));
    assertThat(requests.take()).isEqualTo(Map.of("PutObject", 1, "PutItem", 1));
    assertThat(headerOf(tier, key("long")).bodyLength()).isEqualTo(100_000);
    assertThat(requests.take()).as("nobody read it").isEqualTo(ONE_GET);
    assertThat(get(tier, key("long"))).isEqualTo(bytes(1, 100_000));
    assertThat(requests.take()).isEqualTo(Map.of("GetItem", 1, "GetObject", 1));
  }

  @Test
  void whatBecomesOfAnOldObjectIsNotAskedByTheChange() throws IOException {
    put(tier, key("long"), bytes(1, 100_000));
    requests.take();
    put(tier, key("long"), bytes(2, 100_000));
    assertThat(requests.take()).isEqualTo(Map.of("PutObject", 1, "PutItem", 1));
    put(tier, key("long"), bytes("short"));
    assertThat(requests.take()).isEqualTo(ONE_PUT);
    long version = put(tier, key("long"), bytes(3, 100_000));
    requests.take();
    assertThat(tier.updateHeader(key("long"), version, HeaderUpdate.expireAt(1L << 43))).isTrue();
    assertThat(requests.take()).isEqualTo(ONE_UPDATE);
    assertThat(tier.lookupAll(List.of(key("long")))).allMatch(Lookup.Hit.class::isInstance);
    assertThat(requests.take()).as("nobody read it").isEqualTo(Map.of("BatchGetItem", 1));
    assertThat(tier.purge(key("long"), PurgeReason.INVALIDATION, Condition.ALWAYS)).isTrue();
    assertThat(requests.take()).isEqualTo(ONE_UPDATE);
  }

  @Test
  void theLargestItemIsNoLargerThanDynamoDbAllows() throws IOException {
    AwsSetup large = AwsSetup.here().settings(settings -> settings.inlineLimitBytes(300 << 10));
    try (AwsTier roomy = large.open()) {
      EntryKey key = key("k".repeat(30_000));
      Metadata metadata =
          new Metadata("text/plain", Set.of("t".repeat(15_000)), Map.of("a", "b".repeat(20_000)));
      byte[] body = bytes(1, 300 << 10);
      put(roomy, header(key, 5_000_000_000_000L, metadata), body, Condition.ALWAYS);
      assertThat(get(roomy, key)).isEqualTo(body);
      assertThat(headerOf(roomy, key).metadata()).isEqualTo(metadata);
    }
  }

  @Test
  void refusesWhatItHasNoRoomFor() {
    EntryKey tooLong = key("k".repeat(65_537));
    Metadata tooMuch = new Metadata(null, Set.of(), Map.of("a", "b".repeat(65_536)));
    for (EntryHeader header :
        List.of(header(tooLong), header(key("k"), EntryHeader.NEVER, tooMuch))) {
      assertThatThrownBy(() -> tier.openWrite(header, Condition.ALWAYS))
          .isInstanceOfSatisfying(
              EntryTooLargeForTierException.class,
              e ->
                  assertThat(e.part())
                      .isEqualTo(EntryTooLargeForTierException.Part.KEY_AND_METADATA));
      WholeWrite write = new WholeWrite(header, ByteBuffer.wrap(bytes("x")), Condition.ALWAYS);
      assertThat(tier.writeAll(List.of(write)).get(0)).isInstanceOf(WriteResult.Failed.class);
    }
  }
}
