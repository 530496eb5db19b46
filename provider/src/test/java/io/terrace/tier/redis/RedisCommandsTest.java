package io.terrace.tier.redis;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.servers.RedisServer;
import io.terrace.tier.Announcement;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many commands an operation takes, and how long they are. */
class RedisCommandsTest {
  private static final int MIB = 1 << 20;
  private static final Pattern STATISTIC = Pattern.compile("cmdstat_([a-z|]+):calls=(\\d+)");

  private final RedisServer server = RedisSetup.shared();
  private CountingLink link;
  private RedisTier tier;

  @BeforeEach
  void openTier() throws IOException {
    RedisSetup setup = RedisSetup.here().chunkBytes(960 << 10);
    link = new CountingLink(Links.open(setup.settings()));
    tier = setup.open(link);
    put(tier, key("first"), bytes("x")); // scripts are loaded, and the eviction policy is known
    tier.lookupOrLease(key("first lease"), Duration.ofMinutes(1));
    forget();
  }

  @AfterEach
  void closeTier() throws IOException {
    tier.close();
  }

  private void forget() {
    server.command("CONFIG", "RESETSTAT");
    link.requests();
    link.trips();
  }

  /** What the server was asked since the last time, by scripts too. */
  private Map<String, Integer> calls() {
    Matcher each = STATISTIC.matcher(String.valueOf(server.command("INFO", "commandstats")));
    Map<String, Integer> calls = new TreeMap<>();
    while (each.find()) {
      calls.put(each.group(1), Integer.valueOf(each.group(2)));
    }
    calls.keySet().removeAll(Set.of("info", "config|resetstat"));
    forget();
    return calls;
  }

  @Test
  void aGetIsOneCommand() throws IOException {
    put(tier, key("k"), bytes(1, 100_000));
    forget();
    assertThat(get(tier, key("k"))).hasSize(100_000);
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls()).isEqualTo(Map.of("mget", 1));
    assertThat(get(tier, key("absent"))).isNull();
    assertThat(calls()).isEqualTo(Map.of("mget", 1));
    EntryHeader tagged =
        header(key("t"), EntryHeader.NEVER, new Metadata(null, Set.of("a", "b"), Map.of()));
    put(tier, tagged, bytes("x"), Condition.ALWAYS);
    forget();
    assertThat(get(tier, key("t"))).isNotNull();
    assertThat(calls()).isEqualTo(Map.of("mget", 1, "hmget", 1));
    assertThat(tier.lookupHeader(key("k"))).isInstanceOf(Lookup.Hit.class);
    assertThat(link.trips()).isEqualTo(1);
  }

  @Test
  void aChangeIsOneScript() throws IOException {
    EntryKey key = key("k");
    long version = put(tier, key, bytes(1, 100_000));
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls()).containsEntry("evalsha", 1).doesNotContainKeys("eval", "script|load");
    put(tier, key, bytes("y"), Condition.versionIs(version));
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls()).containsEntry("evalsha", 1).containsEntry("publish", 1);
    version = put(tier, key, bytes("y"));
    forget();
    tier.updateHeader(key, version, HeaderUpdate.expireAt(5_000_000_000_000L));
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls()).containsEntry("evalsha", 1);
    tier.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls()).containsEntry("evalsha", 1);
    tier.lookupOrLease(key, Duration.ofMinutes(1));
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls()).containsEntry("evalsha", 1);
  }

  @Test
  void anAnnouncementIsOneScriptAndSoIsItsEnd() throws IOException {
    Announcement announcement = tier.announce(key("k"), Duration.ofMinutes(1));
    assertThat(link.trips()).isEqualTo(1);
    tier.settle(key("k"), announcement.number());
    assertThat(link.trips()).isEqualTo(1);
    tier.settle(key("k"), 0);
    assertThat(link.trips()).isZero();
  }

  @Test
  void whoFindsNoLossAsksOnlyWhoTheServerIs() throws IOException {
    RedisSetup empty = RedisSetup.here(); // nothing is cleared, so that nothing is swept either
    CountingLink counting = new CountingLink(Links.open(empty.settings()));
    try (RedisTier fresh = empty.open(counting)) {
      fresh.clearAfterLoss();
      assertThat(counting.trips()).as("the server, and the partitions").isEqualTo(2);
      counting.requests();
      fresh.clearAfterLoss();
      assertThat(counting.trips()).isEqualTo(1);
      assertThat(counting.requests())
          .singleElement()
          .satisfies(asked -> assertThat(asked.script()).isNull());
    }
  }

  @Test
  void manyTakeOneRoundTrip() {
    List<WholeWrite> writes = new ArrayList<>();
    List<EntryKey> keys = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      keys.add(key(i));
      writes.add(new WholeWrite(header(key(i)), ByteBuffer.wrap(bytes(i, 1000)), Condition.ALWAYS));
    }
    assertThat(tier.writeAll(writes)).allMatch(result -> result instanceof WriteResult.Done);
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls().get("evalsha")).isLessThanOrEqualTo(tier.partitions());
    assertThat(tier.lookupAll(keys)).hasSize(1000);
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls().get("mget")).isLessThanOrEqualTo(tier.partitions());
    tier.purgeAll(keys, PurgeReason.INVALIDATION);
    assertThat(link.trips()).isEqualTo(1);
    assertThat(calls().get("evalsha")).isLessThanOrEqualTo(tier.partitions());
  }

  @Test
  void purgesByTagAndClearsTakeTwoRoundTripsAtMost() throws IOException {
    tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    assertThat(link.trips()).isEqualTo(2);
    tier.purgeTag("red", PurgeMode.HARD, 5);
    assertThat(link.trips()).isEqualTo(1);
  }

  @Test
  void noCommandIsLongerThanAMebibyte() throws IOException {
    int chunk = 960 << 10;
    EntryKey longKey = key("k".repeat(60_000));
    Metadata metadata =
        new Metadata("text/plain", Set.of("t".repeat(30_000)), Map.of("a", "b".repeat(35_000)));
    for (EntryHeader header :
        List.of(header(key("k")), header(longKey), header(key("k"), EntryHeader.NEVER, metadata))) {
      for (int size : new int[] {chunk - 1, chunk, chunk + 1, 2 * chunk, 3_000_001}) {
        put(tier, header, bytes(size, size), Condition.ALWAYS);
        assertThat(get(tier, header.key())).isEqualTo(bytes(size, size));
      }
    }
    List<WholeWrite> writes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int size = i % 7 == 0 ? chunk : 50_000;
      writes.add(new WholeWrite(header(key(i)), ByteBuffer.wrap(bytes(i, size)), Condition.ALWAYS));
    }
    assertThat(tier.writeAll(writes)).allMatch(result -> result instanceof WriteResult.Done);
    for (int i = 0; i < 60; i++) {
      assertThat(get(tier, key(i))).isEqualTo(bytes(i, i % 7 == 0 ? chunk : 50_000));
    }
    assertThat(link.mostBytes()).isBetween(chunk * 1L, MIB * 1L);
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
