package io.terrace.tier.redis;

import static io.terrace.tier.Change.Kind.FILLED;
import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.servers.RedisServer;
import io.terrace.tier.Change;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of entries of which Redis lost or changed a part, and how long it keeps them. */
class RedisLossTest {
  private static final int CHUNK = 64 << 10;
  private static final int LONG_BODY = 5 * CHUNK + 17;
  private static final Metadata RED = new Metadata(null, Set.of("red"), Map.of());

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.ofEpochMilli(1_700_000_000_000L));
  private final List<String> left = new ArrayList<>();
  private RedisSetup setup;
  private CountingLink link;
  private RedisTier tier;

  @BeforeEach
  void openTier() {
    setup =
        RedisSetup.here()
            .chunkBytes(CHUNK)
            .clock(now::get)
            .listener((tierName, key, version, reason) -> left.add(key.digest() + " " + reason));
    link = new CountingLink(Links.open(setup.settings()));
    tier = setup.open(link);
  }

  @AfterEach
  void closeTier() throws IOException {
    tier.close();
    Leftovers.assertNone(setup);
  }

  private long ask(String name, byte[]... arguments) throws IOException {
    return Answers.number(link.call(Leftovers.command(name, arguments)));
  }

  private List<byte[]> names(char kind) throws IOException {
    return Leftovers.names(link, setup.keys()).stream()
        .filter(named -> named.kind() == kind)
        .map(KeySpace.Named::name)
        .toList();
  }

  private byte[] chunk(int number) throws IOException {
    for (byte[] name : names('c')) {
      if (name[name.length - 1] == number) {
        return name;
      }
    }
    throw new AssertionError("no chunk " + number);
  }

  private byte[] entry(EntryKey key) {
    return setup.keys().entry(tier.partitionOf(key), key);
  }

  /**
   * Others may hold copies of an entry that Redis evicted; were they not told of what is filled in
   * its place, they would serve the older value until its deadline.
   */
  @Test
  void i4_aFillIsToldWhereRedisMayEvict() throws IOException {
    try (RedisServer evicting =
        RedisServer.builder().config("maxmemory 64mb", "maxmemory-policy volatile-lru").start()) {
      RedisTier there = RedisSetup.on(evicting).open();
      try {
        assertThat(fillIsTold(there)).isTrue();
      } finally {
        there.close();
      }
    }
    assertThat(fillIsTold(tier)).isFalse();
  }

  private static boolean fillIsTold(RedisTier tier) throws IOException {
    int partition = tier.partitionOf(key("k"));
    long before = tier.changes().sequences()[partition];
    LeaseAnswer answer = tier.lookupOrLease(key("k"), Duration.ofSeconds(5));
    long lease = ((LeaseAnswer.Granted) answer).lease();
    assertThat(put(tier, key("k"), bytes("filled"), Condition.leased(lease)))
        .isInstanceOf(CommitResult.Committed.class);
    List<Change> told =
        tier.changes().since(partition, before).stream()
            .flatMap(step -> step.changes().stream())
            .toList();
    assertThat(told).allMatch(change -> change instanceof Change.OfKey of && of.kind() == FILLED);
    return tier.changes().sequences()[partition] != before;
  }

  @Test
  void aBodyWithoutOneOfItsChunksFailsAndIsGone() throws IOException {
    put(tier, key("k"), bytes(1, LONG_BODY));
    ask("UNLINK", chunk(3));
    try (ReadHandle body = hit(tier, key("k")).body()) {
      assertThat(body.read(0, ByteBuffer.allocate(10))).isEqualTo(10);
      assertThatIOException().isThrownBy(() -> body.read(3 * CHUNK, ByteBuffer.allocate(10)));
    }
    assertThat(get(tier, key("k"))).isNull();
    assertThat(tier.usage().evictions()).isEqualTo(1);
    assertThat(left).containsExactly(key("k").digest() + " EVICTION");
  }

  @Test
  void i11_aDamagedChunkFailsAndTheEntryIsGone() throws IOException {
    put(tier, key("k"), bytes(1, LONG_BODY));
    ask("SETRANGE", chunk(2), Operation.number(77), new byte[] {1, 2, 3, 4, 5});
    ByteBuffer read = ByteBuffer.allocate(LONG_BODY);
    try (ReadHandle body = hit(tier, key("k")).body()) {
      assertThatIOException()
          .isThrownBy(
              () -> {
                while (body.read(read) > 0) {
                  assertThat(read.position()).isLessThanOrEqualTo(2 * CHUNK);
                }
              });
    }
    assertThat(get(tier, key("k"))).isNull();
    assertThat(tier.usage().corruptions()).isEqualTo(1);
    assertThat(left).containsExactly(key("k").digest() + " CORRUPTION");
  }

  @Test
  void i11_aDamagedEntryIsAMissAndGone() throws IOException {
    put(tier, key("k"), bytes(1, 1000));
    ask("SETRANGE", entry(key("k")), Operation.number(500), new byte[] {1, 2, 3, 4, 5});
    assertThat(get(tier, key("k"))).isNull();
    assertThat(ask("EXISTS", entry(key("k")))).isZero();
    assertThat(tier.usage().corruptions()).isEqualTo(1);
    put(tier, key("k"), bytes(1, 1000));
    ask("SETRANGE", entry(key("k")), Operation.number(500), new byte[] {1, 2, 3, 4, 5});
    assertThat(tier.lookupOrLease(key("k"), Duration.ofSeconds(5)))
        .isInstanceOf(LeaseAnswer.Granted.class);
    assertThat(tier.usage().corruptions()).isEqualTo(2);
  }

  @Test
  void aChunkThatLeftWhileItWasWrittenIsNotCommitted() throws IOException {
    put(tier, key("k"), bytes("old"));
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(bytes(1, LONG_BODY)));
      ask("UNLINK", chunk(1));
      assertThatIOException().isThrownBy(write::commit);
    }
    assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
  }

  @Test
  void i4_whatALostStateHadClearedStaysGone() throws IOException {
    put(tier, key("k"), bytes("old"));
    byte[] value = Answers.bytes(link.call(Leftovers.command("GET", entry(key("k")))));
    tier.clear();
    int partition = tier.partitionOf(key("k"));
    ask("UNLINK", setup.keys().state(partition));
    link.call(Leftovers.command("SETEX", entry(key("k")), Operation.number(60), value));
    assertThat(tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.PRESENT)).isFalse();
    link.call(Leftovers.command("SETEX", entry(key("k")), Operation.number(60), value));
    tier.lookupOrLease(key("other"), Duration.ofSeconds(5));
    for (int i = 0; tier.changes().sequences()[partition] == 0; i++) {
      put(tier, key(i), bytes("x")); // until the partition has a state again
    }
    assertThat(get(tier, key("k"))).isNull();
    assertThat(tier.usage().corruptions()).isZero();
  }

  @Test
  void i3_aPurgeOfATagCancelsTheFillsThatBeganBeforeIt() throws IOException {
    for (PurgeMode mode : PurgeMode.values()) {
      LeaseAnswer.Granted lease =
          (LeaseAnswer.Granted) tier.lookupOrLease(key("k"), Duration.ofMinutes(1));
      tier.purgeTag("red", mode, EntryHeader.UNASSIGNED);
      EntryHeader red = header(key("k"), EntryHeader.NEVER, RED);
      Condition leased = Condition.leased(lease.lease());
      assertThat(put(tier, red, bytes("old"), leased)).isInstanceOf(CommitResult.Refused.class);
      assertThat(get(tier, key("k"))).isNull();
      tier.releaseLease(key("k"), lease.lease());
    }
    LeaseAnswer.Granted lease =
        (LeaseAnswer.Granted) tier.lookupOrLease(key("k"), Duration.ofMinutes(1));
    EntryHeader red = header(key("k"), EntryHeader.NEVER, RED);
    assertThat(put(tier, red, bytes("new"), Condition.leased(lease.lease())))
        .isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void everythingLivesAsLongAsItsDeadlineAndAMinute() throws IOException {
    long deadline = now.get().toEpochMilli() + 600_000;
    for (int size : new int[] {10, LONG_BODY}) {
      put(tier, header(key("k"), deadline, Metadata.NONE), bytes(1, size), Condition.ALWAYS);
      assertThat(ask("PTTL", entry(key("k")))).isBetween(600_000L, 660_000L);
    }
    for (byte[] chunk : names('c')) {
      assertThat(ask("PTTL", chunk)).isBetween(600_000L, 660_000L);
    }
    long version = headerOf(tier, key("k")).version();
    tier.updateHeader(key("k"), version, HeaderUpdate.expireAt(deadline + 600_000));
    for (byte[] chunk : names('c')) {
      assertThat(ask("PTTL", chunk)).isBetween(1_200_000L, 1_260_000L);
    }
    tier.updateHeader(key("k"), version, HeaderUpdate.expireAt(5));
    assertThat(ask("PTTL", entry(key("k")))).isBetween(1L, 60_000L);
    put(tier, key("k"), bytes("eternal"));
    long month = Duration.ofDays(30).toMillis();
    assertThat(ask("PTTL", entry(key("k")))).isBetween(month, month + 60_000);
    for (byte[] chunk : names('c')) {
      assertThat(ask("PTTL", chunk)).as("of a replaced body").isBetween(1L, 60_000L);
    }
  }

  @Test
  void theChunksOfASlowWriterAreKept() throws IOException {
    byte[] body = bytes(1, LONG_BODY);
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(body, 0, 2 * CHUNK + 1));
      byte[] first = chunk(0);
      ask("PEXPIRE", first, Operation.number(300_000)); // it is old
      now.set(now.get().plus(Duration.ofMinutes(16)));
      write.write(ByteBuffer.wrap(body, 2 * CHUNK + 1, LONG_BODY - 2 * CHUNK - 1));
      assertThat(ask("PTTL", first)).isGreaterThan(3_500_000L);
      write.commit();
    }
    assertThat(get(tier, key("k"))).isEqualTo(body);
  }

  @Test
  void i6_readsForwardTwoChunksAtATimeAndAnywhereOne() throws IOException {
    put(tier, key("k"), bytes(1, LONG_BODY));
    link.requests();
    assertThat(get(tier, key("k"))).hasSize(LONG_BODY);
    assertThat(link.requests().stream().map(request -> request.arguments().length - 1))
        .as("state and entry; the first chunk; two, two, and the last")
        .containsExactly(2, 1, 2, 2, 1);
    try (ReadHandle body = hit(tier, key("k")).body()) {
      link.requests();
      body.read(4 * CHUNK, ByteBuffer.allocate(5));
      body.read(CHUNK, ByteBuffer.allocate(5));
      body.read(CHUNK + 100, ByteBuffer.allocate(5));
      assertThat(link.requests().stream().map(request -> request.arguments().length - 1))
          .containsExactly(1, 1);
    }
  }

  @Test
  void aClearIsFollowedByASweep() throws IOException {
    for (int i = 0; i < 1000; i++) {
      put(tier, key(i), bytes("x"));
    }
    put(tier, key("long"), bytes(1, LONG_BODY));
    tier.clear();
    put(tier, key("new"), bytes("y"));
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (names('e').size() > 1 && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(names('e')).hasSize(1);
    assertThat(get(tier, key("new"))).isEqualTo(bytes("y"));
    for (byte[] chunk : names('c')) {
      assertThat(ask("PTTL", chunk)).isLessThanOrEqualTo(60_000);
    }
  }

  @Test
  void i10_closingStopsTheSweep() throws IOException {
    for (int i = 0; i < 2000; i++) {
      put(tier, key(i), bytes("x"));
    }
    tier.clear();
    tier.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("terrace-redis-sweep"));
  }

  @Test
  void destroyLeavesTheNumbersAlone() throws IOException {
    for (int i = 0; i < 100; i++) {
      put(tier, key(i), bytes("x"));
    }
    put(tier, key("long"), bytes(1, LONG_BODY));
    long last = put(tier, key("last"), bytes("x"));
    tier.destroy();
    link = new CountingLink(Links.open(setup.settings()));
    assertThat(names('e')).isEmpty();
    assertThat(names('l')).isEmpty();
    assertThat(names('s')).isNotEmpty();
    tier = setup.open(link);
    assertThat(put(tier, key("last"), bytes("x"))).isGreaterThan(last);
  }

  @Test
  void aFullServerLetsEntriesBeRemoved() throws IOException {
    try (RedisServer small = RedisServer.start();
        RedisTier full = RedisSetup.on(small).open()) {
      put(full, key("k"), bytes("x"));
      put(full, header(key("t"), EntryHeader.NEVER, RED), bytes("x"), Condition.ALWAYS);
      small.command("CONFIG", "SET", "maxmemory", "1");
      assertThatIOException()
          .isThrownBy(() -> put(full, key("k"), bytes("y")))
          .withMessageContaining("OOM");
      assertThat(get(full, key("k"))).isEqualTo(bytes("x"));
      assertThat(full.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS)).isTrue();
      assertThat(get(full, key("k"))).isNull();
      full.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      assertThat(get(full, key("t"))).isNull();
      full.clear();
    }
  }
}
