package io.terrace.tier.aws;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Versions of a key never go back, though the clocks of two processes differ. */
class AwsVersionsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final EntryKey KEY = key("k");

  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
  private final RequestCounts requests = new RequestCounts();
  private final AwsSetup setup = AwsSetup.here();
  private AwsTier ahead;
  private AwsTier behind;

  @BeforeEach
  void openTiers() throws IOException {
    ahead = setup.clock(() -> now.get().plusSeconds(600)).open();
    behind = setup.clock(now::get).interceptor(requests).open();
    behind.lookup(key("first"));
    requests.take();
  }

  @AfterEach
  void closeTiers() throws IOException {
    ahead.close();
    behind.close();
  }

  @Test
  void aProcessWhoseClockIsBehindWritesAHigherVersion() throws IOException {
    long first = put(ahead, KEY, bytes("1"));
    long second = put(behind, KEY, bytes("2"));
    assertThat(second).isEqualTo(first + 1);
    assertThat(requests.take()).as("the first try told it").isEqualTo(Map.of("PutItem", 2));
    assertThat(get(ahead, KEY)).isEqualTo(bytes("2"));
    assertThat(put(behind, KEY, bytes("3"))).isEqualTo(first + 2);
    assertThat(requests.take()).as("now it knows").isEqualTo(Map.of("PutItem", 1));
  }

  @Test
  void aClockThatGoesBackBetweenTwoProcessesOfOneMachineDoesNoHarm() throws IOException {
    long first = put(behind, KEY, bytes("1"));
    now.set(NOW.minusSeconds(3600));
    try (AwsTier later = setup.clock(now::get).open()) {
      assertThat(put(later, KEY, bytes("2"))).isGreaterThan(first);
    }
  }

  @Test
  void aRemovalIsAVersionThatTheNextEntryIsAbove() throws IOException {
    put(ahead, KEY, bytes("1"));
    assertThat(ahead.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS)).isTrue();
    long removal = version(KEY);
    for (Condition condition : new Condition[] {Condition.ABSENT, Condition.ALWAYS}) {
      CommitResult written = put(behind, KEY, bytes("2"), condition);
      assertThat(((CommitResult.Committed) written).version()).isGreaterThan(removal);
      ahead.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
      removal = version(KEY);
    }
  }

  @Test
  void aRemovalByAProcessWhoseClockIsBehindIsAboveTheEntry() throws IOException {
    for (Condition condition : new Condition[] {Condition.ALWAYS, Condition.PRESENT}) {
      long entry = put(ahead, KEY, bytes("1"));
      assertThat(behind.purge(KEY, PurgeReason.INVALIDATION, condition)).isTrue();
      assertThat(version(KEY)).isGreaterThan(entry);
      assertThat(get(ahead, KEY)).isNull();
    }
  }

  @Test
  void aRemovalOfWhatIsAbsentIsAVersionToo() throws IOException {
    assertThat(ahead.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
    long removal = version(KEY);
    assertThat(removal).isNotEqualTo(EntryHeader.UNASSIGNED);
    assertThat(put(behind, KEY, bytes("1"))).isGreaterThan(removal);
  }

  @Test
  void aRemovalIsRememberedForAnHour() throws IOException {
    put(behind, KEY, bytes("1"));
    behind.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
    try (RawItems items = new RawItems(setup)) {
      assertThat(Attributes.number(items.get(KEY), Attributes.TTL))
          .isEqualTo(NOW.getEpochSecond() + 3600);
    }
  }

  @Test
  void aConditionOnAVersionHoldsForAProcessWhoseClockIsBehind() throws IOException {
    long first = put(ahead, KEY, bytes("1"));
    CommitResult second = put(behind, KEY, bytes("2"), Condition.versionIs(first));
    assertThat(second).isInstanceOf(CommitResult.Committed.class);
    assertThat(requests.take()).isEqualTo(Map.of("PutItem", 1));
    assertThat(headerOf(ahead, KEY).version()).isGreaterThan(first);
    assertThat(put(behind, KEY, bytes("3"), Condition.versionIs(first)))
        .isEqualTo(new CommitResult.Refused(headerOf(ahead, KEY).version()));
  }

  @Test
  void aReaderWritesAboveWhatItRead() throws IOException {
    long first = put(ahead, KEY, bytes("1"));
    get(behind, KEY);
    assertThat(put(behind, key("other"), bytes("2"))).isGreaterThan(first);
  }

  /** The version that stands in the place of a key, of whatever it is; 0 for none. */
  private long version(EntryKey key) throws IOException {
    try (RawItems items = new RawItems(setup)) {
      Long version = Attributes.number(items.get(key), Attributes.VERSION);
      return version == null ? EntryHeader.UNASSIGNED : version;
    }
  }
}
