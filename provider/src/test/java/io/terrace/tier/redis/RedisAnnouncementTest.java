package io.terrace.tier.redis;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.PurgeReason;
import io.terrace.servers.RedisServer;
import io.terrace.tier.Announcement;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryKey;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What announcements are to a server that evicts, is full, or holds what somebody put there. */
class RedisAnnouncementTest {
  private static final Duration LIFE = Duration.ofMinutes(1);
  private static final EntryKey KEY = key("k");

  private static CommitResult storeAs(RedisTier tier, long version, Condition condition)
      throws IOException {
    try (WriteHandle write = tier.openWrite(header(KEY), condition)) {
      write.write(ByteBuffer.wrap(bytes("x")));
      return write.commitAs(version);
    }
  }

  @Test
  void aFillWithAGivenVersionIsNotToldWhereRedisMayEvictEither() throws IOException {
    try (RedisServer evicting =
            RedisServer.builder()
                .config("maxmemory 64mb", "maxmemory-policy volatile-lru")
                .start();
        RedisTier tier = RedisSetup.on(evicting).open()) {
      LeaseAnswer answer = tier.lookupOrLease(KEY, LIFE);
      Condition leased = Condition.leased(((LeaseAnswer.Granted) answer).lease());
      assertThat(storeAs(tier, 5, leased)).isInstanceOf(CommitResult.Committed.class);
      assertThat(tier.changes().sequences()).containsOnly(0);
    }
  }

  @Test
  void aFullServerTakesAnnouncements() throws IOException {
    try (RedisServer small = RedisServer.start();
        RedisTier full = RedisSetup.on(small).open()) {
      put(full, KEY, bytes("x"));
      small.command("CONFIG", "SET", "maxmemory", "1");
      Announcement first = full.announce(KEY, LIFE);
      assertThat(first.dropped()).isTrue();
      assertThat(get(full, KEY)).isNull();
      assertThatIOException()
          .isThrownBy(() -> storeAs(full, 5, Condition.announced(first.number())))
          .withMessageContaining("OOM");
      assertThat(full.announce(KEY, Duration.ZERO).dropped()).isFalse();
      Announcement second = full.announce(KEY, LIFE);
      full.settle(KEY, first.number());
      full.settle(KEY, second.number());
      full.settle(KEY, second.number());
      full.clearAfterLoss();
      small.command("CONFIG", "SET", "maxmemory", "0");
      assertThat(full.lookupOrLease(KEY, LIFE)).isInstanceOf(LeaseAnswer.Granted.class);
    }
  }

  @Test
  void refusesLivesThatAreNone() throws IOException {
    try (RedisTier tier = RedisSetup.here().open()) {
      for (Duration life : new Duration[] {Duration.ofMillis(-1), Duration.ofNanos(999_999)}) {
        assertThatThrownBy(() -> tier.announce(KEY, life))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void i11_nothingThatStandsInThePlaceOfAnAnnouncementIsBelieved() throws IOException {
    long seed = Long.getLong("terrace.seed", System.nanoTime());
    Random random = new Random(seed);
    RedisSetup setup = RedisSetup.here();
    try (RedisTier tier = setup.open();
        Link link = Links.open(setup.settings())) {
      byte[] place = setup.keys().lease(tier.partitionOf(KEY), KEY);
      for (int i = 0; i < 500; i++) {
        byte[] marker = marker(random);
        link.call(Leftovers.command("SET", place, marker));
        if (random.nextBoolean()) {
          link.call(Leftovers.command("PEXPIRE", place, Operation.number(600_000)));
        }
        operate(tier, random);
      }
    } catch (IOException e) {
      throw new AssertionError("repeat with -Dterrace.seed=" + seed, e);
    }
  }

  private static byte[] marker(Random random) {
    int length = random.nextInt(3) == 0 ? random.nextInt(40) : 16;
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    if (length == 16) {
      ByteBuffer.wrap(bytes)
          .putLong(oneOf(random, 0, 1, 5, 1L << 52, Long.MAX_VALUE, -1, random.nextLong()))
          .putInt((int) oneOf(random, 0, 1, 2, Integer.MAX_VALUE, -1))
          .putInt((int) oneOf(random, 0, 1, 2, Integer.MAX_VALUE, -1));
    }
    return bytes;
  }

  private static long oneOf(Random random, long... numbers) {
    return numbers[random.nextInt(numbers.length)];
  }

  private static void operate(RedisTier tier, Random random) throws IOException {
    long number = oneOf(random, 1, 5, 1L << 52, Long.MAX_VALUE);
    switch (random.nextInt(7)) {
      case 0 -> tier.settle(KEY, tier.announce(KEY, LIFE).number());
      case 1 -> tier.settle(KEY, number);
      case 2 -> tier.announce(KEY, Duration.ZERO);
      case 3 -> storeAs(tier, 7, Condition.announced(number));
      case 4 -> put(tier, KEY, bytes("x"), Condition.ALWAYS);
      case 5 -> tier.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS);
      default ->
          assertThat(tier.lookupOrLease(KEY, LIFE)).isNotInstanceOf(LeaseAnswer.Skipped.class);
    }
  }

  @Test
  void i11_whatWouldStandForEverIsNoAnnouncement() throws IOException {
    RedisSetup setup = RedisSetup.here();
    try (RedisTier tier = setup.open();
        Link link = Links.open(setup.settings())) {
      byte[] place = setup.keys().lease(tier.partitionOf(KEY), KEY);
      byte[] marker = ByteBuffer.allocate(16).putLong(5).putInt(1).putInt(1).array();
      link.call(Leftovers.command("SETEX", place, Operation.number(60), marker));
      assertThat(tier.lookupOrLease(KEY, LIFE)).isInstanceOf(LeaseAnswer.Announced.class);
      link.call(Leftovers.command("PERSIST", place));
      assertThat(tier.lookupOrLease(KEY, LIFE)).isInstanceOf(LeaseAnswer.Granted.class);
    }
  }
}
