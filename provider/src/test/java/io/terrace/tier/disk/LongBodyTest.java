package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.header;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static io.terrace.tier.Entries.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terrace.Metadata;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.EntryHeader;
import io.terrace.tier.EntryTooLargeForTierException;
import io.terrace.tier.ReadHandle;
import io.terrace.tier.TierListener;
import io.terrace.tier.WriteHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies in many regions: bounded, verified, and readable whatever happens around them. */
class LongBodyTest {
  private static final long MAX_BYTES = 4L << 20;
  private static final long REGION_BYTES = MAX_BYTES / 8;

  @TempDir Path directory;

  private final FaultyFiles files = new FaultyFiles();

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(directory);
  }

  private DiskSetup setup() {
    return DiskSetup.in(directory).maxBytes(MAX_BYTES).files(files);
  }

  private static void churn(DiskTier tier, long bytes) throws IOException {
    byte[] body = bytes(99, 10_000);
    for (long written = 0; written < bytes; written += body.length) {
      put(tier, key("churn"), body);
    }
  }

  @Test
  void everyBufferGetsTheSameBytes() throws IOException {
    for (int keyBytes = 1; keyBytes < 10; keyBytes++) { // a short key hides in the padding
      byte[] body = bytes(keyBytes, 400_000);
      String name = "k".repeat(keyBytes);
      try (DiskTier tier = setup().open()) {
        long version = put(tier, key(name), body);
        byte[] single = bytes(keyBytes, 50_003);
        long other = put(tier, key(name + "1"), single);
        assertThat(
                tier.updateHeader(
                    key(name + "1"), other, io.terrace.tier.HeaderUpdate.expireAt(1L << 50)))
            .isTrue();
        for (int size : new int[] {1000, 131_072, 200_000, 1 << 20}) {
          for (ByteBuffer target :
              List.of(ByteBuffer.allocate(size), ByteBuffer.allocateDirect(size))) {
            assertThat(readWith(tier, name, target)).isEqualTo(body);
            assertThat(readWith(tier, name + "1", target)).isEqualTo(single);
          }
        }
        assertThat(version).isLessThan(other);
      }
      Copies.delete(setup().folder());
    }
  }

  private static byte[] readWith(DiskTier tier, String name, ByteBuffer target) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(500_000);
    try (ReadHandle read = hit(tier, key(name)).body()) {
      while (read.read(target.clear()) >= 0) {
        all.put(target.flip());
      }
    }
    return Arrays.copyOf(all.array(), all.position());
  }

  @Test
  void i11_damageIsFoundWhateverTheBuffer() throws IOException {
    byte[] body = bytes(1, 600_000);
    int chunk = DiskLimits.of(setup().settings()).chunkBytes();
    for (ByteBuffer target :
        List.of(ByteBuffer.allocate(1 << 20), ByteBuffer.allocateDirect(1 << 20))) {
      try (DiskTier tier = setup().open()) {
        put(tier, key("long"), body);
        flip(chunk + 5_000);
        try (ReadHandle read = hit(tier, key("long")).body()) {
          assertThat(read.read(target.clear())).isEqualTo(chunk);
          assertThatIOException()
              .isThrownBy(() -> read.read(target))
              .withMessageContaining(key("long").digest());
          assertThat(target.position()).as("nothing was delivered").isEqualTo(chunk);
          assertThat(target.limit()).isEqualTo(target.capacity());
        }
        assertThat(get(tier, key("long"))).isNull();
        assertThat(tier.usage().corruptions()).isEqualTo(1);
      }
      Copies.delete(setup().folder());
    }
  }

  private void flip(long at) throws IOException {
    Path region = RegionLog.pathOf(setup().folder(), 1);
    try (FileChannel channel =
        FileChannel.open(region, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 4)).flip();
      channel.write(one, at);
    }
  }

  @Test
  void readersOfWhatHasLeftCountAgainstTheBound() throws IOException {
    List<ReadHandle> readers = new ArrayList<>();
    try (DiskTier tier = setup().open()) {
      byte[] body = bytes(1, 900_000);
      assertThatIOException()
          .isThrownBy(
              () -> {
                for (int i = 0; i < 20; i++) {
                  put(tier, key("long"), body);
                  readers.add(hit(tier, key("long")).body());
                }
              })
          .withMessageContaining("open readers")
          .withMessageContaining("disk.max-bytes");
      assertThat(readers).hasSizeBetween(2, 5);
      assertThat(tier.usage().bytes()).isLessThanOrEqualTo(MAX_BYTES + REGION_BYTES);
      for (ReadHandle reader : readers) {
        assertThat(readAll(reader)).isEqualTo(body);
        reader.close();
      }
      put(tier, key("long"), body);
      assertThat(get(tier, key("long"))).isEqualTo(body);
    }
  }

  @Test
  void aReaderInTheWayCostsEntriesAndNoWrites() throws IOException {
    byte[] body = bytes(1, 1_000_000);
    try (DiskTier tier = setup().open()) {
      put(tier, key("long"), body);
      try (ReadHandle read = hit(tier, key("long")).body()) {
        tier.purge(key("long"), PurgeReason.INVALIDATION, Condition.ALWAYS);
        churn(tier, 3 * MAX_BYTES);
        for (int i = 0; i < 1000; i++) {
          put(tier, key(i), bytes(i, 5_000));
        }
        assertThat(get(tier, key(999))).isEqualTo(bytes(999, 5_000));
        assertThat(readAll(read)).isEqualTo(body);
      }
    }
  }

  @Test
  void aFollowerReadsOnWhileItsRegionsAreReclaimed() throws IOException {
    byte[] body = bytes(7, 900_000);
    try (DiskTier tier = setup().open()) {
      ReadHandle follower;
      try (WriteHandle write = tier.openWrite(header(key("long")), Condition.ALWAYS)) {
        write.write(ByteBuffer.wrap(body, 0, 400_000));
        follower = write.follow();
        assertThat(follower.read(ByteBuffer.allocate(5))).isEqualTo(5);
        churn(tier, 2 * MAX_BYTES);
        write.write(ByteBuffer.wrap(body, 400_000, 500_000));
        churn(tier, 2 * MAX_BYTES);
        write.commit();
        assertThat(write.follow()).satisfies(late -> late.close());
      }
      tier.purge(key("long"), PurgeReason.INVALIDATION, Condition.ALWAYS);
      churn(tier, 2 * MAX_BYTES);
      assertThat(readAll(follower)).isEqualTo(Arrays.copyOfRange(body, 5, body.length));
      follower.close();
      assertThat(Leftovers.openFilesBelow(directory)).noneMatch(file -> file.contains("deleted"));
    }
  }

  @Test
  void followingAfterTheCommitReadsTheEntryOrFails() throws IOException {
    try (DiskTier tier = setup().open()) {
      for (int size : new int[] {100, 900_000}) {
        WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
        write.write(ByteBuffer.wrap(bytes(size, size)));
        write.commit();
        try (ReadHandle read = write.follow()) {
          assertThat(readAll(read)).isEqualTo(bytes(size, size));
        }
        put(tier, key("k"), bytes("another"));
        assertThatIOException().isThrownBy(write::follow);
      }
    }
  }

  @Test
  void anAmendmentOverTheLimitAborts() throws IOException {
    try (DiskTier tier = setup().open()) {
      Metadata huge = new Metadata(null, Set.of(), Map.of("a", "b".repeat(200_000)));
      for (int size : new int[] {10, 900_000}) {
        WriteHandle write = tier.openWrite(header(key("k")), Condition.ALWAYS);
        write.write(ByteBuffer.wrap(bytes(1, size)));
        EntryHeader amended = header(key("k"), EntryHeader.NEVER, huge);
        assertThatThrownBy(() -> write.amend(amended, Condition.ALWAYS))
            .isInstanceOf(EntryTooLargeForTierException.class);
        assertThatThrownBy(write::commit).isInstanceOf(IllegalStateException.class);
        assertThat(get(tier, key("k"))).isNull();
      }
    }
  }

  @Test
  void aListenerHearsOfEvictionsAndOfNothingElse() throws IOException {
    Map<String, Long> written = new ConcurrentHashMap<>();
    Map<String, Long> left = new ConcurrentHashMap<>();
    TierListener listener =
        (tier, key, version, reason) -> {
          assertThat(reason).isEqualTo(PurgeReason.EVICTION);
          left.put(key.digest(), version);
        };
    long evictions;
    try (DiskTier tier = setup().listener(listener).open()) {
      for (int i = 0; i < 1500; i++) {
        int size = i % 100 == 0 ? 300_000 : 5_000;
        written.put(key(i).digest(), put(tier, key(i), bytes(i, size)));
        if (i % 3 == 0) {
          tier.purge(key(i), PurgeReason.INVALIDATION, Condition.ALWAYS);
          written.remove(key(i).digest());
        }
      }
    } finally {
      evictions = left.size();
    }
    assertThat(evictions).isGreaterThan(100);
    assertThat(written).containsAllEntriesOf(left);
    try (DiskTier tier = setup().open()) {
      assertThat(tier.usage().entries()).isEqualTo(written.size() - evictions);
    }
  }

  @Test
  void aListenerHearsOfDamage() throws IOException {
    List<String> left = new ArrayList<>();
    TierListener listener =
        (tier, key, version, reason) -> left.add(key.digest() + " " + version + " " + reason);
    try (DiskTier tier = setup().listener(listener).open()) {
      long version = put(tier, key("k"), bytes(1, 10_000));
      flip(5_000);
      assertThat(get(tier, key("k"))).isNull();
      assertThat(left).containsExactly(key("k").digest() + " " + version + " CORRUPTION");
    }
  }
}
