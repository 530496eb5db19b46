package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.terrace.Metadata;
import io.terrace.PurgeReason;
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.Tier;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Making room: what is kept, what goes, and that readers and writers never notice. */
class ReclaimTest {
  private static final long MAX_BYTES = 4L << 20;
  private static final long REGION_BYTES = MAX_BYTES / 8;

  @TempDir Path directory;

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(directory);
  }

  private DiskTier open() throws IOException {
    return DiskSetup.in(directory).maxBytes(MAX_BYTES).files(new FaultyFiles()).open();
  }

  /** Overwrites one key until so many bytes went through the log. */
  private static void churn(Tier tier, long bytes) throws IOException {
    byte[] body = bytes(99, 10_000);
    for (long written = 0; written < bytes; written += body.length) {
      put(tier, key("churn"), body);
    }
  }

  @Test
  void theDirectoryNeverGrowsBeyondItsBound() throws IOException {
    Random random = new Random(1);
    FaultyFiles files = new FaultyFiles();
    try (DiskTier tier = DiskSetup.in(directory).maxBytes(MAX_BYTES).files(files).open()) {
      for (int i = 0; i < 6000; i++) {
        int size = random.nextInt(100) == 0 ? 300_000 : random.nextInt(20_000);
        put(tier, key(random.nextInt(2000)), bytes(i, size));
      }
      assertThat(tier.usage().evictions()).isPositive();
      assertThat(tier.usage().corruptions()).isZero();
    }
    assertThat(files.mostUsedBytes()) // at any instant, the snapshot at the end included
        .isGreaterThan(MAX_BYTES / 2)
        .isLessThanOrEqualTo(MAX_BYTES + REGION_BYTES);
    assertThat(Copies.sizeBytes(directory)).isLessThanOrEqualTo(files.mostUsedBytes());
  }

  @Test
  void theSnapshotOfManySmallEntriesCountsToo() throws IOException {
    try (DiskTier tier = open()) {
      for (int i = 0; i < 60_000; i++) {
        put(tier, key(i), new byte[0]);
      }
    }
    assertThat(setupFolder().resolve(Snapshot.NAME)).exists();
    assertThat(Copies.sizeBytes(directory)).isLessThanOrEqualTo(MAX_BYTES + REGION_BYTES);
    try (DiskTier tier = open()) {
      assertThat(tier.usage().entries()).isPositive();
    }
  }

  private Path setupFolder() {
    return DiskSetup.in(directory).folder();
  }

  @Test
  void coldEntriesThatFitSurviveOverwritingOfOthers() throws IOException {
    try (DiskTier tier = open()) {
      for (int i = 0; i < 100; i++) {
        put(tier, key(i), bytes(i, 10_000));
      }
      put(tier, key("long"), bytes(1, 600_000));
      churn(tier, 10 * MAX_BYTES);
      for (int i = 0; i < 100; i++) {
        assertThat(get(tier, key(i))).isEqualTo(bytes(i, 10_000));
      }
      assertThat(get(tier, key("long"))).isEqualTo(bytes(1, 600_000));
      assertThat(tier.usage().evictions()).isZero();
    }
    try (DiskTier tier = open()) {
      assertThat(get(tier, key("long"))).isEqualTo(bytes(1, 600_000));
      assertThat(tier.usage().entries()).isEqualTo(102);
    }
  }

  @Test
  void aRegionWithoutAnythingAliveIsNotRead() throws IOException {
    FaultyFiles files = new FaultyFiles();
    try (DiskTier tier = DiskSetup.in(directory).maxBytes(MAX_BYTES).files(files).open()) {
      files.failCall(FaultyFiles.Kind.READS, 1);
      churn(tier, 3 * MAX_BYTES);
      assertThat(files.hasFailed()).isFalse();
      assertThat(tier.usage().bytes()).isLessThan(MAX_BYTES + REGION_BYTES);
    }
  }

  @Test
  void whatIsReadStaysAndWhatIsNotGoes() throws IOException {
    int hot = 20;
    try (DiskTier tier = open()) {
      for (int i = 0; i < hot; i++) {
        put(tier, key(i), bytes(i, 5_000));
      }
      for (int i = 1000; i < 4000; i++) {
        put(tier, key(i), bytes(i, 5_000));
        get(tier, key(i % hot));
      }
      for (int i = 0; i < hot; i++) {
        assertThat(get(tier, key(i))).as("hot entry %d", i).isEqualTo(bytes(i, 5_000));
      }
      assertThat(get(tier, key(1000))).isNull();
      assertThat(tier.usage().evictions()).isGreaterThan(1000);
      assertThat(tier.usage().entries() + tier.usage().evictions()).isEqualTo(hot + 3000);
    }
  }

  @Test
  void expiredEntriesAreNotKept() throws IOException {
    try (DiskTier tier = open()) {
      for (int i = 0; i < 50; i++) {
        EntryHeader expired = header(key(i), 1, Metadata.NONE);
        put(tier, expired, bytes(i, 10_000), Condition.ALWAYS);
      }
      put(tier, header(key("long"), 1, Metadata.NONE), bytes(1, 300_000), Condition.ALWAYS);
      churn(tier, 3 * MAX_BYTES);
      assertThat(tier.usage().entries()).isEqualTo(1);
      assertThat(tier.usage().evictions()).isZero();
    }
  }

  @Test
  void i9_whatWasEvictedAndThenRemovedStaysAwayAfterACrash() throws IOException {
    Path crashed = directory.resolve("crashed");
    try (DiskTier tier = DiskSetup.in(directory.resolve("live")).maxBytes(MAX_BYTES).open()) {
      for (int i = 0; i < 3000; i++) {
        put(tier, key(i), bytes(i, 5_000));
        tier.purge(key(i / 2), PurgeReason.INVALIDATION, Condition.ALWAYS);
        if (i % 500 == 499) {
          Copies.copy(directory.resolve("live"), crashed);
          try (DiskTier copy = DiskSetup.in(crashed).maxBytes(MAX_BYTES).open()) {
            for (int removed = 0; removed <= i / 2; removed++) {
              assertThat(copy.lookup(key(removed))).isInstanceOf(Lookup.Miss.class);
            }
          }
          Copies.delete(crashed);
        }
      }
    }
  }

  @Test
  void anOpenReaderOutlivesItsRegions() throws IOException {
    try (DiskTier tier = open()) {
      byte[] body = bytes(7, 900_000);
      put(tier, key("long"), body);
      try (ReadHandle read = hit(tier, key("long")).body()) {
        assertThat(read.read(ByteBuffer.allocate(5))).isEqualTo(5);
        put(tier, key("long"), bytes("replaced"));
        churn(tier, 3 * MAX_BYTES);
        assertThat(Leftovers.openFilesBelow(directory)).anyMatch(file -> file.contains("deleted"));
        assertThat(readAll(read)).isEqualTo(Arrays.copyOfRange(body, 5, body.length));
      }
      assertThat(Leftovers.openFilesBelow(directory)).noneMatch(file -> file.contains("deleted"));
    }
  }

  @Test
  void aWriteInProgressOutlivesItsRegions() throws IOException {
    byte[] body = bytes(7, 900_000);
    try (DiskTier tier = open()) {
      try (WriteHandle write = tier.openWrite(header(key("long")), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(body, 0, 500_000));
        churn(tier, 3 * MAX_BYTES);
        write.write(ByteBuffer.wrap(body, 500_000, 400_000));
        churn(tier, 3 * MAX_BYTES);
        write.commit();
      }
      assertThat(get(tier, key("long"))).isEqualTo(body);
      churn(tier, 3 * MAX_BYTES);
      assertThat(get(tier, key("long"))).isEqualTo(body);
    }
  }

  @Test
  void anUpdatedHeaderSurvivesTheRegionOfItsBody() throws IOException {
    try (DiskTier tier = open()) {
      for (int size : new int[] {100, 20_000, 900_000}) {
        long version = put(tier, key(size), bytes(size, size));
        churn(tier, MAX_BYTES / 8);
        assertThat(tier.updateHeader(key(size), version, HeaderUpdate.expireAt(1L << 50))).isTrue();
      }
      churn(tier, 5 * MAX_BYTES);
      for (int size : new int[] {100, 20_000, 900_000}) {
        assertThat(get(tier, key(size))).isEqualTo(bytes(size, size));
        assertThat(headerOf(tier, key(size)).expiresAtMillis()).isEqualTo(1L << 50);
      }
      assertThat(tier.usage().evictions()).isZero();
    }
  }

  @Test
  void aBodyWhoseHeaderMovedOnIsAliveAlone() throws IOException {
    try (DiskTier tier = open()) {
      long version = put(tier, key(1), bytes(1, 20_000));
      churn(tier, 2 * REGION_BYTES);
      assertThat(tier.updateHeader(key(1), version, HeaderUpdate.expireAt(1L << 50))).isTrue();
      churn(tier, 5 * MAX_BYTES); // in the body's region nothing else is alive
      assertThat(get(tier, key(1))).isEqualTo(bytes(1, 20_000));
    }
  }

  @Test
  void bodiesInProgressMayNotFillTheTier() throws IOException {
    byte[] body = new byte[1 << 20];
    List<WriteHandle> writes = new ArrayList<>();
    try (DiskTier tier = open()) {
      String refused = "";
      for (int i = 0; i < 6 && refused.isEmpty(); i++) {
        WriteHandle write = tier.openWrite(header(key(i)), Condition.ALWAYS);
        writes.add(write);
        try {
          write.write(ByteBuffer.wrap(body));
        } catch (IOException e) {
          refused = e.getMessage();
        }
      }
      assertThat(refused).contains("disk.max-bytes");
      writes.forEach(WriteHandle::abort);
      put(tier, key("k"), body);
      assertThat(get(tier, key("k"))).isEqualTo(body);
      assertThat(tier.maxEntryBytes()).isEqualTo(MAX_BYTES / 2);
      assertThat(catchThrowable(() -> put(tier, key("large"), new byte[(int) MAX_BYTES / 2 + 1])))
          .isInstanceOf(EntryTooLargeForTierException.class);
    }
  }

  @Test
  void nobodySeesTheRoomBeingMade() throws Exception {
    AtomicBoolean writing = new AtomicBoolean(true);
    AtomicLong[] latest = new AtomicLong[40];
    Arrays.setAll(latest, i -> new AtomicLong(-1));
    try (DiskTier tier = open()) {
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        int half = thread;
        tasks.add(() -> write(tier, half, latest, writing));
      }
      tasks.add(() -> read(tier, latest, writing));
      tasks.add(() -> touch(tier, latest, writing));
      ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
      try {
        for (Future<Integer> future : executor.invokeAll(tasks)) {
          future.get();
        }
      } finally {
        executor.shutdownNow();
      }
      for (int i = 0; i < latest.length; i++) {
        assertThat(serialOf(get(tier, key(i)))).isEqualTo(latest[i].get());
      }
      assertThat(tier.usage().evictions()).isZero();
      assertThat(tier.usage().corruptions()).isZero();
    }
  }

  /** Bodies that begin with a serial number and continue with bytes that follow from it. */
  private static byte[] body(long serial, int size) {
    byte[] body = bytes(serial, Math.max(8, size));
    ByteBuffer.wrap(body).putLong(serial);
    return body;
  }

  private static long serialOf(byte[] body) {
    assertThat(body).isNotNull();
    long serial = ByteBuffer.wrap(body).getLong();
    assertThat(body).isEqualTo(body(serial, body.length));
    return serial;
  }

  private static int write(Tier tier, int half, AtomicLong[] latest, AtomicBoolean writing)
      throws IOException {
    Random random = new Random(half);
    try {
      for (int serial = 0; serial < 2500; serial++) {
        int i = random.nextInt(latest.length / 2) * 2 + half;
        int size = i < 4 ? 150_000 + random.nextInt(50_000) : random.nextInt(9_000);
        assertThat(put(tier, key(i), body(serial, size), Condition.ALWAYS))
            .isInstanceOf(CommitResult.Committed.class);
        latest[i].set(serial);
      }
      return 0;
    } finally {
      writing.set(false);
    }
  }

  private static int read(Tier tier, AtomicLong[] latest, AtomicBoolean writing)
      throws IOException {
    Random random = new Random(8);
    while (writing.get()) {
      int i = random.nextInt(latest.length);
      long atLeast = latest[i].get();
      byte[] body = get(tier, key(i));
      if (atLeast >= 0) {
        assertThat(serialOf(body)).as("key %d", i).isGreaterThanOrEqualTo(atLeast);
      }
    }
    return 0;
  }

  private static int touch(Tier tier, AtomicLong[] latest, AtomicBoolean writing)
      throws IOException {
    Random random = new Random(9);
    while (writing.get()) {
      EntryHeader header = headerOf(tier, key(random.nextInt(latest.length)));
      if (header != null) {
        HeaderUpdate update = HeaderUpdate.expireAt((1L << 50) + random.nextInt(1000));
        tier.updateHeader(header.key(), header.version(), update);
      }
    }
    return 0;
  }
}
