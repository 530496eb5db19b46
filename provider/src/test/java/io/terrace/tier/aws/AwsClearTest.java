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
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.Lookup;
import java.io.IOException;
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

/** Clears and purges by tag of one process, as another one sees them. */
class AwsClearTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final EntryKey KEY = key("k");

  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
  private final AtomicLong nanos = new AtomicLong();
  private final AwsSetup setup = AwsSetup.here().clock(now::get).nanoClock(nanos::get);
  private AwsTier one;
  private AwsTier two;

  @BeforeEach
  void openTiers() throws IOException {
    one = setup.open();
    two = setup.open();
  }

  @AfterEach
  void closeTiers() throws IOException {
    one.close();
    two.close();
    Leftovers.assertNone(setup);
  }

  private static EntryHeader red(EntryKey key) {
    return header(key, EntryHeader.NEVER, new Metadata(null, Set.of("red"), Map.of()));
  }

  private void aSecondLater() {
    nanos.addAndGet(Control.FRESH_NANOS + 1);
    now.set(now.get().plusSeconds(1));
  }

  @Test
  void aClearIsSeenByTheOtherASecondLater() throws IOException {
    put(one, KEY, bytes("1"));
    assertThat(get(two, KEY)).isEqualTo(bytes("1"));
    one.clear();
    assertThat(get(one, KEY)).as("who cleared knows at once").isNull();
    aSecondLater();
    assertThat(get(two, KEY)).isNull();
    try (HeaderCursor scan = two.scan()) {
      assertThat(scan.next()).isNull();
    }
    assertThat(two.lookupAll(List.of(KEY))).containsExactly(Lookup.MISS);
  }

  @Test
  void whatIsWrittenAfterAClearIsNewerThanIt() throws IOException {
    put(one, KEY, bytes("1"));
    get(two, KEY);
    one.clear();
    aSecondLater();
    now.set(NOW.minusSeconds(600)); // the other's clock is behind
    assertThat(put(two, KEY, bytes("2"), Condition.ABSENT))
        .isInstanceOf(CommitResult.Committed.class);
    assertThat(get(one, KEY)).isEqualTo(bytes("2"));
    assertThat(get(two, KEY)).isEqualTo(bytes("2"));
  }

  @Test
  void aClearOfAProcessWhoseClockIsBehindHidesWhatItHasSeen() throws IOException {
    now.set(NOW.plusSeconds(600));
    put(one, KEY, bytes("1"));
    now.set(NOW);
    assertThat(get(two, KEY)).isEqualTo(bytes("1"));
    two.clear();
    assertThat(get(two, KEY)).isNull();
    aSecondLater();
    assertThat(get(one, KEY)).isNull();
  }

  @Test
  void aClearIsNeverTakenBackByAnEarlierOne() throws IOException {
    now.set(NOW.plusSeconds(600));
    put(one, KEY, bytes("1"));
    one.clear();
    long cleared = cleared();
    now.set(NOW);
    two.clear();
    assertThat(cleared()).isGreaterThan(cleared);
  }

  private long cleared() throws IOException {
    try (RawItems items = new RawItems(setup)) {
      return Attributes.number(items.get(setup.keys().control()), Attributes.CLEARED);
    }
  }

  @Test
  void aPurgeByTagIsSeenByTheOtherASecondLater() throws IOException {
    put(one, red(key("hard")), bytes("1"), Condition.ALWAYS);
    one.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    put(one, red(KEY), bytes("2"), Condition.ALWAYS);
    one.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
    put(one, red(key("fresh")), bytes("3"), Condition.ALWAYS);
    for (AwsTier tier : List.of(one, two)) {
      aSecondLater();
      assertThat(get(tier, key("hard"))).isNull();
      assertThat(headerOf(tier, KEY).freshness()).isEqualTo(Freshness.STALE);
      assertThat(headerOf(tier, key("fresh")).freshness()).isEqualTo(Freshness.FRESH);
    }
    try (AwsTier three = setup.open()) {
      assertThat(get(three, key("hard"))).as("it is remembered").isNull();
      assertThat(headerOf(three, KEY).freshness()).isEqualTo(Freshness.STALE);
    }
  }

  @Test
  void manyTagsAreReadPageByPage() throws IOException {
    String longTag = "t".repeat(60_000);
    for (int i = 0; i < 20; i++) { // more than the megabyte of a page
      String tag = i + longTag;
      EntryHeader tagged =
          header(key(i), EntryHeader.NEVER, new Metadata(null, Set.of(tag), Map.of()));
      put(one, tagged, bytes("x"), Condition.ALWAYS);
      one.purgeTag(tag, PurgeMode.HARD, EntryHeader.UNASSIGNED);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(get(two, key(i))).isNull();
    }
  }

  @Test
  void i11_ifTheClearIsDamagedEverythingIsCleared() throws IOException {
    Map<String, AttributeValue> control = setup.keys().control();
    for (Map<String, AttributeValue> damage :
        List.of(
            Map.of("c", AttributeValue.fromS("x"), "n", AttributeValue.fromN("1")),
            Map.of("c", AttributeValue.fromN("-1"), "n", AttributeValue.fromN("1")),
            Map.of("c", AttributeValue.fromN("1e40"), "n", AttributeValue.fromN("1")),
            Map.of("c", AttributeValue.fromN("9223372036854775807")))) {
      put(one, KEY, bytes("1"));
      assertDamageClears(control, damage);
    }
  }

  @Test
  void i11_ifAPurgeByTagIsDamagedEverythingIsCleared() throws IOException {
    for (Map<String, AttributeValue> damage :
        List.of(
            Map.of("f", AttributeValue.fromN("5")),
            Map.of("t", AttributeValue.fromS("red"), "f", AttributeValue.fromS("x")),
            Map.of("t", AttributeValue.fromS("red"), "g", AttributeValue.fromN("-7")))) {
      put(one, KEY, bytes("1"));
      one.purgeTag("blue", PurgeMode.HARD, 1); // which makes the other read all tags
      assertDamageClears(setup.keys().tag("red"), damage);
    }
  }

  private void assertDamageClears(
      Map<String, AttributeValue> place, Map<String, AttributeValue> damage) throws IOException {
    Map<String, AttributeValue> item = new HashMap<>(place);
    item.putAll(damage);
    try (RawItems items = new RawItems(setup)) {
      items.put(item);
    }
    long corruptions = two.usage().corruptions();
    aSecondLater();
    assertThat(get(two, KEY)).as("%s", damage).isNull();
    assertThat(two.usage().corruptions()).isEqualTo(corruptions + 1);
    aSecondLater();
    assertThat(get(one, KEY)).isNull();
    put(one, red(KEY), bytes("again"), Condition.ALWAYS);
    for (int i = 0; i < 2; i++) {
      aSecondLater();
      assertThat(get(two, KEY)).isEqualTo(bytes("again"));
    }
    assertThat(two.usage().corruptions()).as("once").isEqualTo(corruptions + 1);
  }
}
