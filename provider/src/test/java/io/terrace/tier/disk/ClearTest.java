package io.terrace.tier.disk;

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
import io.terrace.tier.CommitResult;
import io.terrace.tier.Condition;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A clear gives the space back, also where there is none, and is whole after a crash. */
class ClearTest {
  private static final long MAX_BYTES = 1 << 20;
  private static final int REGION_BYTES = (int) (MAX_BYTES / 8);
  private static final int BODY_BYTES = 5_000;

  /** Marker, lock, and a region that says that everything is gone. */
  private static final long EMPTY_BYTES = 4096;

  @TempDir Path root;

  private final FaultyFiles files = new FaultyFiles();
  private DiskSetup setup;

  @BeforeEach
  void setUp() {
    setup = setup("live");
  }

  private DiskSetup setup(String directory) {
    return DiskSetup.in(root.resolve(directory)).maxBytes(MAX_BYTES).files(files);
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(root);
  }

  private static byte[] body(int i) {
    return bytes(i, BODY_BYTES);
  }

  /** Writes so many entries of 5,000 bytes; the first one is removed again. */
  private static void fill(DiskTier tier, int entries) throws IOException {
    for (int i = 0; i < entries; i++) {
      put(tier, key(i), body(i));
    }
    tier.purge(key(0), PurgeReason.INVALIDATION, Condition.ALWAYS);
  }

  private static void assertEmpty(DiskTier tier) throws IOException {
    assertThat(tier.usage().entries()).isZero();
    for (int i = 0; i < 150; i++) {
      assertThat(get(tier, key(i))).as("key %d", i).isNull();
    }
  }

  /** What a process that is killed now leaves, opened anew. */
  private DiskTier openedAfterKill() throws IOException {
    Path copy = root.resolve("killed");
    if (copy.toFile().exists()) {
      Copies.delete(copy);
    }
    DiskSetup killed = setup("killed").files(new FaultyFiles());
    Copies.copy(setup.folder(), killed.folder());
    return killed.open();
  }

  /** Half a region, several of them, and more than the bound. */
  @ParameterizedTest
  @ValueSource(ints = {12, 100, 400})
  void allSpaceIsGivenBackAtOnce(int entries) throws IOException {
    try (DiskTier tier = setup.open()) {
      fill(tier, entries);
      put(tier, key("long"), bytes(1, 2 * REGION_BYTES));
      tier.clear();
      assertThat(Copies.sizeBytes(root)).isLessThan(EMPTY_BYTES);
      assertThat(tier.usage().bytes()).isLessThan(EMPTY_BYTES);
      assertEmpty(tier);
      try (DiskTier killed = openedAfterKill()) {
        assertEmpty(killed);
      }
      put(tier, key(1), body(1));
    }
    try (DiskTier tier = setup.open()) {
      assertThat(tier.usage().entries()).isOne();
      assertThat(get(tier, key(1))).isEqualTo(body(1));
    }
  }

  @Test
  void versionsGoOnBehindAClear() throws IOException {
    long before;
    DiskSetup early = setup("live").clock(() -> Instant.ofEpochMilli(1_000));
    try (DiskTier tier = early.open()) {
      fill(tier, 100);
      before = put(tier, key(1), body(1));
      tier.clear();
    }
    try (DiskTier tier = early.open()) {
      assertThat(put(tier, key(1), body(1))).isGreaterThan(before);
    }
  }

  @Test
  void aShortRegionIsNotReplacedByEachClear() throws IOException {
    try (DiskTier tier = setup.open()) {
      fill(tier, 100);
      tier.clear();
      files.failCall(FaultyFiles.Kind.FORCES, 1);
      for (int i = 0; i < 10; i++) {
        tier.clear();
      }
      assertThat(files.hasFailed()).as("waited for the device").isFalse();
      assertThat(Copies.sizeBytes(root)).isLessThan(EMPTY_BYTES);
    }
  }

  /** One region, and several. */
  @ParameterizedTest
  @ValueSource(ints = {12, 100})
  void aFullDeviceIsCleared(int entries) throws IOException {
    try (DiskTier tier = setup.open()) {
      fill(tier, entries);
      files.freeBytes(0);
      assertThatThrownBy(() -> put(tier, key(1), body(1))).isInstanceOf(IOException.class);
      tier.clear();
      assertEmpty(tier);
      try (DiskTier killed = openedAfterKill()) {
        assertEmpty(killed);
      }
      put(tier, key(1), body(1));
      assertThat(get(tier, key(1))).isEqualTo(body(1));
    }
    try (DiskTier tier = setup.open()) {
      assertThat(tier.usage().entries()).isOne();
    }
  }

  @Test
  void aFullTierIsClearedWithoutWaitingForRoom() throws IOException {
    try (DiskTier tier = setup.open()) {
      fill(tier, 150);
      put(tier, key("read"), body(1));
      try (ReadHandle read = hit(tier, key("read")).body()) {
        tier.clear();
        assertThat(readAll(read)).isEqualTo(body(1));
      }
      assertEmpty(tier);
    }
    assertThat(files.mostUsedBytes()).isLessThanOrEqualTo(MAX_BYTES + REGION_BYTES);
  }

  @Test
  void aWriteInProgressOutlivesAClearAndOneThatFailsForWantOfSpace() throws IOException {
    byte[] long1 = bytes(1, 2 * REGION_BYTES);
    try (DiskTier tier = setup.open()) {
      try (WriteHandle write = tier.openWrite(header(key("long")), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(long1));
        fill(tier, 50);
        files.freeBytes(0);
        assertThatThrownBy(tier::clear)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("free space on the device");
        for (int i = 1; i < 50; i++) {
          assertThat(get(tier, key(i))).as("nothing changed").isEqualTo(body(i));
        }
        files.freeBytes(Long.MAX_VALUE);
        tier.clear();
        assertEmpty(tier);
        assertThat(write.commit()).isInstanceOf(CommitResult.Committed.class);
      }
      assertThat(get(tier, key("long"))).isEqualTo(long1);
    }
    try (DiskTier tier = setup.open()) {
      assertThat(get(tier, key("long"))).isEqualTo(long1);
      assertThat(tier.usage().entries()).isOne();
    }
  }

  /** Each step fails once, on a device with room and on a full one; then the process is killed. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void i9_aClearThatFailsAnywhereResurrectsNothing(boolean full) throws IOException {
    int step = 0;
    boolean failed = true;
    while (failed) {
      step++;
      try (DiskTier tier = setup.open()) {
        fill(tier, 40);
        put(tier, key(1), bytes("newer"));
        files.freeBytes(full ? 0 : Long.MAX_VALUE);
        files.failCall(FaultyFiles.Kind.ANY, step);
        boolean cleared = true;
        try {
          tier.clear();
        } catch (IOException e) {
          cleared = false;
        }
        failed = files.hasFailed();
        files.failCall(FaultyFiles.Kind.ANY, Long.MAX_VALUE);
        try (DiskTier killed = openedAfterKill()) {
          assertNewestOrNothing(killed, cleared);
        }
        assertNewestOrNothing(tier, cleared);
        files.freeBytes(Long.MAX_VALUE);
        tier.clear();
        assertEmpty(tier);
      }
    }
    assertThat(step).as("steps").isGreaterThan(5);
  }

  private static void assertNewestOrNothing(DiskTier tier, boolean cleared) throws IOException {
    if (cleared) {
      assertEmpty(tier);
    }
    assertThat(get(tier, key(0))).as("removed").isNull();
    byte[] replaced = get(tier, key(1));
    assertThat(replaced == null ? "newer" : new String(replaced, 0, Math.min(5, replaced.length)))
        .isEqualTo("newer");
    for (int i = 2; i < 40; i++) {
      byte[] found = get(tier, key(i));
      assertThat(found == null || Arrays.equals(found, body(i))).as("key %d", i).isTrue();
    }
  }
}
