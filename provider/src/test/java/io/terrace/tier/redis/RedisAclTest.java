package io.terrace.tier.redis;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.servers.RedisServer;
import io.terrace.tier.Announcement;
import io.terrace.tier.BulkTier.WholeWrite;
import io.terrace.tier.BulkTier.WriteResult;
import io.terrace.tier.ChangeFeed;
import io.terrace.tier.Changes;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.LeaseAnswer;
import io.terrace.tier.Lookup;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What {@code docs/redis-layout.md} says a user needs is enough for everything the tier does. */
class RedisAclTest {
  private static String[] documentedRules() throws IOException {
    Path path = Path.of("..", "docs", "redis-layout.md");
    Path found = Files.exists(path) ? path : Path.of("docs", "redis-layout.md");
    Matcher rules =
        Pattern.compile("```\n(ACL SETUSER .*?)```", Pattern.DOTALL)
            .matcher(Files.readString(found));
    assertThat(rules.find()).isTrue();
    return rules.group(1).trim().split("\\s+");
  }

  @Test
  void theDocumentedUserMayDoAllThatTheTierDoes() throws Exception {
    try (RedisServer server = RedisServer.start()) {
      server.command(documentedRules());
      RedisSetup shop = RedisSetup.on(server).namespace("shop").user("app", "secret");
      try (RedisTier tier = shop.chunkBytes(64 << 10).open()) {
        doEverything(tier);
      }
      RedisSetup other = RedisSetup.on(server).namespace("other").user("app", "secret");
      try (RedisTier tier = other.open()) {
        assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Skipped.class);
        assertThatIOException().isThrownBy(() -> put(tier, key("k"), bytes("x")));
      }
    }
  }

  private static void doEverything(RedisTier tier) throws IOException, InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch subscribed = new CountDownLatch(1);
    ChangeFeed.Listener listener =
        new ChangeFeed.Listener() {
          @Override
          public void changed(Changes changes) {
            told.countDown();
          }

          @Override
          public void interrupted() {
            subscribed.countDown();
          }
        };
    try (Closeable subscription = tier.changes().subscribe(listener)) {
      assertThat(subscription).isNotNull();
      assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
      change(tier);
      assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
    }
    for (int i = 0; i < 70; i++) {
      tier.purgeTag("tag " + i, PurgeMode.HARD, EntryHeader.UNASSIGNED);
    }
    assertThat(tier.changes().sequences()).hasSize(64);
    assertThat(tier.changes().since(tier.partitionOf(key("k")), 0)).isNotEmpty();
    tier.clearAfterLoss();
    tier.clear();
    tier.destroy();
  }

  private static void change(RedisTier tier) throws IOException {
    EntryHeader red =
        header(key("k"), EntryHeader.NEVER, new Metadata("a/b", Set.of("red"), Map.of()));
    put(tier, red, bytes(1, 200_000), Condition.ALWAYS);
    assertThat(get(tier, key("k"))).hasSize(200_000);
    Lookup.Hit hit = (Lookup.Hit) tier.lookupHeader(key("k"));
    long version = hit.header().version();
    assertThat(tier.updateHeader(key("k"), version, HeaderUpdate.expireAt(5_000_000_000_000L)))
        .isTrue();
    assertThat(tier.updateHeader(key("k"), version, HeaderUpdate.TO_STALE)).isTrue();
    try (HeaderCursor cursor = tier.scan()) {
      assertThat(cursor.next()).isNotNull();
    }
    LeaseAnswer answer = tier.lookupOrLease(key("absent"), Duration.ofMinutes(1));
    tier.releaseLease(key("absent"), ((LeaseAnswer.Granted) answer).lease());
    Announcement first = tier.announce(key("absent"), Duration.ofMinutes(1));
    Announcement second = tier.announce(key("absent"), Duration.ofMinutes(1));
    tier.settle(key("absent"), first.number());
    tier.settle(key("absent"), second.number());
    tier.settle(key("absent"), second.number());
    assertThat(tier.lookupOrLease(key("absent"), Duration.ofMinutes(1)))
        .isInstanceOf(LeaseAnswer.Granted.class);
    WholeWrite write =
        new WholeWrite(header(key("m")), ByteBuffer.wrap(bytes("x")), Condition.ALWAYS);
    assertThat(tier.writeAll(List.of(write))).allMatch(done -> done instanceof WriteResult.Done);
    assertThat(tier.lookupAll(List.of(key("m"), key("k"))))
        .allMatch(lookup -> lookup instanceof Lookup.Hit);
    assertThat(tier.purgeAll(List.of(key("m")), PurgeReason.INVALIDATION))
        .allMatch(done -> done instanceof WriteResult.Done);
    tier.openWrite(red, Condition.ALWAYS).close();
    assertThat(tier.purge(key("k"), PurgeReason.EXPIRY, Condition.ALWAYS)).isTrue();
  }
}
