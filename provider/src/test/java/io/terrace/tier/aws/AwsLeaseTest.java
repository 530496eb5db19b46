package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What was loaded for a key that was missed is stored only if nothing happened to the key since.
 */
class AwsLeaseTest {
  private static final Duration LIFE = Duration.ofMinutes(1);
  private static final EntryKey KEY = key("k");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
  private final RequestCounts requests = new RequestCounts();
  private final AwsSetup setup = AwsSetup.here().clock(now::get).nanoClock(nanos::get);
  private AwsTier one;
  private AwsTier two;

  /** Something that may happen between a miss and what is stored for it. */
  private interface Event {
    void happen() throws IOException;
  }

  @BeforeEach
  void openTiers() throws IOException {
    two = setup.open();
    put(two, key("first"), bytes("x"));
    one = setup.interceptor(requests).open();
    one.lookup(KEY);
    requests.take();
  }

  @AfterEach
  void closeTiers() throws IOException {
    one.close();
    two.close();
    Leftovers.assertNone(setup);
  }

  private static long lease(AwsTier tier) {
    LeaseAnswer answer = tier.lookupOrLease(KEY, LIFE);
    assertThat(answer).isInstanceOf(LeaseAnswer.Granted.class);
    return ((LeaseAnswer.Granted) answer).lease();
  }

  private static CommitResult fill(AwsTier tier, long lease) throws IOException {
    EntryHeader red = header(KEY, EntryHeader.NEVER, new Metadata(null, Set.of("red"), Map.of()));
    return put(tier, red, bytes("filled"), Condition.leased(lease));
  }

  private void aSecondLater() {
    nanos.addAndGet(Control.FRESH_NANOS + 1);
    now.set(now.get().plusSeconds(1));
  }

  @Test
  void aMissGivesALeaseInOneRequestAndAFillTakesOne() throws IOException {
    long lease = lease(one);
    assertThat(requests.take()).isEqualTo(Map.of("GetItem", 1));
    assertThat(fill(one, lease)).isInstanceOf(CommitResult.Committed.class);
    assertThat(requests.take()).isEqualTo(Map.of("PutItem", 1));
    assertThat(one.lookupOrLease(KEY, LIFE)).isInstanceOf(LeaseAnswer.Found.class);
    assertThat(get(two, KEY)).isEqualTo(bytes("filled"));
    assertThat(fill(one, lease)).as("it is used").isInstanceOf(CommitResult.Refused.class);
  }

  @Test
  void aLeaseIsGivenOverWhateverIsNoEntry() throws IOException {
    put(two, KEY, bytes("x"));
    for (Event event :
        List.<Event>of(
            () -> two.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS),
            () -> two.clear(),
            () -> damage())) {
      event.happen();
      aSecondLater();
      assertThat(fill(one, lease(one))).isInstanceOf(CommitResult.Committed.class);
      assertThat(get(one, KEY)).isEqualTo(bytes("filled"));
      assertThat(get(two, KEY)).isEqualTo(bytes("filled"));
    }
    two.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    aSecondLater();
    assertThat(fill(one, lease(one))).isInstanceOf(CommitResult.Committed.class);
    assertThat(get(one, KEY)).isEqualTo(bytes("filled"));
  }

  private void damage() throws IOException {
    try (RawItems items = new RawItems(setup)) {
      Map<String, AttributeValue> item = new HashMap<>(items.get(KEY));
      item.put(Attributes.BODY, AttributeValue.fromS("?"));
      items.put(item);
    }
  }

  @Test
  void i3_whateverHappensToTheKeyCancelsTheLease() throws IOException {
    for (AwsTier tier : List.of(one, two)) {
      for (Event event :
          List.<Event>of(
              () -> put(tier, KEY, bytes("new")),
              () -> {
                put(tier, KEY, bytes("new"));
                tier.purge(KEY, PurgeReason.INVALIDATION, Condition.PRESENT);
              },
              () -> tier.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS),
              () -> tier.purge(KEY, PurgeReason.INVALIDATION, Condition.ABSENT),
              () -> tier.clear(),
              () -> tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED),
              () -> tier.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED))) {
        one.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
        long lease = lease(one);
        now.set(now.get().plusMillis(1)); // clears and purges by tag are ordered by clocks
        event.happen();
        byte[] before = get(one, KEY);
        aSecondLater();
        assertThat(fill(one, lease))
            .as("%s, tier %d", now, tier == one ? 1 : 2)
            .isInstanceOf(CommitResult.Refused.class);
        assertThat(get(one, KEY)).isEqualTo(before);
      }
    }
  }

  @Test
  void i3_aFillIsHiddenByWhatItsProcessHasNotHeardOfYet() throws IOException {
    for (Event event :
        List.<Event>of(
            () -> two.clear(),
            () -> two.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED),
            () -> two.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED))) {
      one.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
      one.lookup(KEY);
      long lease = lease(one);
      now.set(now.get().plusMillis(1));
      event.happen();
      now.set(now.get().plusMillis(1));
      CommitResult filled = fill(one, lease);
      assertThat(filled).isInstanceOf(CommitResult.Committed.class);
      aSecondLater();
      assertThat(isFresh(one)).isFalse();
      assertThat(isFresh(two)).isFalse();
    }
  }

  private static boolean isFresh(AwsTier tier) {
    EntryHeader header = headerOf(tier, KEY);
    return header != null && header.freshness() == Freshness.FRESH;
  }

  @Test
  void i3_theClockOfWhoRemovesTheKeyMayBeBehind() throws IOException {
    long overNothing = lease(one);
    now.set(NOW.minusSeconds(600));
    assertThat(two.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
    assertThat(fill(one, overNothing)).isInstanceOf(CommitResult.Refused.class);
    long overRemoval = lease(one);
    two.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(fill(one, overRemoval)).isInstanceOf(CommitResult.Refused.class);
    assertThat(get(one, KEY)).isNull();
  }

  @Test
  void ofTwoWhoLoadTheFirstIsHeard() throws IOException {
    long ofOne = lease(one);
    long ofTwo = lease(two);
    assertThat(fill(two, ofTwo)).isInstanceOf(CommitResult.Committed.class);
    long version = ((CommitResult.Refused) fill(one, ofOne)).currentVersion();
    assertThat(version).isNotEqualTo(EntryHeader.UNASSIGNED);
  }

  @Test
  void aLeaseEndsByItsTimeOrWhenItIsGivenBack() throws IOException {
    long late = lease(one);
    nanos.addAndGet(LIFE.toNanos());
    assertThat(fill(one, late)).isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    long returned = lease(one);
    one.releaseLease(KEY, returned);
    one.releaseLease(KEY, returned);
    assertThat(fill(one, returned)).isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    assertThat(fill(one, 12345)).isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    assertThat(get(one, KEY)).isNull();
  }

  @Test
  void leasesThatNobodyGivesBackAreForgotten() {
    Leases leases = new Leases(nanos::get);
    for (long number = 1; number <= 50_000; number++) {
      leases.give(number, EntryHeader.UNASSIGNED, LIFE);
    }
    assertThat(leases.seenVersion(1)).isNull();
    assertThat(leases.seenVersion(50_000)).isEqualTo(EntryHeader.UNASSIGNED);
    nanos.addAndGet(LIFE.toNanos());
    leases.give(50_001, 7, LIFE);
    assertThat(leases.seenVersion(50_000)).isNull();
    assertThat(leases.seenVersion(50_001)).isEqualTo(7);
  }
}
