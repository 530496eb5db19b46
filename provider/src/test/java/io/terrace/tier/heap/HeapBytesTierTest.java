package io.terrace.tier.heap;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.BodyDigest;
import io.terrace.DiskSettings;
import io.terrace.Freshness;
import io.terrace.HeapSettings;
import io.terrace.InvalidSettingException;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.Tier;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierContract;
import io.terrace.tier.TierFactory;
import io.terrace.tier.TierListener;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeapBytesTierTest extends TierContract {
  private static final Metadata TAGGED = new Metadata(null, Set.of("a", "b"), Map.of());

  private final List<HeapBytesTier> opened = new ArrayList<>();

  @Override
  protected Tier open(InstantSource clock) {
    HeapBytesTier heap = HeapBytes.open(32 << 20, 8 << 20, clock, TierListener.NONE);
    opened.add(heap);
    return heap;
  }

  @Override
  protected void assertNothingLeaked() {
    for (HeapBytesTier heap : opened) {
      assertThat(heap.pool().heldBytes()).isZero();
    }
  }

  @Test
  void theFactoryIsFoundAndOpens() throws IOException {
    List<TierFactory> found =
        ServiceLoader.load(TierFactory.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(factory -> factory.tier().equals("heap"))
            .toList();
    assertThat(found).hasSize(1);
    TierContext context = new TierContext("uri", "cache", clock, TierListener.NONE);
    try (Tier heap = found.get(0).open(HeapSettings.builder().build(), context)) {
      assertThat(heap.name()).isEqualTo("heap");
      assertThat(heap.capabilities().durable()).isFalse();
      assertThat(heap.maxEntryBytes()).isEqualTo(1 << 20);
    }
    HeapSettings small = HeapSettings.builder().maxBytes(1 << 20).build();
    try (Tier heap = found.get(0).open(small, context)) {
      assertThat(heap.maxEntryBytes()).isEqualTo(1 << 17);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> found.get(0).open(DiskSettings.builder(Path.of("cache")).build(), context));
    assertThatThrownBy(
            () -> found.get(0).open(HeapSettings.builder().maxBytes(4095).build(), context))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("heap.max-bytes");
  }

  @Test
  void versionsFollowTheClockAndNeverGoBack() throws IOException {
    long first = put(tier, key("k"), bytes("1"));
    assertThat(first).isEqualTo(clock.millis() * 1000);
    now.set(now.get().minusSeconds(100));
    assertThat(put(tier, key("k"), bytes("2"))).isEqualTo(first + 1);
    tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
      write.commitAs(first + 50);
    }
    assertThat(put(tier, key("other"), bytes("3"))).isEqualTo(first + 51);
  }

  @Test
  void amendingReplacesWhatWasSaidAtTheOpening() throws IOException {
    long version = put(tier, key("k"), bytes("old"));
    BodyDigest digest = new BodyDigest(3, 4);
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ABSENT)) {
      write.write(ByteBuffer.wrap(bytes("new")));
      EntryHeader amended = header(key("k"), 5_000, TAGGED).withLife(2_000, 5_000);
      write.amend(amended.withDigest(digest), Condition.versionIs(version));
      committed(write.commit());
    }
    EntryHeader header = headerOf(tier, key("k"));
    assertThat(header.createdAtMillis()).isEqualTo(2_000);
    assertThat(header.expiresAtMillis()).isEqualTo(5_000);
    assertThat(header.metadata()).isEqualTo(TAGGED);
    assertThat(header.digest()).isEqualTo(digest);
    assertThat(get(tier, key("k"))).isEqualTo(bytes("new"));
  }

  @Test
  void aLengthThatWasGivenIsKept() throws IOException {
    EntryHeader declared = header(key("k")).withBodyLength(4);
    try (WriteHandle write = tier.openWrite(declared, Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(bytes("four+")));
      write.amend(header(key("k")), Condition.ALWAYS);
      assertThatThrownBy(write::commit)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("announced");
    }
    assertThat(get(tier, key("k"))).isNull();
  }

  @Test
  void i3_aPurgedTagHidesWhatWasThereAndNothingElse() throws IOException {
    put(tier, header(key("a"), EntryHeader.NEVER, TAGGED), bytes("a"), Condition.ALWAYS);
    put(tier, key("untagged"), bytes("u"));
    long through = tier.purgeTag("b", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    assertThat(scanKeys()).containsExactly(key("untagged").digest());
    assertThat(tier.updateHeader(key("a"), through, HeaderUpdate.expireAt(9))).isFalse();
    assertThat(tier.purge(key("a"), PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
    assertThat(get(tier, key("a"))).isNull();
    assertThat(tier.usage().entries()).isEqualTo(1);
    EntryHeader again = header(key("a"), EntryHeader.NEVER, TAGGED);
    assertThat(committed(put(tier, again, bytes("2"), Condition.ABSENT))).isGreaterThan(through);
    assertThat(get(tier, key("a"))).isEqualTo(bytes("2"));
  }

  @Test
  void i3_aCopyThatComesAfterThePurgeOfItsTagIsNotKept() throws IOException {
    put(tier, key("a"), bytes("older, untagged"));
    long version = headerOf(tier, key("a")).version() + 10;
    EntryHeader header = header(key("a"), EntryHeader.NEVER, TAGGED);
    try (WriteHandle write = tier.openWrite(header, Condition.olderThan(version))) {
      write.write(ByteBuffer.wrap(bytes("late")));
      assertThat(tier.purgeTag("a", PurgeMode.HARD, version)).isEqualTo(version);
      assertThat(write.commitAs(version)).isEqualTo(new CommitResult.Committed(version, 4));
    }
    assertThat(get(tier, key("a"))).isNull();
    assertThat(tier.usage().entries()).isZero();
  }

  @Test
  void aSoftPurgeLeavesItStale() throws IOException {
    EntryHeader header = header(key("a"), EntryHeader.NEVER, TAGGED);
    long version = committed(put(tier, header, bytes("a"), Condition.ALWAYS));
    tier.purgeTag("a", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
    assertThat(headerOf(tier, key("a")).freshness()).isEqualTo(Freshness.STALE);
    assertThat(get(tier, key("a"))).isEqualTo(bytes("a"));
    assertThat(put(tier, header, bytes("b"), Condition.ABSENT))
        .isEqualTo(new CommitResult.Refused(version));
    committed(put(tier, header, bytes("b"), Condition.versionIs(version)));
    assertThat(headerOf(tier, key("a")).freshness()).isEqualTo(Freshness.FRESH);
  }

  @Test
  void i3_purgesStandThoughManyTagsMakeTheTierForgetThem() throws IOException {
    for (int i = 0; i < 3000; i++) {
      Metadata tags = new Metadata(null, Set.of("tag-" + i, "soft-" + i), Map.of());
      put(tier, header(key(i), EntryHeader.NEVER, tags), bytes("x"), Condition.ALWAYS);
    }
    EntryHeader late = header(key("late"), EntryHeader.NEVER, TAGGED);
    try (WriteHandle write = tier.openWrite(late, Condition.ALWAYS)) {
      long through = tier.purgeTag("a", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      for (int i = 0; i < 10_000; i++) {
        tier.purgeTag("unused-" + i, PurgeMode.HARD, EntryHeader.UNASSIGNED);
        if (i < 1000) {
          tier.purgeTag("tag-" + i, PurgeMode.HARD, EntryHeader.UNASSIGNED);
          tier.purgeTag("soft-" + (1000 + i), PurgeMode.SOFT, EntryHeader.UNASSIGNED);
        }
      }
      write.commitAs(through);
    }
    assertThat(get(tier, key("late"))).isNull();
    assertThat(tier.usage().entries()).isEqualTo(2000);
    assertThat(opened.get(0).rememberedTags()).isLessThan(5000);
    for (int i = 0; i < 3000; i++) {
      EntryHeader header = headerOf(tier, key(i));
      if (i < 1000) {
        assertThat(header).isNull();
      } else {
        Freshness expected = i < 2000 ? Freshness.STALE : Freshness.FRESH;
        assertThat(header.freshness()).isEqualTo(expected);
      }
    }
  }

  @Test
  void oversizeIsRefusedAtEachBorder() throws IOException {
    tier.close();
    HeapBytesTier small = HeapBytes.open(1 << 20, 70_000);
    opened.add(small);
    tier = small;
    for (int size : new int[] {69_999, 70_000}) {
      put(tier, header(key(size)).withBodyLength(size), bytes(size, size), Condition.ALWAYS);
      put(tier, key("unknown-" + size), bytes(size, size));
      assertThat(get(tier, key(size))).isEqualTo(bytes(size, size));
      assertThat(get(tier, key("unknown-" + size))).isEqualTo(bytes(size, size));
    }
    assertThatThrownBy(
            () -> tier.openWrite(header(key("k")).withBodyLength(70_001), Condition.ALWAYS))
        .isInstanceOfSatisfying(
            EntryTooLargeForTierException.class, e -> assertThat(e.limitBytes()).isEqualTo(70_000));
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
      write.write(ByteBuffer.allocate(70_000));
      assertThatThrownBy(() -> write.write(ByteBuffer.allocate(1)))
          .isInstanceOf(EntryTooLargeForTierException.class);
      assertThatThrownBy(write::commit).isInstanceOf(IllegalStateException.class);
    }
    assertThat(get(tier, key("k"))).isNull();
  }

  @Test
  void theLargestBodyIsWhatFitsBesideEverythingElse() throws IOException {
    tier.close();
    HeapBytesTier small = HeapBytes.open(1 << 20, 1 << 20);
    opened.add(small);
    tier = small;
    int largest = (int) tier.maxEntryBytes();
    assertThat(largest).isBetween(900_000, (1 << 20) * 15 / 16);
    put(tier, key("k"), bytes(1, largest));
    assertThat(get(tier, key("k"))).isEqualTo(bytes(1, largest));
    put(tier, header(key("k")).withBodyLength(largest), bytes(2, largest), Condition.ALWAYS);
    assertThat(get(tier, key("k"))).isEqualTo(bytes(2, largest));
  }

  @Test
  void keyAndMetadataCountToo() throws IOException {
    tier.close();
    HeapBytesTier small = HeapBytes.open(64 << 10, 64 << 10);
    opened.add(small);
    tier = small;
    EntryKey longKey = key("k".repeat(70_000));
    assertThatThrownBy(() -> tier.openWrite(header(longKey), Condition.ALWAYS))
        .isInstanceOf(EntryTooLargeForTierException.class);
    Metadata large = new Metadata(null, Set.of(), Map.of("name", "x".repeat(40_000)));
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(bytes("x")));
      assertThatThrownBy(
              () -> write.amend(header(key("k"), EntryHeader.NEVER, large), Condition.ALWAYS))
          .isInstanceOf(EntryTooLargeForTierException.class);
      assertThatThrownBy(write::commit).isInstanceOf(IllegalStateException.class);
    }
    long version = put(tier, key("k"), bytes("x"));
    assertThatThrownBy(
            () -> tier.updateHeader(key("k"), version, new HeaderUpdate(null, large, null)))
        .isInstanceOf(EntryTooLargeForTierException.class);
    assertThat(headerOf(tier, key("k")).metadata()).isEqualTo(Metadata.NONE);
  }

  @Test
  void aHeaderIsChangedWithoutCopyingTheBody() throws IOException {
    long version = put(tier, key("k"), bytes(1, 3_000_000));
    long before = tier.usage().bytes();
    try (ReadHandle read = hit(tier, key("k")).body()) {
      tier.updateHeader(key("k"), version, new HeaderUpdate(null, TAGGED, null));
      assertThat(tier.usage().bytes()).isBetween(before + 1, before + 1000);
      assertThat(readAll(read)).isEqualTo(bytes(1, 3_000_000));
      tier.updateHeader(key("k"), version, new HeaderUpdate(null, Metadata.NONE, null));
      assertThat(tier.usage().bytes()).isEqualTo(before);
    }
  }

  @Test
  void takesNoMoreThanAQuarterOfASmallJvmIfNothingIsSaid() {
    assertThat(ByteLimits.defaultMaxBytes(64L << 20)).isEqualTo(16L << 20);
    assertThat(ByteLimits.defaultMaxBytes(1L << 30)).isEqualTo(64L << 20);
  }
}
