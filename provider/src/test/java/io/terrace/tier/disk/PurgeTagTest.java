package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.headerOf;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.DiskSettings.Fsync;
import io.terrace.Freshness;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderUpdate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Purges by tag outlive the process, and are forgotten when nothing depends on them any more. */
class PurgeTagTest {
  private static final long MAX_BYTES = 4L << 20;
  private static final int[] SIZES = {0, 100, 20_000, 300_000};

  /** Where a snapshot says how long its purges are. */
  private static final int PURGES_BYTES = 68;

  @TempDir Path directory;

  private final FaultyFiles files = new FaultyFiles();

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(directory);
  }

  private DiskSetup setup() {
    return DiskSetup.in(directory).maxBytes(MAX_BYTES).files(files);
  }

  private Path snapshot() {
    return setup().folder().resolve(Snapshot.NAME);
  }

  private static EntryHeader tagged(String key, String tag) {
    return header(key(key), EntryHeader.NEVER, new Metadata(null, Set.of(tag), Map.of()));
  }

  private static void putTagged(DiskTier tier, String key, String tag, int size)
      throws IOException {
    put(tier, tagged(key, tag), bytes(size, size), Condition.ALWAYS);
  }

  private static void churn(DiskTier tier, long bytes) throws IOException {
    byte[] body = bytes(99, 10_000);
    for (long written = 0; written < bytes; written += body.length) {
      put(tier, key("churn"), body);
    }
  }

  private void writeAndPurge(DiskTier tier) throws IOException {
    for (int size : SIZES) {
      putTagged(tier, "hard" + size, "gone", size);
      putTagged(tier, "soft" + size, "tired", size);
      putTagged(tier, "kept" + size, "other", size / 2);
    }
    tier.purgeTag("gone", PurgeMode.HARD, EntryHeader.UNASSIGNED);
    tier.purgeTag("tired", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
    putTagged(tier, "later", "gone", 10);
  }

  private static void requirePurged(DiskTier tier) throws IOException {
    for (int size : SIZES) {
      assertThat(get(tier, key("hard" + size))).isNull();
      assertThat(get(tier, key("soft" + size))).isEqualTo(bytes(size, size));
      assertThat(headerOf(tier, key("soft" + size)).freshness()).isEqualTo(Freshness.STALE);
      assertThat(get(tier, key("kept" + size))).isEqualTo(bytes(size / 2, size / 2));
      assertThat(headerOf(tier, key("kept" + size)).freshness()).isEqualTo(Freshness.FRESH);
    }
    assertThat(get(tier, key("later"))).isEqualTo(bytes(10, 10));
    assertThat(headerOf(tier, key("later")).freshness()).isEqualTo(Freshness.FRESH);
  }

  @Test
  void i9_aPurgeOutlivesEveryEnd() throws IOException {
    for (boolean clean : new boolean[] {true, false}) {
      try (DiskTier tier = setup().open()) {
        writeAndPurge(tier);
      }
      for (int opening = 0; opening < 3; opening++) {
        if (!clean) {
          Files.delete(snapshot());
        }
        try (DiskTier tier = setup().open()) {
          requirePurged(tier);
          put(tier, key("opening"), bytes(opening, 10));
        }
      }
      Copies.delete(setup().folder());
    }
  }

  @Test
  void manyPurgesFindPlaceInASnapshot() throws IOException {
    String longTag = "long".repeat(25_000);
    try (DiskTier tier = DiskSetup.in(directory).open()) {
      for (int i = 0; i < 30; i++) {
        putTagged(tier, "key" + i, longTag + i, 10);
        putTagged(tier, "other" + i, "other" + i, 10);
        tier.purgeTag(longTag + i, PurgeMode.HARD, EntryHeader.UNASSIGNED);
      }
    }
    assertThat(purgesBytes()).isGreaterThan(3_000_000);
    try (DiskTier tier = DiskSetup.in(directory).open()) {
      for (int i = 0; i < 30; i++) {
        assertThat(get(tier, key("key" + i))).isNull();
        assertThat(get(tier, key("other" + i))).isNotNull();
      }
    }
  }

  private int purgesBytes() throws IOException {
    byte[] bytes = Files.readAllBytes(snapshot());
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(PURGES_BYTES);
  }

  /*
   * The region of a purge's record goes, and with it the purge: whatever it hid has gone by then, and
   * what it made stale was written again as stale.
   */
  @Test
  void i9_aPurgeGoesWithItsRegionAndNothingComesBack() throws IOException {
    for (int round = 0; round < 2; round++) {
      try (DiskTier tier = setup().open()) {
        churn(tier, 200_000);
        writeAndPurge(tier);
        churn(tier, 5 * MAX_BYTES);
        requirePurged(tier);
        assertThat(tier.usage().evictions()).isZero();
      }
      assertThat(purgesBytes()).as("what is remembered of purges").isZero();
      if (round == 1) {
        Files.delete(snapshot());
      }
      try (DiskTier tier = setup().open()) {
        requirePurged(tier);
      }
      Copies.delete(setup().folder());
    }
  }

  @Test
  void aPurgeIsRememberedAsLongAsItsLatestRecordIsThere() throws IOException {
    try (DiskTier tier = setup().open()) {
      putTagged(tier, "first", "red", 100);
      tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      churn(tier, MAX_BYTES * 3 / 4);
      putTagged(tier, "second", "red", 100);
      tier.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
      churn(tier, MAX_BYTES / 2); // the first record has left, the second has not
      assertThat(get(tier, key("first"))).isNull();
      assertThat(headerOf(tier, key("second")).freshness()).isEqualTo(Freshness.STALE);
    }
    assertThat(purgesBytes()).isPositive();
    Files.delete(snapshot());
    try (DiskTier tier = setup().open()) {
      assertThat(get(tier, key("first"))).isNull();
      assertThat(headerOf(tier, key("second")).freshness()).isEqualTo(Freshness.STALE);
      tier.clear();
    }
    assertThat(purgesBytes()).as("nothing is left to be purged").isZero();
  }

  @Test
  void aPurgeThatChangesNothingIsNotWritten() throws IOException {
    try (DiskTier tier = setup().open()) {
      tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      putTagged(tier, "k", "red", 100);
      tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      long used = tier.usage().bytes();
      for (PurgeMode mode : PurgeMode.values()) {
        tier.purgeTag("red", mode, EntryHeader.UNASSIGNED);
        tier.purgeTag("red", mode, 5);
      }
      tier.purgeTag("long".repeat(1 << 20), PurgeMode.HARD, EntryHeader.UNASSIGNED);
      assertThat(tier.usage().bytes()).isEqualTo(used);
    }
  }

  @Test
  void aPurgeThatCannotBeWrittenPurgesNothing() throws IOException {
    try (DiskTier tier = setup().open()) {
      putTagged(tier, "k", "red", 100);
      files.freeBytes(0);
      assertThatIOException()
          .isThrownBy(() -> tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED))
          .withMessageContaining("disk.max-bytes");
      assertThat(get(tier, key("k"))).isEqualTo(bytes(100, 100));
      files.freeBytes(Long.MAX_VALUE);
      tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      assertThat(get(tier, key("k"))).isNull();
    }
  }

  @Test
  void versionsGoOnBehindAPurgeOfLaterOnes() throws IOException {
    long far = 1L << 60;
    try (DiskTier tier = setup().open()) {
      putTagged(tier, "k", "red", 100);
      assertThat(tier.purgeTag("red", PurgeMode.HARD, far)).isEqualTo(far);
      putTagged(tier, "k", "red", 100);
      assertThat(headerOf(tier, key("k")).version()).isGreaterThan(far);
    }
    Files.delete(snapshot());
    try (DiskTier tier = setup().open()) {
      assertThat(headerOf(tier, key("k")).version()).isGreaterThan(far);
    }
  }

  /** Fills a region that is on the device, so that damage in it is no end of history. */
  private static void fill(DiskTier tier) throws IOException {
    for (int i = 0; i < 500; i++) {
      put(tier, key("filler"), bytes(i, 3000));
    }
  }

  @Test
  void i9_aLostPurgeBringsNothingBack() throws IOException {
    DiskSetup forced = setup().fsync(Fsync.ALWAYS);
    long offset;
    Path region = RegionLog.pathOf(setup().folder(), 1);
    try (DiskTier tier = forced.open()) {
      putTagged(tier, "k", "red", 100);
      put(tier, key("older"), bytes("older"));
      offset = Files.size(region);
      tier.purgeTag("red", PurgeMode.HARD, EntryHeader.UNASSIGNED);
      put(tier, key("newer"), bytes("newer"));
      fill(tier);
    }
    Files.delete(snapshot());
    byte[] bytes = Files.readAllBytes(region);
    assertThat(bytes[(int) offset + 7]).isEqualTo((byte) RecordType.PURGE_TAG.code);
    bytes[(int) offset + RecordCodec.HEADER_BYTES + 1] ^= 1; // another tag
    Files.write(region, bytes);
    try (DiskTier tier = forced.open()) {
      assertThat(get(tier, key("k"))).isNull();
      assertThat(get(tier, key("older"))).as("it might have had the tag").isNull();
      assertThat(get(tier, key("newer"))).isEqualTo(bytes("newer"));
    }
  }

  @Test
  void theDeadlineOfAStaleEntryMovesAndItStaysStale() throws IOException {
    try (DiskTier tier = setup().open()) {
      for (int size : SIZES) {
        putTagged(tier, "k" + size, "red", size);
        tier.purgeTag("red", PurgeMode.SOFT, EntryHeader.UNASSIGNED);
        long version = headerOf(tier, key("k" + size)).version();
        assertThat(tier.updateHeader(key("k" + size), version, HeaderUpdate.expireAt(1L << 50)))
            .isTrue();
      }
      churn(tier, 5 * MAX_BYTES);
    }
    assertThat(purgesBytes()).isZero();
    Files.delete(snapshot());
    try (DiskTier tier = setup().open()) {
      for (int size : SIZES) {
        assertThat(headerOf(tier, key("k" + size)).freshness()).isEqualTo(Freshness.STALE);
        assertThat(get(tier, key("k" + size))).isEqualTo(bytes(size, size));
      }
    }
  }
}
