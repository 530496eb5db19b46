package io.terrace.tier;

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
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.BodyDigest;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * What every byte tier promises, as tests: a tier's own test class extends this one and says how to
 * open the tier. Bodies of {@link #LONG_BODY_BYTES} are expected to take the tier's path for long
 * bodies.
 */
public abstract class TierContract extends TierTagContract {
  @Test
  void missesWhatWasNeverWritten() {
    assertThat(tier.lookup(key("absent"))).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void servesWhatWasWritten() throws IOException {
    put(tier, key("a"), bytes("body of a"));
    put(tier, key("b"), bytes("body of b"));
    assertThat(get(tier, key("a"))).isEqualTo(bytes("body of a"));
    assertThat(get(tier, key("b"))).isEqualTo(bytes("body of b"));
    assertThat(entries()).isEqualTo(2);
  }

  @Test
  void servesBodiesOfEverySize() throws IOException {
    int[] sizes = {0, 1, 7, 8, 9, 1023, 4096, 65_535, 65_536, 262_143, 262_144, 262_145, 600_000};
    for (int size : sizes) {
      put(tier, key(size), bytes(size, size));
    }
    for (int size : sizes) {
      assertThat(get(tier, key(size))).as("%d bytes", size).isEqualTo(bytes(size, size));
      assertThat(headerOf(tier, key(size)).bodyLength()).isEqualTo(size);
    }
  }

  @Test
  void takesABodyInChunksAndGivesItInChunks() throws IOException {
    byte[] body = bytes(1, LONG_BODY_BYTES);
    Random random = new Random(2);
    try (WriteHandle write = tier.openWrite(header(key("long")), Condition.ALWAYS)) {
      ByteBuffer source = ByteBuffer.allocate(100_000);
      for (int offset = 0; offset < body.length; ) {
        int count = Math.min(random.nextInt(100_000), body.length - offset);
        write.write(source.clear().put(body, offset, count).flip());
        assertThat(source.hasRemaining()).isFalse();
        offset += count;
      }
      write.commit();
    }
    try (ReadHandle read = hit(tier, key("long")).body()) {
      ByteBuffer all = ByteBuffer.allocate(body.length + 1);
      ByteBuffer part = ByteBuffer.allocateDirect(70_001);
      while (read.read(part.clear().limit(1 + random.nextInt(70_000))) >= 0) {
        all.put(part.flip());
      }
      assertThat(Arrays.copyOf(all.array(), all.position())).isEqualTo(body);
      assertThat(read.read(part.clear())).isEqualTo(-1);
    }
  }

  @Test
  void keepsEveryFieldOfTheHeader() throws IOException {
    Metadata metadata =
        new Metadata("text/plain", Set.of("red", "blü"), Map.of("path", "/tmp/ä", "empty", ""));
    byte[] body = bytes("hello");
    long version =
        ((CommitResult.Committed)
                put(tier, header(key("k"), 1_234, metadata), body, Condition.ALWAYS))
            .version();
    EntryHeader header = headerOf(tier, key("k"));
    CRC32C crc = new CRC32C();
    crc.update(body);
    assertThat(header)
        .isEqualTo(
            header(key("k"), 1_234, metadata)
                .withVersion(version)
                .withBody(body.length, (int) crc.getValue()));
  }

  @Test
  void tellsLengthAndChecksumOfALongBody() throws IOException {
    byte[] body = bytes(1, LONG_BODY_BYTES);
    put(tier, key("long"), body);
    CRC32C crc = new CRC32C();
    crc.update(body);
    EntryHeader header = headerOf(tier, key("long"));
    assertThat(header.bodyLength()).isEqualTo(body.length);
    assertThat(header.checksum()).isEqualTo((int) crc.getValue());
  }

  @Test
  void aRefusedCommitMayBeAmendedAndTriedAgain() throws IOException {
    for (int size : new int[] {0, 100, 50_000, LONG_BODY_BYTES}) {
      EntryKey key = key(size);
      byte[] body = bytes(size, size);
      try (WriteHandle write = tier.openWrite(header(key), Condition.PRESENT)) {
        write.write(ByteBuffer.wrap(body));
        assertThat(write.commit()).isInstanceOf(CommitResult.Refused.class);
        assertThat(write.commit()).isInstanceOf(CommitResult.Refused.class);
        assertThat(get(tier, key)).isNull();
        Metadata metadata = new Metadata("text/plain", Set.of("late"), Map.of("a", "b"));
        write.amend(header(key, EntryHeader.NEVER, metadata), Condition.ABSENT);
        assertThat(write.commit()).isInstanceOf(CommitResult.Committed.class);
      }
      assertThat(get(tier, key)).isEqualTo(body);
      assertThat(headerOf(tier, key).metadata().tags()).containsExactly("late");
    }
  }

  @Test
  void anExpiredEntryIsAHitAllTheSame() throws IOException {
    put(tier, header(key("k"), 5, Metadata.NONE), bytes("old"), Condition.ALWAYS);
    assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
    assertThat(put(tier, key("k"), bytes("new"), Condition.ABSENT))
        .isInstanceOf(CommitResult.Refused.class);
  }

  @Test
  void seeks() throws IOException {
    if (!tier.capabilities().canSeek()) {
      return;
    }
    for (int size : new int[] {10_000, LONG_BODY_BYTES}) {
      byte[] body = bytes(size, size);
      put(tier, key("k"), body);
      try (ReadHandle read = hit(tier, key("k")).body()) {
        assertThat(read.canSeek()).isTrue();
        ByteBuffer first = ByteBuffer.allocate(3);
        assertThat(read.read(first)).isEqualTo(3);
        Random random = new Random(3);
        for (int i = 0; i < 30; i++) {
          int offset = random.nextInt(size);
          ByteBuffer target = ByteBuffer.allocate(1 + random.nextInt(5000));
          int count = read.read(offset, target);
          assertThat(count).isBetween(1, target.capacity());
          assertThat(Arrays.copyOf(target.array(), count))
              .isEqualTo(Arrays.copyOfRange(body, offset, offset + count));
        }
        assertThat(read.read(size, ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(readAll(read)).isEqualTo(Arrays.copyOfRange(body, 3, size));
      }
    }
  }

  @Test
  void readRemainingKeepsItsBound() throws IOException {
    for (int size : new int[] {1000, LONG_BODY_BYTES}) {
      put(tier, key("k"), bytes(1, size));
      try (ReadHandle read = hit(tier, key("k")).body()) {
        assertThatThrownBy(() -> read.readRemaining(size - 1)).isInstanceOf(IOException.class);
      }
      try (ReadHandle read = hit(tier, key("k")).body()) {
        assertThat(read.readRemaining(size).remaining()).isEqualTo(size);
        assertThat(read.readRemaining(0).remaining()).isZero();
      }
    }
  }

  @Test
  void aClosedHandleFails() throws IOException {
    for (int size : new int[] {1000, LONG_BODY_BYTES}) {
      put(tier, key("k"), bytes(1, size));
      ReadHandle read = hit(tier, key("k")).body();
      read.close();
      read.close();
      assertThatThrownBy(() -> read.read(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> read.readRemaining(LONG_BODY_BYTES)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void nothingIsVisibleBeforeTheCommit() throws IOException {
    put(tier, key("k"), bytes("old"));
    for (int size : new int[] {10, LONG_BODY_BYTES}) {
      try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(bytes(1, size)));
        assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
      }
    }
    assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
    assertThat(entries()).isEqualTo(1);
  }

  @Test
  void aWriteHandleEndsOnce() throws IOException {
    WriteHandle committed = tier.openWrite(header(key("k")), Condition.ALWAYS);
    committed.write(ByteBuffer.wrap(bytes("x")));
    committed.commit();
    committed.abort();
    committed.close();
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
    assertThatIllegalStateException().isThrownBy(committed::commit);
    assertThatIllegalStateException()
        .isThrownBy(() -> committed.write(ByteBuffer.wrap(bytes("y"))));

    WriteHandle aborted = tier.openWrite(header(key("k")), Condition.ALWAYS);
    aborted.write(ByteBuffer.wrap(bytes("y")));
    aborted.abort();
    assertThatIllegalStateException().isThrownBy(aborted::commit);
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
  }

  @Test
  void refusesABodyThatIsNotAsAnnounced() throws IOException {
    put(tier, key("k"), bytes("old"));
    for (EntryHeader wrong :
        List.of(header(key("k")).withBody(4, 0), header(key("k")).withBody(3, 12345))) {
      try (WriteHandle write = tier.openWrite(wrong, Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(bytes("new")));
        assertThatThrownBy(write::commit).isInstanceOf(IOException.class);
      }
    }
    assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
  }

  @Test
  void refusesABodyOverItsLimit() throws IOException {
    long limit = tier.maxEntryBytes();
    put(tier, key("k"), bytes("old"));
    assertThatThrownBy(
            () -> tier.openWrite(header(key("k")).withBody(limit + 1, 0), Condition.ALWAYS))
        .isInstanceOfSatisfying(
            EntryTooLargeForTierException.class,
            e -> {
              assertThat(e.limitBytes()).isEqualTo(limit);
              assertThat(e.sizeBytes()).isEqualTo(limit + 1);
            });
    ByteBuffer mebibyte = ByteBuffer.allocate(1 << 20);
    WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
    assertThatThrownBy(
            () -> {
              for (long written = 0; written <= limit; written += mebibyte.capacity()) {
                write.write(mebibyte.clear());
              }
            })
        .isInstanceOf(EntryTooLargeForTierException.class);
    assertThatIllegalStateException().isThrownBy(write::commit);
    assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
  }

  @Test
  void versionsGrow() throws IOException {
    long last = EntryHeader.UNASSIGNED;
    for (int i = 0; i < 100; i++) {
      long version = put(tier, key("k"), bytes("x" + i));
      assertThat(version).isGreaterThan(last);
      assertThat(headerOf(tier, key("k")).version()).isEqualTo(version);
      last = version;
      if (i % 10 == 0) {
        tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
      }
      now.set(now.get().plusSeconds(i % 3 - 1)); // a clock that goes back and forth
    }
  }

  @Test
  void takesTheVersionOfTheAuthority() throws IOException {
    long version = foreignVersion();
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.olderThan(version))) {
      write.write(ByteBuffer.wrap(bytes("x")));
      assertThat(write.commitAs(version)).isEqualTo(new CommitResult.Committed(version, 1));
    }
    assertThat(headerOf(tier, key("k")).version()).isEqualTo(version);
    assertThat(put(tier, key("k"), bytes("y"))).isGreaterThan(version);
    WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
    assertThatIllegalArgumentException().isThrownBy(() -> write.commitAs(EntryHeader.UNASSIGNED));
    write.close();
  }

  @Test
  void commitsUnderTheCondition() throws IOException {
    EntryKey key = key("k");
    assertThat(put(tier, key, bytes("0"), Condition.PRESENT))
        .isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    assertThat(put(tier, key, bytes("0"), Condition.versionIs(5)))
        .isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    assertThat(get(tier, key)).isNull();
    long first = committed(put(tier, key, bytes("1"), Condition.ABSENT));
    assertThat(put(tier, key, bytes("x"), Condition.ABSENT))
        .isEqualTo(new CommitResult.Refused(first));
    long second = committed(put(tier, key, bytes("2"), Condition.PRESENT));
    assertThat(put(tier, key, bytes("x"), Condition.versionIs(first)))
        .isEqualTo(new CommitResult.Refused(second));
    assertThat(put(tier, key, bytes("x"), Condition.olderThan(second)))
        .isEqualTo(new CommitResult.Refused(second));
    assertThat(get(tier, key)).isEqualTo(bytes("2"));
    long third = committed(put(tier, key, bytes("3"), Condition.versionIs(second)));
    committed(put(tier, key, bytes("4"), Condition.olderThan(third + 1)));
    assertThat(get(tier, key)).isEqualTo(bytes("4"));
  }

  @Test
  void commitsALongBodyUnderTheCondition() throws IOException {
    EntryKey key = key("long");
    byte[] body = bytes(1, LONG_BODY_BYTES);
    long first = committed(put(tier, key, body, Condition.ABSENT));
    assertThat(put(tier, key, bytes(2, LONG_BODY_BYTES), Condition.ABSENT))
        .isEqualTo(new CommitResult.Refused(first));
    assertThat(get(tier, key)).isEqualTo(body);
    committed(put(tier, key, bytes(3, LONG_BODY_BYTES), Condition.versionIs(first)));
    assertThat(get(tier, key)).isEqualTo(bytes(3, LONG_BODY_BYTES));
  }

  @Test
  void purgesUnderTheCondition() throws IOException {
    EntryKey key = key("k");
    assertThat(tier.purge(key, PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
    long version = put(tier, key, bytes("x"));
    assertThat(tier.purge(key, PurgeReason.INVALIDATION, Condition.ABSENT)).isFalse();
    assertThat(tier.purge(key, PurgeReason.EXPIRY, Condition.versionIs(version - 1))).isFalse();
    assertThat(tier.purge(key, PurgeReason.EXPIRY, Condition.olderThan(version))).isFalse();
    assertThat(get(tier, key)).isEqualTo(bytes("x"));
    assertThat(tier.purge(key, PurgeReason.EXPIRY, Condition.versionIs(version))).isTrue();
    assertThat(get(tier, key)).isNull();
    for (Condition condition :
        List.of(Condition.ALWAYS, Condition.PRESENT, Condition.olderThan(Long.MAX_VALUE))) {
      put(tier, key, bytes(1, LONG_BODY_BYTES));
      assertThat(tier.purge(key, PurgeReason.INVALIDATION, condition)).isTrue();
      assertThat(get(tier, key)).isNull();
    }
    assertThat(entries()).isZero();
  }

  @Test
  void countsWhyBytesLeft() throws IOException {
    for (PurgeReason reason : PurgeReason.values()) {
      put(tier, key("k"), bytes("x"));
      tier.purge(key("k"), reason, Condition.ALWAYS);
      tier.purge(key("k"), reason, Condition.ALWAYS);
    }
    assertThat(tier.usage().evictions()).isEqualTo(1);
    assertThat(tier.usage().corruptions()).isEqualTo(1);
  }

  @Test
  void updatesDeadlineAndMetadataAlone() throws IOException {
    Metadata metadata = new Metadata(null, Set.of("t"), Map.of());
    for (int size : new int[] {0, 100, 50_000, LONG_BODY_BYTES}) {
      EntryKey key = key(size);
      long version = put(tier, key, bytes(size, size));
      EntryHeader before = headerOf(tier, key);
      for (int i = 0; i < 3; i++) {
        assertThat(tier.updateHeader(key, version, HeaderUpdate.expireAt(77 + i))).isTrue();
      }
      assertThat(headerOf(tier, key)).isEqualTo(before.withExpiry(79));
      HeaderUpdate tag = new HeaderUpdate(null, metadata, null);
      assertThat(tier.updateHeader(key, version, tag)).isTrue();
      assertThat(headerOf(tier, key))
          .isEqualTo(
              header(key, 79, metadata).withVersion(version).withBody(size, before.checksum()));
      assertThat(get(tier, key)).isEqualTo(bytes(size, size));
      assertThat(tier.updateHeader(key, version - 1, tag)).isFalse();
      assertThat(tier.updateHeader(key("absent"), version, tag)).isFalse();
    }
    assertThat(entries()).isEqualTo(4);
  }

  @Test
  void keepsDigestAndFreshness() throws IOException {
    BodyDigest digest = new BodyDigest(0x8000000000000001L, 2);
    Metadata metadata = new Metadata(null, Set.of("t"), Map.of());
    for (int size : new int[] {0, 100, 50_000, LONG_BODY_BYTES}) {
      for (Metadata said : List.of(Metadata.NONE, metadata)) {
        EntryKey key = key(size);
        EntryHeader written =
            header(key, EntryHeader.NEVER, said).withDigest(digest).withFreshness(Freshness.STALE);
        long version = committed(put(tier, written, bytes(size, size), Condition.ALWAYS));
        assertThat(headerOf(tier, key).digest()).isEqualTo(digest);
        assertThat(headerOf(tier, key).freshness()).isEqualTo(Freshness.STALE);
        HeaderUpdate fresh = new HeaderUpdate(null, null, Freshness.FRESH);
        assertThat(tier.updateHeader(key, version, fresh)).isTrue();
        assertThat(headerOf(tier, key).freshness()).isEqualTo(Freshness.FRESH);
        HeaderUpdate stale = new HeaderUpdate(null, null, Freshness.STALE);
        assertThat(tier.updateHeader(key, version, stale)).isTrue();
        assertThat(headerOf(tier, key).freshness()).isEqualTo(Freshness.STALE);
        assertThat(tier.updateHeader(key, version, HeaderUpdate.expireAt(5))).isTrue();
        EntryHeader header = headerOf(tier, key);
        assertThat(header.freshness()).isEqualTo(Freshness.STALE);
        assertThat(header.digest()).isEqualTo(digest);
        assertThat(header.metadata()).isEqualTo(said);
        assertThat(get(tier, key)).isEqualTo(bytes(size, size));
      }
    }
  }

  @Test
  void amendsWhatIsKnownOnceTheBodyIsThere() throws IOException {
    BodyDigest digest = new BodyDigest(3, 4);
    Metadata none = Metadata.NONE;
    Metadata some = new Metadata("text/plain", Set.of("red"), Map.of("a", "b"));
    Metadata more = new Metadata("text/plain", Set.of("red"), Map.of("a", "b".repeat(5000)));
    for (int size : new int[] {0, 100, 5_000, 50_000, LONG_BODY_BYTES}) {
      byte[] body = bytes(size, size);
      for (Metadata before : List.of(none, some, more)) {
        for (Metadata after : List.of(none, some, more)) {
          EntryKey key = key(size);
          CommitResult result;
          try (WriteHandle write =
              tier.openWrite(header(key, 5, before), Condition.versionIs(12345))) {
            write.write(ByteBuffer.wrap(body, 0, size / 2));
            write.amend(header(key, 6, before), Condition.ABSENT);
            write.write(ByteBuffer.wrap(body, size / 2, size - size / 2));
            write.amend(
                EntryHeader.of(key, 2_000, 7_000, 7, after).withDigest(digest), Condition.ALWAYS);
            result = write.commit();
          }
          assertThat(headerOf(tier, key).withBody(size, 0))
              .isEqualTo(
                  EntryHeader.of(key, 2_000, 7_000, 7, after)
                      .withVersion(committed(result))
                      .withBody(size, 0)
                      .withDigest(digest));
          assertThat(get(tier, key)).isEqualTo(body);
        }
      }
    }
  }

  @Test
  void anAmendedConditionIsTheOneThatCounts() throws IOException {
    for (int size : new int[] {10, LONG_BODY_BYTES}) {
      long version = put(tier, key("k"), bytes("old"));
      try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(bytes(1, size)));
        write.amend(header(key("k")), Condition.ABSENT);
        assertThat(write.commit()).isEqualTo(new CommitResult.Refused(version));
      }
      assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
    }
  }

  @Test
  void whatWasAnnouncedHoldsThoughAmended() throws IOException {
    put(tier, key("k"), bytes("old"));
    for (EntryHeader announced :
        List.of(header(key("k")).withBody(4, 0), header(key("k")).withBody(3, 12345))) {
      try (WriteHandle write = tier.openWrite(announced, Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(bytes("new")));
        write.amend(header(key("k")), Condition.ALWAYS);
        assertThatThrownBy(write::commit).isInstanceOf(IOException.class);
      }
    }
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(bytes("new")));
      write.amend(header(key("k")).withBodyLength(4), Condition.ALWAYS);
      assertThatThrownBy(write::commit).isInstanceOf(IOException.class);
    }
    assertThat(get(tier, key("k"))).isEqualTo(bytes("old"));
  }

  @Test
  void nothingIsAmendedAfterTheEnd() throws IOException {
    WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
    write.commit();
    assertThatIllegalStateException()
        .isThrownBy(() -> write.amend(header(key("k")), Condition.ALWAYS));
    WriteHandle aborted = tier.openWrite(header(key("k")), Condition.ALWAYS);
    aborted.abort();
    assertThatIllegalStateException()
        .isThrownBy(() -> aborted.amend(header(key("k")), Condition.ALWAYS));
  }

  @Test
  void anOpenHandleServesItsVersionToTheEnd() throws IOException {
    for (int size : new int[] {1000, LONG_BODY_BYTES}) {
      byte[] body = bytes(size, size);
      List<ReadHandle> handles = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        put(tier, key("k"), body);
        ReadHandle read = hit(tier, key("k")).body();
        ByteBuffer first = ByteBuffer.allocate(10);
        assertThat(read.read(first)).isEqualTo(10);
        handles.add(read);
        switch (i) {
          case 0 -> put(tier, key("k"), bytes("replaced"));
          case 1 -> tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
          case 2 -> tier.clear();
          default -> {
            long version = headerOf(tier, key("k")).version();
            assertThat(tier.updateHeader(key("k"), version, HeaderUpdate.expireAt(5))).isTrue();
          }
        }
      }
      for (ReadHandle read : handles) {
        assertThat(readAll(read)).isEqualTo(Arrays.copyOfRange(body, 10, size));
        read.close();
      }
    }
  }

  @Test
  void clearsEverythingAndGoesOn() throws IOException {
    for (int i = 0; i < 100; i++) {
      put(tier, key(i), bytes(i, i * 10));
    }
    long version = put(tier, key("long"), bytes(1, LONG_BODY_BYTES));
    tier.clear();
    assertThat(entries()).isZero();
    assertThat(get(tier, key(5))).isNull();
    assertThat(get(tier, key("long"))).isNull();
    assertThat(scanKeys()).isEmpty();
    assertThat(put(tier, key(5), bytes("again"))).isGreaterThan(version);
    assertThat(get(tier, key(5))).isEqualTo(bytes("again"));
  }

  @Test
  void aWriteInProgressSurvivesAClear() throws IOException {
    byte[] body = bytes(1, LONG_BODY_BYTES);
    try (WriteHandle write = tier.openWrite(header(key("long")), Condition.ALWAYS)) {
      write.write(ByteBuffer.wrap(body, 0, 2_000_000));
      tier.clear();
      write.write(ByteBuffer.wrap(body, 2_000_000, LONG_BODY_BYTES - 2_000_000));
      write.commit();
    }
    assertThat(get(tier, key("long"))).isEqualTo(body);
  }

  @Test
  void scansEveryHeaderOnce() throws IOException {
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 500; i++) {
      put(tier, key(i), bytes(i, i));
      expected.add(key(i).digest());
    }
    put(tier, key(1), bytes("replaced"));
    put(tier, key("long"), bytes(1, LONG_BODY_BYTES));
    expected.add(key("long").digest());
    tier.purge(key(2), PurgeReason.INVALIDATION, Condition.ALWAYS);
    expected.remove(key(2).digest());
    assertThat(scanKeys()).doesNotHaveDuplicates().hasSameElementsAs(expected);
  }

  @Test
  void aScanToleratesChanges() throws IOException {
    for (int i = 0; i < 200; i++) {
      put(tier, key(i), bytes(i, i));
    }
    Set<String> seen = new TreeSet<>();
    try (HeaderCursor cursor = tier.scan()) {
      for (EntryHeader header = cursor.next(); header != null; header = cursor.next()) {
        seen.add(header.key().digest());
        tier.purge(header.key(), PurgeReason.INVALIDATION, Condition.versionIs(header.version()));
      }
    }
    assertThat(seen).hasSize(200);
    assertThat(entries()).isZero();
  }

  @Test
  void aHashCollisionIsAMiss() throws IOException {
    EntryKey one = new EntryKey(bytes("one"), 1, 2);
    EntryKey two = new EntryKey(bytes("two"), 1, 2);
    put(tier, one, bytes("1"));
    assertThat(get(tier, two)).isNull();
    assertThat(tier.purge(two, PurgeReason.INVALIDATION, Condition.ALWAYS)).isFalse();
    assertThat(put(tier, two, bytes("x"), Condition.PRESENT))
        .isEqualTo(new CommitResult.Refused(EntryHeader.UNASSIGNED));
    assertThat(get(tier, one)).isEqualTo(bytes("1"));
    committed(put(tier, two, bytes("2"), Condition.ABSENT));
    assertThat(get(tier, two)).isEqualTo(bytes("2"));
    assertThat(get(tier, one)).isIn(bytes("1"), null);
  }

  @Test
  void oneOfManyConditionalCommitsWins() throws Exception {
    long version = put(tier, key("k"), bytes("start"));
    List<Callable<CommitResult>> tasks = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      byte[] body = bytes("writer " + i);
      tasks.add(() -> put(tier, key("k"), body, Condition.versionIs(version)));
    }
    int winners = 0;
    for (CommitResult result : runAll(tasks)) {
      winners += result instanceof CommitResult.Committed ? 1 : 0;
    }
    assertThat(winners).isEqualTo(1);
  }

  @Test
  void counterByCompareAndSetLosesNothing() throws Exception {
    put(tier, key("n"), bytes("0"));
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      tasks.add(
          () -> {
            for (int done = 0; done < 50; ) {
              Lookup.Hit hit = hit(tier, key("n"));
              int n = Integer.parseInt(new String(readAll(hit.body()), StandardCharsets.UTF_8));
              hit.body().close();
              Condition unchanged = Condition.versionIs(hit.header().version());
              if (put(tier, key("n"), bytes("" + (n + 1)), unchanged)
                  instanceof CommitResult.Committed) {
                done++;
              }
            }
            return 0;
          });
    }
    runAll(tasks);
    assertThat(get(tier, key("n"))).isEqualTo(bytes("200"));
  }

  @Test
  void readersNeverSeeAMixture() throws Exception {
    int keys = 8;
    AtomicBoolean writing = new AtomicBoolean(true);
    List<Callable<Integer>> tasks = new ArrayList<>();
    tasks.add(
        () -> {
          Random random = new Random(5);
          for (int i = 0; i < 3000; i++) {
            byte[] body = new byte[random.nextInt(20) == 0 ? 700_000 : random.nextInt(3000)];
            Arrays.fill(body, (byte) random.nextInt());
            put(tier, key(random.nextInt(keys)), body);
            if (i % 50 == 0) {
              tier.purge(key(random.nextInt(keys)), PurgeReason.INVALIDATION, Condition.ALWAYS);
            }
          }
          writing.set(false);
          return 0;
        });
    tasks.add(
        () -> {
          Random random = new Random(6);
          while (writing.get()) {
            byte[] body = get(tier, key(random.nextInt(keys)));
            for (int i = 1; body != null && i < body.length; i++) {
              if (body[i] != body[0]) {
                throw new AssertionError("a mixture at " + i);
              }
            }
          }
          return 0;
        });
    runAll(tasks);
  }

  @Test
  void agreesWithAMap() throws IOException {
    long seed = 42;
    Random random = new Random(seed);
    Map<Integer, byte[]> model = new HashMap<>();
    for (int i = 0; i < 4000; i++) {
      int n = random.nextInt(40);
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> {
          byte[] body = bytes(i, random.nextInt(50) == 0 ? 400_000 : random.nextInt(500));
          put(tier, key(n), body);
          model.put(n, body);
        }
        case 4 ->
            assertThat(tier.purge(key(n), PurgeReason.INVALIDATION, Condition.ALWAYS))
                .isEqualTo(model.remove(n) != null);
        case 5 -> {
          EntryHeader header = headerOf(tier, key(n));
          if (header != null) {
            assertThat(tier.updateHeader(key(n), header.version(), HeaderUpdate.expireAt(i)))
                .isTrue();
          }
        }
        case 6 -> {
          if (random.nextInt(40) == 0) {
            tier.clear();
            model.clear();
          }
        }
        default -> assertThat(get(tier, key(n))).as("step %d", i).isEqualTo(model.get(n));
      }
      assertThat(entries()).isEqualTo(model.size());
    }
  }

  @Test
  void failsAfterClose() throws IOException {
    put(tier, key("k"), bytes("x"));
    WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
    write.write(ByteBuffer.wrap(bytes("y")));
    tier.close();
    tier.close();
    assertThatThrownBy(write::commit).isInstanceOf(IOException.class);
    write.close();
    assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Skipped.class);
    assertThatThrownBy(() -> tier.openWrite(header(key("k")), Condition.ALWAYS))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> tier.purge(key("k"), PurgeReason.EXPIRY, Condition.ALWAYS))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> tier.updateHeader(key("k"), 1, HeaderUpdate.expireAt(5)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> tier.clear()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> tier.scan()).isInstanceOf(IOException.class);
  }

  @Test
  void aReaderOpenAtCloseFailsOrFinishes() throws IOException {
    for (int size : new int[] {1000, LONG_BODY_BYTES}) {
      put(tier, key(size), bytes(size, size));
    }
    for (int size : new int[] {1000, LONG_BODY_BYTES}) {
      try (ReadHandle read = hit(tier, key(size)).body()) {
        tier.close();
        try {
          assertThat(readAll(read)).isEqualTo(bytes(size, size));
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("closed");
        }
      }
      if (size == 1000) {
        tier = open(clock);
        put(tier, key(LONG_BODY_BYTES), bytes(LONG_BODY_BYTES, LONG_BODY_BYTES));
      }
    }
  }

  @Test
  void anInterruptedThreadIsServedAndHarmsNobody() throws Exception {
    put(tier, key("k"), bytes("x"));
    put(tier, key("long"), bytes(1, LONG_BODY_BYTES));
    Thread.currentThread().interrupt();
    assertThat(get(tier, key("k"))).isEqualTo(bytes("x"));
    assertThat(get(tier, key("long"))).isEqualTo(bytes(1, LONG_BODY_BYTES));
    put(tier, key("k"), bytes("y"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(get(tier, key("k"))).isEqualTo(bytes("y"));
  }

  @Test
  void destroyLeavesNothing() throws IOException {
    put(tier, key("k"), bytes("x"));
    tier.destroy();
    assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Skipped.class);
    tier = open(clock);
    assertThat(get(tier, key("k"))).isNull();
    assertThat(entries()).isZero();
  }
}
