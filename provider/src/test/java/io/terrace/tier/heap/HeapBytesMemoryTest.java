package io.terrace.tier.heap;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryKey;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.TierListener;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** I6: what the tier counts, and that it never counts more than its bound. */
class HeapBytesMemoryTest {
  private static final int MAX_BYTES = 4 << 20;
  private static final int MAX_WEIGHT_BYTES = MAX_BYTES / 16 * 15;
  private static final int MAX_ENTRY_BYTES = 1 << 20;

  private final List<String> left = new ArrayList<>();
  private final TierListener listener =
      (tier, key, version, reason) ->
          left.add(tier + " " + key.digest() + " " + version + " " + reason);
  private final HeapBytesTier tier =
      HeapBytes.open(MAX_BYTES, MAX_ENTRY_BYTES, InstantSource.system(), listener);

  @AfterEach
  void nothingIsLeft() {
    tier.close();
    assertThat(tier.pool().heldBytes()).isZero();
  }

  private long usedBytes() {
    return tier.usage().bytes();
  }

  private static long costOf(int bodyBytes) {
    int chunks = (bodyBytes + ChunkPool.CHUNK_BYTES - 1) / ChunkPool.CHUNK_BYTES;
    return ByteLimits.ownBytes(header(key("k")))
        + bodyBytes
        + (long) chunks * ChunkPool.CHUNK_OVERHEAD_BYTES;
  }

  @Test
  void aBodyCountsItsBytesAndLittleMore() throws IOException {
    for (int size : new int[] {0, 1, 1024, 65_536, 65_537, 1_000_000}) {
      put(tier, header(key("k")).withBodyLength(size), bytes(1, size), Condition.ALWAYS);
      assertThat(usedBytes()).as("%d bytes, known", size).isEqualTo(costOf(size));
      put(tier, key("k"), bytes(1, size));
      assertThat(usedBytes())
          .as("%d bytes, not known", size)
          .isBetween(costOf(size), costOf(size) + Math.max(256, size / 8));
      tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
      assertThat(usedBytes()).isZero();
    }
  }

  @Test
  void aBodyInManySmallPiecesCountsLittleMore() throws IOException {
    byte[] body = bytes(1, 300_000);
    try (WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS)) {
      for (int offset = 0; offset < body.length; offset += 100) {
        write.write(ByteBuffer.wrap(body, offset, 100));
      }
      write.commit();
    }
    assertThat(usedBytes()).isBetween(costOf(body.length), costOf(body.length) * 9 / 8 + 2_000);
    assertThat(get(tier, key("k"))).isEqualTo(body);
  }

  @Test
  void i6_nothingIsEverCountedBeyondTheBound() throws IOException {
    Random random = new Random(7);
    List<ReadHandle> readers = new ArrayList<>();
    List<WriteHandle> writers = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      int size = random.nextInt(8) == 0 ? random.nextInt(300_000) : random.nextInt(20_000);
      EntryKey key = key(random.nextInt(600));
      put(tier, key, bytes(i, size));
      assertThat(tier.pool().heldBytes()).isLessThanOrEqualTo(MAX_BYTES);
      if (tier.lookup(key) instanceof io.terrace.tier.Lookup.Hit found) {
        readers.add(found.body());
      }
      if (i % 3 == 0) {
        WriteHandle write = tier.openWrite(header(key), Condition.ALWAYS);
        write.write(ByteBuffer.allocate(random.nextInt(90_000)));
        writers.add(write);
      }
      if (readers.size() > 20) {
        readers.remove(random.nextInt(20)).close();
      }
      if (writers.size() > 10) {
        writers.remove(random.nextInt(10)).close();
      }
      assertThat(tier.pool().heldBytes()).isLessThanOrEqualTo(MAX_BYTES);
    }
    readers.forEach(ReadHandle::close);
    writers.forEach(WriteHandle::close);
    assertThat(usedBytes()).isBetween(MAX_WEIGHT_BYTES / 2L, (long) MAX_WEIGHT_BYTES);
    checkPolicyFollows();
  }

  @Test
  void aFullTierStaysFullAndTellsWhoLeft() throws IOException {
    List<Long> versions = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      versions.add(put(tier, key(i), bytes(i, 10_000)));
    }
    long entries = tier.usage().entries();
    assertThat(usedBytes()).isBetween(MAX_WEIGHT_BYTES - 11_000L, (long) MAX_WEIGHT_BYTES);
    assertThat(tier.usage().evictions()).isEqualTo(1_000 - entries);
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      if (get(tier, key(i)) == null) {
        expected.add("heap " + key(i).digest() + " " + versions.get(i) + " EVICTION");
      }
    }
    assertThat(left).doesNotHaveDuplicates().hasSameElementsAs(expected);
  }

  @Test
  void whatIsReadOftenStays() throws IOException {
    put(tier, key("hot"), bytes(1, 100_000));
    for (int i = 0; i < 500; i++) {
      hit(tier, key("hot")).body().close();
      put(tier, key(i), bytes(i, 50_000));
    }
    assertThat(get(tier, key("hot"))).isEqualTo(bytes(1, 100_000));
  }

  @Test
  void unfinishedWritesCountAndEvict() throws IOException {
    for (int i = 0; i < 100; i++) {
      put(tier, key(i), bytes(i, 40_000));
    }
    List<WriteHandle> writers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      WriteHandle write = tier.openWrite(header(key("writer")), Condition.ALWAYS);
      write.write(ByteBuffer.allocate(MAX_ENTRY_BYTES));
      writers.add(write);
      assertThat(tier.pool().heldBytes()).isLessThanOrEqualTo(MAX_BYTES);
    }
    assertThat(tier.usage().entries()).isBetween(10L, 30L);
    try (WriteHandle fourth = tier.openWrite(header(key("writer")), Condition.ALWAYS)) {
      assertThatThrownBy(() -> fourth.write(ByteBuffer.allocate(MAX_ENTRY_BYTES)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(EntryTooLargeForTierException.class)
          .hasMessageContaining("heap.max-bytes");
    }
    writers.forEach(WriteHandle::close);
    put(tier, key("again"), bytes(1, MAX_ENTRY_BYTES));
    assertThat(get(tier, key("again"))).isEqualTo(bytes(1, MAX_ENTRY_BYTES));
  }

  @Test
  void i10_readersOfBodiesThatLeftCountUntilTheyClose() throws IOException {
    List<ReadHandle> readers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      put(tier, key("k"), bytes(i, MAX_ENTRY_BYTES));
      readers.add(hit(tier, key("k")).body());
    }
    tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThat(tier.usage().entries()).isZero();
    assertThat(usedBytes()).isBetween(3L * MAX_ENTRY_BYTES, 3L * MAX_ENTRY_BYTES + 10_000);
    assertThatThrownBy(() -> put(tier, key("other"), bytes(9, MAX_ENTRY_BYTES)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("open readers");
    put(tier, key("small"), bytes(9, 100_000));
    for (int i = 0; i < 3; i++) {
      assertThat(readAll(readers.get(i))).isEqualTo(bytes(i, MAX_ENTRY_BYTES));
      readers.get(i).close();
    }
    put(tier, key("other"), bytes(9, MAX_ENTRY_BYTES));
    assertThat(get(tier, key("small"))).isEqualTo(bytes(9, 100_000));
    assertThat(usedBytes()).isLessThan(2L * MAX_ENTRY_BYTES);
  }

  @Test
  void roomThatCannotBeMadeEvictsNobody() throws IOException {
    put(tier, key("small"), bytes(1, 1_000));
    List<ReadHandle> readers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      put(tier, key("k"), bytes(i, MAX_ENTRY_BYTES));
      readers.add(hit(tier, key("k")).body());
    }
    tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
    assertThatThrownBy(() -> put(tier, key("other"), bytes(9, MAX_ENTRY_BYTES)))
        .isInstanceOf(IOException.class);
    assertThat(get(tier, key("small"))).isEqualTo(bytes(1, 1_000));
    readers.forEach(ReadHandle::close);
  }

  @Test
  void fullChunksAreUsedAgainAndCountWhileTheyAreKept() throws IOException {
    put(tier, key("k"), bytes(1, MAX_ENTRY_BYTES));
    tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
    long kept = tier.pool().heldBytes();
    assertThat(kept).isBetween((long) ChunkPool.CHUNK_BYTES, MAX_BYTES / 8L);
    assertThat(usedBytes()).isZero();
    put(tier, key("k"), bytes(2, ChunkPool.CHUNK_BYTES));
    assertThat(tier.pool().heldBytes() - kept).isBetween(1L, 1_000L);
    assertThat(get(tier, key("k"))).isEqualTo(bytes(2, ChunkPool.CHUNK_BYTES));
  }

  @Test
  void aSmallBodyIsNotCopiedToBeReadInOnePiece() throws IOException {
    put(tier, key("k"), bytes(1, 50_000));
    try (ReadHandle read = hit(tier, key("k")).body()) {
      assertThat(read.read(ByteBuffer.allocate(10))).isEqualTo(10);
      ByteBuffer rest = read.readRemaining(49_990);
      assertThat(rest.isReadOnly()).isTrue();
      assertThat(rest.remaining()).isEqualTo(49_990);
      assertThat(rest.get(0)).isEqualTo(bytes(1, 50_000)[10]);
    }
  }

  private void checkPolicyFollows() throws IOException {
    Set<EntryKey> keys = new HashSet<>();
    try (HeaderCursor all = tier.scan()) {
      for (EntryHeader next = all.next(); next != null; next = all.next()) {
        keys.add(next.key());
      }
    }
    assertThat(tier.policyKeys()).isEqualTo(keys);
  }
}
