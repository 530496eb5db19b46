package io.terrace.tier.heap;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.terrace.HeapSettings;
import io.terrace.Metadata;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@code heap.ttl} does to the bytes a heap holds. */
class HeapBytesStayTest {
  private static final EntryKey KEY = key("k");
  private static final long TTL_MILLIS = 1_000;
  private static final long FAR_MILLIS = 1_700_001_000_000L;

  private final AtomicLong now = new AtomicLong(1_700_000_000_000L);
  private final HeapBytesTier tier = open();

  private HeapBytesTier open() {
    HeapSettings settings =
        HeapSettings.builder().maxBytes(1 << 20).ttl(Duration.ofMillis(TTL_MILLIS)).build();
    TierContext context =
        new TierContext("uri", "cache", () -> Instant.ofEpochMilli(now.get()), TierListener.NONE);
    return new HeapBytesTier(ByteLimits.of(settings), settings.ttl(), context);
  }

  @AfterEach
  void close() {
    tier.close();
    assertThat(tier.pool().heldBytes()).isZero();
  }

  private CommitResult copy(String body, Condition condition, long version) throws IOException {
    EntryHeader header = header(KEY, FAR_MILLIS, Metadata.NONE);
    try (WriteHandle write = tier.openWrite(header, condition)) {
      write.write(ByteBuffer.wrap(bytes(body)));
      return write.commitAs(version);
    }
  }

  @Test
  void i5_aCopyLeavesWhenItsStayIsOverAndKeepsItsDeadlineUntilThen() throws IOException {
    copy("a", Condition.ALWAYS, 7);
    now.addAndGet(TTL_MILLIS - 1);
    assertThat(headerOf(tier, KEY).expiresAtMillis()).isEqualTo(FAR_MILLIS);
    now.addAndGet(1);
    assertThat(tier.usage().entries()).isEqualTo(1);
    assertThat(get(tier, KEY)).isNull();
    assertThat(tier.usage().entries()).isZero();
    assertThat(tier.pool().usedBytes()).isZero();
  }

  @Test
  void aScanTakesCopiesOutToo() throws IOException {
    copy("a", Condition.ALWAYS, 7);
    now.addAndGet(TTL_MILLIS);
    try (HeaderCursor all = tier.scan()) {
      assertThat(all.next()).isNull();
    }
    assertThat(tier.usage().entries()).isZero();
  }

  @Test
  void aCopyWhoseStayIsOverIsAbsentToEveryCondition() throws IOException {
    copy("a", Condition.ALWAYS, 7);
    assertThat(copy("b", Condition.ABSENT, 8)).isEqualTo(new CommitResult.Refused(7));
    now.addAndGet(TTL_MILLIS);
    assertThat(tier.updateHeader(KEY, 7, HeaderUpdate.expireAt(FAR_MILLIS))).isFalse();
    assertThat(copy("b", Condition.versionIs(7), 8))
        .isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    assertThat(copy("b", Condition.ABSENT, 8)).isEqualTo(new CommitResult.Committed(8, 1));
    assertThat(get(tier, KEY)).isEqualTo(bytes("b"));
    now.addAndGet(TTL_MILLIS);
    assertThat(tier.purge(KEY, PurgeReason.INVALIDATION, Condition.PRESENT)).isFalse();
    assertThat(tier.purge(KEY, PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
    assertThat(tier.usage().entries()).isZero();
  }

  @Test
  void i5_anotherHeaderDoesNotProlongTheStay() throws IOException {
    copy("a", Condition.ALWAYS, 7);
    now.addAndGet(TTL_MILLIS - 1);
    assertThat(tier.updateHeader(KEY, 7, HeaderUpdate.expireAt(FAR_MILLIS + 1))).isTrue();
    assertThat(headerOf(tier, KEY).expiresAtMillis()).isEqualTo(FAR_MILLIS + 1);
    now.addAndGet(1);
    assertThat(get(tier, KEY)).isNull();
  }

  @Test
  void whereNoOtherTierHasItTheStayIsTheDeadlineOfTheEntry() throws IOException {
    long end = now.get() + TTL_MILLIS;
    long version = put(tier, KEY, bytes("a"));
    assertThat(headerOf(tier, KEY).expiresAtMillis()).isEqualTo(end);
    assertThat(tier.updateHeader(KEY, version, HeaderUpdate.expireAt(end - 1))).isTrue();
    assertThat(headerOf(tier, KEY).expiresAtMillis()).isEqualTo(end - 1);
    assertThat(tier.updateHeader(KEY, version, HeaderUpdate.expireAt(end + 1))).isTrue();
    assertThat(headerOf(tier, KEY).expiresAtMillis()).isEqualTo(end);
    now.set(end); // an entry that expired is for the stack to take out
    assertThat(headerOf(tier, KEY).isExpiredAt(now.get())).isTrue();
    Condition same = Condition.versionIs(version);
    assertThat(tier.purge(KEY, PurgeReason.EXPIRY, same)).isTrue();
  }
}
