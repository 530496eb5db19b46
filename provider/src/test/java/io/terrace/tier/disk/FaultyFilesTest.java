package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.terrace.DiskSettings.Fsync;
import io.terrace.Metadata;
import io.terrace.PurgeMode;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.Entries;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.HeaderUpdate;
import io.terrace.tier.Lookup;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The file system fails at every single step: the tier says so, goes on, and is right afterwards.
 */
class FaultyFilesTest {
  private static final int KEYS = 12;
  private static final long MAX_BYTES = 1 << 20;

  @TempDir Path root;

  private final FaultyFiles files = new FaultyFiles();
  private final Map<Integer, byte[]> model = new HashMap<>();

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(root);
  }

  private DiskSetup setup(int run) {
    return DiskSetup.in(root.resolve("run-" + run)).maxBytes(MAX_BYTES);
  }

  @Test
  void aFailedChangeChangesNothing() throws IOException {
    int run = 1;
    while (runWithFailure(run, FaultyFiles.Kind.CHANGES, Fsync.NEVER)) {
      run++;
    }
    assertThat(run).as("steps that failed once").isGreaterThan(70);
  }

  @Test
  void aFailedReadIsNoMiss() throws IOException {
    int run = 1;
    while (runWithFailure(run, FaultyFiles.Kind.READS, Fsync.NEVER)) {
      run++;
    }
    assertThat(run).as("reads that failed once").isGreaterThan(20);
  }

  @Test
  void aFailedForceOfTheBackgroundStopsNobody() throws IOException {
    for (int run = 1; run < 15; run++) {
      runWithFailure(run, FaultyFiles.Kind.FORCES, Fsync.NEVER);
    }
  }

  /** Whether the failure came: false once the workload is shorter than that. */
  private boolean runWithFailure(int run, FaultyFiles.Kind kind, Fsync fsync) throws IOException {
    model.clear();
    DiskSetup setup = setup(run).fsync(fsync);
    boolean failed;
    try (DiskTier tier = setup.files(files).open()) {
      files.failCall(kind, run);
      workload(tier, new Random(7));
      failed = files.hasFailed();
      files.failCall(kind, Long.MAX_VALUE);
      requireModel(tier);
      put(tier, key(0), bytes("healed"));
      model.put(0, bytes("healed"));
      Copies.copy(setup.folder(), crashed(run).folder());
    }
    try (DiskTier tier = setup.files(new FaultyFiles()).open()) {
      requireModel(tier);
    }
    try (DiskTier tier = crashed(run).open()) {
      requireModel(tier);
    }
    Copies.delete(root.resolve("run-" + run));
    Copies.delete(root.resolve("crashed-" + run));
    return failed;
  }

  private DiskSetup crashed(int run) {
    return DiskSetup.in(root.resolve("crashed-" + run))
        .maxBytes(MAX_BYTES)
        .files(new FaultyFiles());
  }

  private void workload(DiskTier tier, Random random) throws IOException {
    for (int i = 0; i < 80; i++) {
      int n = random.nextInt(KEYS);
      byte[] before = model.get(n);
      try {
        change(tier, n, i, random);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("injected");
        requireSame(tier, n, before, "step " + i + ": " + e);
      }
    }
  }

  private void change(DiskTier tier, int n, int i, Random random) throws IOException {
    switch (random.nextInt(11)) {
      case 10 -> {
        tier.purgeTag("tag-" + n, PurgeMode.HARD, EntryHeader.UNASSIGNED);
        model.remove(n);
      }
      case 8, 9 -> {
        assertThat(get(tier, key(n))).isEqualTo(model.get(n));
      }
      case 0 -> {
        tier.purge(key(n), PurgeReason.INVALIDATION, Condition.ALWAYS);
        model.remove(n);
      }
      case 1 -> {
        EntryHeader header = Entries.headerOf(tier, key(n));
        if (header != null) {
          tier.updateHeader(key(n), header.version(), HeaderUpdate.expireAt(1L << 50));
        }
      }
      case 2 -> {
        byte[] body = bytes(i, 40_000 + random.nextInt(30_000));
        putTagged(tier, n, body);
        model.put(n, body);
      }
      case 3 -> {
        if (random.nextInt(10) == 0) {
          tier.clear();
          model.clear();
        }
      }
      default -> {
        byte[] body = bytes(i, random.nextInt(3000));
        putTagged(tier, n, body);
        model.put(n, body);
      }
    }
  }

  private static void putTagged(DiskTier tier, int n, byte[] body) throws IOException {
    Metadata metadata = new Metadata(null, Set.of("tag-" + n), Map.of());
    EntryHeader header = Entries.header(key(n), EntryHeader.NEVER, metadata);
    put(tier, header, body, Condition.ALWAYS);
  }

  private static void requireSame(DiskTier tier, int n, byte[] expected, String step)
      throws IOException {
    Lookup lookup = tier.lookup(key(n));
    if (lookup instanceof Lookup.Skipped) {
      lookup = tier.lookup(key(n));
    }
    if (lookup instanceof Lookup.Hit hit) {
      assertThat(Entries.readAll(hit.body())).as(step).isEqualTo(expected);
      hit.body().close();
    } else {
      assertThat(expected).as(step).isNull();
    }
  }

  private void requireModel(DiskTier tier) throws IOException {
    for (int n = 0; n < KEYS; n++) {
      assertThat(get(tier, key(n))).as("key %d", n).isEqualTo(model.get(n));
    }
    assertThat(tier.usage().entries()).isEqualTo(model.size());
    assertThat(tier.usage().corruptions()).isZero();
  }

  @Test
  void readsAndWritesOfAFewBytesDoTheJob() throws IOException {
    files.transferBytes(1000);
    DiskSetup setup = setup(0).files(files);
    try (DiskTier tier = setup.open()) {
      workload(tier, new Random(1));
      requireModel(tier);
    }
    try (DiskTier tier = setup.open()) {
      requireModel(tier);
    }
  }

  @Test
  void aFullDeviceFailsWritesAndServesOn() throws IOException {
    DiskSetup setup = setup(0).files(files);
    try (DiskTier tier = setup.open()) {
      put(tier, key(1), bytes(1, 3000));
      byte[] large = bytes(2, 100_000);
      put(tier, key(2), large);
      for (long free : new long[] {0, 1, 50, 900, 2900, 4000}) {
        files.freeBytes(free);
        assertThatIOException()
            .isThrownBy(() -> put(tier, key(1), bytes(5, 5000)))
            .withMessageContaining("No space left")
            .withMessageContaining("disk.max-bytes");
        assertThatIOException().isThrownBy(() -> put(tier, key(2), bytes(6, 200_000)));
        assertThatIOException()
            .isThrownBy(() -> tier.purge(key(1), PurgeReason.EXPIRY, Condition.ALWAYS));
        assertThat(get(tier, key(1))).isEqualTo(bytes(1, 3000));
        assertThat(get(tier, key(2))).isEqualTo(large);
      }
      files.freeBytes(Long.MAX_VALUE);
      put(tier, key(1), bytes(7, 3000));
      assertThat(get(tier, key(1))).isEqualTo(bytes(7, 3000));
      files.freeBytes(0); // not even the snapshot can be written
    }
    files.freeBytes(Long.MAX_VALUE);
    try (DiskTier tier = setup.open()) {
      assertThat(get(tier, key(1))).isEqualTo(bytes(7, 3000));
      assertThat(get(tier, key(2))).isEqualTo(bytes(2, 100_000));
    }
  }

  @Test
  void aWriteThatFailedHalfwayCannotBeCommitted() throws IOException {
    DiskSetup setup = setup(0).files(files);
    try (DiskTier tier = setup.open()) {
      WriteHandle write = tier.openWrite(Entries.header(key(1)), Condition.ALWAYS);
      write.write(ByteBuffer.allocate(50_000));
      files.failCall(FaultyFiles.Kind.CHANGES, 1);
      assertThatIOException().isThrownBy(() -> write.write(ByteBuffer.allocate(50_000)));
      assertThatIllegalStateException().isThrownBy(write::commit);
      assertThat(get(tier, key(1))).isNull();
    }
  }

  @Test
  void reclaimingOnAFullDeviceEvictsAndServesOn() throws IOException {
    DiskSetup setup = setup(0).files(files);
    try (DiskTier tier = setup.open()) {
      for (int i = 0; i < 100; i++) {
        put(tier, key(i), bytes(i, 3000));
      }
      Random random = new Random(3);
      int refused = 0;
      for (int i = 0; i < 2000; i++) {
        files.freeBytes(random.nextInt(20_000));
        try {
          put(tier, key("churn"), bytes(i, 2000));
        } catch (IOException e) {
          refused++;
        }
      }
      assertThat(refused).isPositive();
      files.freeBytes(Long.MAX_VALUE);
      put(tier, key("last"), bytes("last"));
      assertThat(get(tier, key("last"))).isEqualTo(bytes("last"));
      for (int i = 0; i < 100; i++) {
        byte[] body = get(tier, key(i));
        assertThat(body == null || Arrays.equals(body, bytes(i, 3000))).isTrue();
      }
      assertThat(tier.usage().corruptions()).isZero();
    }
  }

  @Test
  void withFsyncAlwaysAFailedForceIsReported() throws IOException {
    DiskSetup setup = setup(0).fsync(Fsync.ALWAYS).files(files);
    try (DiskTier tier = setup.open()) {
      put(tier, key(1), bytes("x"));
      files.failCall(FaultyFiles.Kind.FORCES, 1);
      assertThatIOException()
          .isThrownBy(() -> put(tier, key(2), bytes("y")))
          .withMessageContaining("force");
      assertThatIOException()
          .as("the device may have dropped what it was given: nothing is promised any more")
          .isThrownBy(() -> put(tier, key(3), bytes("z")));
      assertThat(get(tier, key(1))).isEqualTo(bytes("x"));
    }
    try (DiskTier tier = setup.open()) {
      put(tier, key(3), bytes("z"));
      assertThat(get(tier, key(1))).isEqualTo(bytes("x"));
    }
  }
}
