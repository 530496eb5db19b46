package io.terrace.tier.disk;

import static io.terrace.tier.Entries.bytes;
import static io.terrace.tier.Entries.get;
import static io.terrace.tier.Entries.hit;
import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.terrace.DiskSettings.Fsync;
import io.terrace.PurgeReason;
import io.terrace.tier.Condition;
import io.terrace.tier.HeaderCursor;
import io.terrace.tier.Lookup;
import io.terrace.tier.ReadHandle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files: opening never fails, no wrong byte is served, no older version comes back from
 * behind the damage, and what is not concerned is still there.
 */
class I9DamageTest {
  @TempDir Path directory;

  /** Small regions, each on the device before the next but one begins. */
  private DiskSetup setup() {
    return DiskSetup.in(directory).maxBytes(1 << 20).fsync(Fsync.ALWAYS).files(new FaultyFiles());
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(directory);
  }

  /** Where a record lies in the files. */
  private record Place(Path file, int offset, RecordHeader header) {}

  /** The places of all records, in the order of the log. */
  private List<Place> places() throws IOException {
    List<Place> places = new ArrayList<>();
    for (Path file : regions()) {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      RegionHeader region = RegionHeader.decode(bytes);
      int at = Region.HEADER_BYTES;
      while (at < bytes.limit()) {
        int mask = RecordCodec.mask(region.cacheId(), region.region(), at);
        RecordHeader header = RecordCodec.decode(bytes, at, bytes.limit() - at, mask);
        places.add(new Place(file, at, header));
        at += header.recordBytes();
      }
    }
    return places;
  }

  private List<Path> regions() throws IOException {
    try (Stream<Path> files = Files.list(setup().folder())) {
      return files.filter(file -> Recovery.sequenceOf(file) > 0).sorted().toList();
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 4)).flip();
      channel.write(one, at);
    }
  }

  private void crash() throws IOException {
    Files.deleteIfExists(setup().folder().resolve(Snapshot.NAME));
  }

  @Test
  void i11_aDamagedBodyIsAMissAndCounted() throws IOException {
    for (boolean snapshot : new boolean[] {true, false}) {
      try (DiskTier tier = setup().open()) {
        tier.clear();
        put(tier, key("old"), bytes(1, 1000));
        put(tier, key("k"), bytes(2, 1000));
      }
      Place last = places().get(places().size() - 1);
      flip(last.file(), last.offset() + last.header().prefixBytes() + 500);
      if (!snapshot) {
        crash();
      }
      try (DiskTier tier = setup().open()) {
        assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Miss.class);
        assertThat(tier.lookup(key("k"))).isInstanceOf(Lookup.Miss.class);
        assertThat(tier.usage().corruptions()).isEqualTo(snapshot ? 1 : 0);
        assertThat(tier.usage().entries()).isEqualTo(1);
        assertThat(get(tier, key("old"))).isEqualTo(bytes(1, 1000));
      }
    }
  }

  @Test
  void i11_damageUnderARunningTierIsFound() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("a"), bytes(1, 1000));
      put(tier, key("b"), bytes(2, 1000));
      List<Place> places = places();
      for (int i = 0; i < places.size(); i++) {
        flip(places.get(i).file(), places.get(i).offset() + (i == 0 ? 20 : 300));
      }
      assertThat(tier.lookup(key("a"))).isInstanceOf(Lookup.Miss.class);
      try (HeaderCursor cursor = tier.scan()) {
        while (cursor.next() != null) {
          // b's header is intact, a is gone
        }
      }
      assertThat(tier.lookup(key("b"))).isInstanceOf(Lookup.Miss.class);
      assertThat(tier.usage().corruptions()).isEqualTo(2);
      put(tier, key("a"), bytes("again"));
      assertThat(get(tier, key("a"))).isEqualTo(bytes("again"));
    }
  }

  @Test
  void i11_aDamagedChunkEndsTheReaderAndPurgesTheEntry() throws IOException {
    byte[] body = bytes(1, 300_000);
    try (DiskTier tier = setup().open()) {
      put(tier, key("long"), body);
      Place chunk = places().get(5);
      flip(chunk.file(), chunk.offset() + 1000);
      try (ReadHandle read = hit(tier, key("long")).body()) {
        ByteBuffer got = ByteBuffer.allocate(body.length);
        assertThatIOException()
            .isThrownBy(
                () -> {
                  while (read.read(got) >= 0) {
                    // until the damage
                  }
                })
            .withMessageContaining(key("long").digest());
        assertThat(got.position()).isEqualTo((int) chunk.header().entryBytes());
        assertThat(Arrays.copyOf(got.array(), got.position()))
            .isEqualTo(Arrays.copyOf(body, got.position()));
      }
      assertThat(tier.lookup(key("long"))).isInstanceOf(Lookup.Miss.class);
      assertThat(tier.usage().corruptions()).isEqualTo(1);
    }
  }

  /** Every bit of a record matters: whichever is wrong, the record is not served. */
  @Test
  void i11_noDamagedByteOfARecordIsServed() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("k"), bytes(1, 37));
    }
    Place place = places().get(0);
    byte[] region = Files.readAllBytes(place.file());
    for (int at = place.offset(); at < region.length; at++) {
      flip(place.file(), at);
      try (DiskTier tier = setup().open()) {
        byte[] body = get(tier, key("k"));
        boolean padding = at >= place.offset() + place.header().prefixBytes() + 37;
        assertThat(body).as("byte %d", at).isEqualTo(padding ? bytes(1, 37) : null);
      }
      Copies.delete(setup().folder());
      try (DiskTier tier = setup().open()) {
        put(tier, key("k"), bytes(1, 37));
      }
      place = places().get(0);
    }
  }

  /** Fills forced regions; every key is written twice, far apart. */
  private void twoGenerations() throws IOException {
    try (DiskTier tier = setup().open()) {
      for (int generation = 1; generation <= 2; generation++) {
        for (int i = 0; i < 60; i++) {
          put(tier, key(i), bytes(generation * 1000L + i, 3000));
        }
      }
      for (int i = 0; i < 150; i++) {
        put(tier, key("filler"), bytes(i, 3000));
      }
    }
    crash();
  }

  private static byte[] second(int i) {
    return bytes(2000L + i, 3000);
  }

  private Place secondOf(int i) throws IOException {
    Place found = null;
    for (Place place : places()) {
      if (place.header().hasHashOf(key(i))) {
        found = place;
      }
    }
    return found;
  }

  @Test
  void i9_oneLostRecordOfAForcedRegionTakesItsKeyAndNothingElse() throws IOException {
    twoGenerations();
    flip(secondOf(30).file(), secondOf(30).offset() + 10);
    try (DiskTier tier = setup().open()) {
      for (int i = 0; i < 60; i++) {
        assertThat(get(tier, key(i))).as("key %d", i).isEqualTo(i == 30 ? null : second(i));
      }
    }
  }

  @Test
  void i9_aLostRemovalDoesNotBringTheEntryBack() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("k"), bytes("old"));
      put(tier, key("other"), bytes("other"));
      tier.purge(key("k"), PurgeReason.INVALIDATION, Condition.ALWAYS);
      for (int i = 0; i < 150; i++) {
        put(tier, key("filler"), bytes(i, 3000));
      }
    }
    crash();
    Place removal = places().get(2);
    assertThat(removal.header().type()).isEqualTo(RecordType.REMOVE);
    flip(removal.file(), removal.offset() + 30);
    try (DiskTier tier = setup().open()) {
      assertThat(get(tier, key("k"))).isNull();
      assertThat(get(tier, key("other"))).isEqualTo(bytes("other"));
    }
  }

  @Test
  void i9_severalLostRecordsTakeEverythingOlder() throws IOException {
    twoGenerations();
    for (Place lost : List.of(secondOf(30), secondOf(31))) {
      flip(lost.file(), lost.offset() + 10);
    }
    try (DiskTier tier = setup().open()) {
      for (int i = 0; i < 60; i++) {
        assertThat(get(tier, key(i))).as("key %d", i).isEqualTo(i <= 31 ? null : second(i));
      }
    }
  }

  @Test
  void i9_aMissingOrTruncatedRegionTakesEverythingOlder() throws IOException {
    for (boolean missing : new boolean[] {true, false}) {
      twoGenerations();
      Path region = secondOf(5).file();
      if (missing) {
        Files.delete(region);
      } else {
        Files.write(region, Arrays.copyOf(Files.readAllBytes(region), 20_000));
      }
      try (DiskTier tier = setup().open()) {
        int served = 0;
        for (int i = 0; i < 60; i++) {
          byte[] body = get(tier, key(i));
          if (body != null) {
            assertThat(body).as("key %d", i).isEqualTo(second(i));
            served++;
          }
        }
        assertThat(served).isBetween(1, 40);
        assertThat(get(tier, key("filler"))).isEqualTo(bytes(149, 3000));
      }
      Copies.delete(setup().folder());
    }
  }

  @Test
  void i9_aDamagedRegionHeaderCostsNoRecord() throws IOException {
    twoGenerations();
    flip(secondOf(30).file(), 40);
    try (DiskTier tier = setup().open()) {
      for (int i = 0; i < 60; i++) {
        assertThat(get(tier, key(i))).as("key %d", i).isEqualTo(second(i));
      }
    }
  }

  @Test
  void i9_damageInTheTailIsTheEndOfHistory() throws IOException {
    DiskSetup never = setup().fsync(Fsync.NEVER);
    try (DiskTier tier = never.open()) {
      for (int i = 0; i < 10; i++) {
        put(tier, key(i), bytes(i, 500));
      }
      put(tier, key(2), bytes(99, 500));
    }
    crash();
    Place fifth = places().get(5);
    flip(fifth.file(), fifth.offset() + fifth.header().prefixBytes());
    try (DiskTier tier = never.open()) {
      for (int i = 0; i < 10; i++) {
        assertThat(get(tier, key(i))).isEqualTo(i < 5 ? bytes(i, 500) : null);
      }
      put(tier, key(7), bytes("goes on"));
    }
    crash();
    try (DiskTier tier = never.open()) {
      assertThat(get(tier, key(7))).isEqualTo(bytes("goes on"));
      assertThat(tier.usage().entries()).isEqualTo(6);
    }
  }

  /** A cached copy of a region file must not come to life when the records around it are lost. */
  @Test
  void i11_recordsInsideABodyAreNoRecords() throws IOException {
    DiskSetup other = DiskSetup.in(directory.resolve("other")).maxBytes(1 << 20);
    byte[] region;
    try (DiskTier tier = other.open()) {
      put(tier, key("smuggled"), bytes("wrong"));
      region = Files.readAllBytes(RegionLog.pathOf(other.folder(), 1));
    }
    try (DiskTier tier = setup().open()) {
      put(tier, key("smuggled"), bytes("right"));
      byte[] aligned = new byte[region.length + 64];
      for (int shift = 0; shift < 64; shift += 8) {
        System.arraycopy(region, 0, aligned, shift, region.length);
        put(tier, key("copy" + shift), aligned.clone());
      }
      for (int i = 0; i < 150; i++) {
        put(tier, key("filler"), bytes(i, 3000));
      }
    }
    crash();
    for (Place place : places().subList(1, 9)) {
      flip(place.file(), place.offset() + 10);
    }
    try (DiskTier tier = setup().open()) {
      assertThat(get(tier, key("smuggled"))).isIn(bytes("right"), null);
    }
  }

  @Test
  void i9_randomDamageNeverFailsAnOpeningNorServesAWrongByte() throws IOException {
    twoGenerations();
    Path intact = directory.resolve("intact");
    Files.move(setup().folder(), intact);
    Random random = new Random(5);
    for (int round = 0; round < 120; round++) {
      Copies.copy(intact, setup().folder());
      List<Path> regions = regions();
      for (int i = random.nextInt(4); i >= 0; i--) {
        Path region = regions.get(random.nextInt(regions.size()));
        if (random.nextInt(3) == 0) {
          I9CrashSafetyTest.Damage.truncate(region, random);
        } else {
          I9CrashSafetyTest.Damage.flip(region, random, 1 + random.nextInt(30));
        }
      }
      for (int opening = 0; opening < 2; opening++) {
        try (DiskTier tier = setup().open()) {
          requireOneMoment(tier);
          put(tier, key("after"), bytes("x"));
        }
        crash();
      }
      Copies.delete(setup().folder());
    }
    Copies.delete(intact);
  }

  /** An older body is served only if history ended before the newer one was written. */
  private static void requireOneMoment(DiskTier tier) throws IOException {
    int lastNew = -1;
    int firstOld = Integer.MAX_VALUE;
    for (int i = 0; i < 60; i++) {
      byte[] body = get(tier, key(i));
      if (Arrays.equals(body, second(i))) {
        lastNew = i;
      } else if (body != null) {
        assertThat(body).isEqualTo(bytes(1000L + i, 3000));
        firstOld = Math.min(firstOld, i);
      }
    }
    assertThat(lastNew).isLessThan(firstOld);
  }

  @Test
  void readsAreBoundedWhateverTheLengthsSay() throws IOException {
    try (DiskTier tier = setup().open()) {
      put(tier, key("k"), new byte[100]);
    }
    Place place = places().get(0);
    byte[] bytes = Files.readAllBytes(place.file());
    for (int field : new int[] {56, 60, 64}) {
      for (int value : new int[] {Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 1 << 20}) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(place.offset() + field, value);
        ByteBuffer wrapped = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(RecordCodec.claimedPrefixBytes(wrapped, place.offset(), bytes.length - 64))
            .isEqualTo(-1);
      }
      bytes = Files.readAllBytes(place.file());
    }
  }
}
