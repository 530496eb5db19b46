package io.terrace.tier.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class IndexTest {
  private record Hash(long high, long low) {}

  @Test
  void agreesWithAMap() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Index index = new Index();
      Map<Hash, IndexEntry> model = new HashMap<>();
      boolean clumped = seed % 2 == 0; // all in a few places of one segment
      for (int i = 0; i < 20_000; i++) {
        long low = clumped ? random.nextInt(300) % 97 << 24 : random.nextInt(500) * 0x9E3779B9L;
        Hash hash = new Hash(random.nextInt(4), low);
        IndexEntry entry =
            IndexEntry.of(Location.of(1 + i, 8L * i), i, 8 * i, 16L * (i % 5), random.nextInt(4));
        switch (random.nextInt(3)) {
          case 0 ->
              assertThat(index.put(hash.high, hash.low, entry)).isEqualTo(model.put(hash, entry));
          case 1 -> assertThat(index.remove(hash.high, hash.low)).isEqualTo(model.remove(hash));
          default -> assertThat(index.find(hash.high, hash.low)).isEqualTo(model.get(hash));
        }
        assertThat(index.size()).isEqualTo(model.size());
      }
      assertThat(index.liveBytes())
          .isEqualTo(model.values().stream().mapToLong(IndexEntry::liveBytes).sum());
      assertThat(contentOf(index)).isEqualTo(model);
    }
  }

  private static Map<Hash, IndexEntry> contentOf(Index index) {
    Map<Hash, IndexEntry> content = new HashMap<>();
    for (int segment = 0; segment < index.segments(); segment++) {
      long[] slots = index.copyOfSegment(segment);
      for (int at = 0; at < slots.length; at += IndexSegment.SLOT_LONGS) {
        content.put(
            new Hash(slots[at], slots[at + 1]),
            new IndexEntry(slots[at + 2], slots[at + 3], slots[at + 4]));
      }
    }
    return content;
  }

  @Test
  void anEntryKeepsItsFields() {
    IndexEntry entry = IndexEntry.of(5, 7, 1 << 30, 100L << 30, IndexEntry.LONG);
    assertThat(entry.recordBytes()).isEqualTo(1 << 30);
    assertThat(entry.liveBytes()).isEqualTo(101L << 30);
    assertThat(entry.isLong()).isTrue();
    assertThat(entry.wasRead()).isFalse();
    long location = Location.of(Location.MAX_REGION, Location.MAX_REGION_BYTES);
    assertThat(Location.region(location)).isEqualTo(Location.MAX_REGION);
    assertThat(Location.offset(location)).isEqualTo(Location.MAX_REGION_BYTES);
  }

  @Test
  void aReadIsNotedAtItsRecordAlone() {
    Index index = new Index();
    index.put(1, 2, IndexEntry.of(50, 7, 800, 0, 0));
    index.markRead(1, 2, 51);
    assertThat(index.find(1, 2).wasRead()).isFalse();
    index.markRead(1, 2, 50);
    assertThat(index.find(1, 2)).isEqualTo(IndexEntry.of(50, 7, 800, 0, IndexEntry.READ));
  }

  @Test
  void readersFindWhatIsThereWhileItGrowsAndShrinks() throws Exception {
    Index index = new Index();
    int fixed = 1000;
    for (int i = 0; i < fixed; i++) {
      index.put(hash(i), i, IndexEntry.of(Location.of(1, 8L * i), i + 1, 8, 0, 0));
    }
    AtomicReference<String> wrong = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              Random random = new Random(1);
              while (!Thread.interrupted()) {
                int i = random.nextInt(fixed);
                IndexEntry entry = index.find(hash(i), i);
                if (entry == null || entry.version() != i + 1) {
                  wrong.set("entry " + i + " is " + entry);
                }
              }
            });
    reader.start();
    for (int round = 0; round < 3; round++) {
      for (int i = fixed; i < 100_000; i++) {
        index.put(hash(i), i, IndexEntry.of(Location.of(2, 8L * i), i, 8, 0, 0));
      }
      for (int i = fixed; i < 100_000; i++) {
        index.remove(hash(i), i);
      }
    }
    reader.interrupt();
    reader.join();
    assertThat(wrong.get()).isNull();
    assertThat(index.size()).isEqualTo(fixed);
  }

  private static long hash(long i) {
    return i * 0x9E3779B97F4A7C15L;
  }

  @Test
  void aMillionEntriesTakeLessThanAHundredMegabytes() {
    long before = usedBytes();
    Index index = new Index();
    Random random = new Random(1);
    long worst = 0;
    for (int i = 1; i <= 1_000_000; i++) {
      index.put(
          random.nextLong(), random.nextLong(), IndexEntry.of(Location.of(1, 8L), i, 8, 0, 0));
      if (i % 250_000 == 0) {
        worst = Math.max(worst, (usedBytes() - before) / i);
      }
    }
    long used = usedBytes() - before;
    System.out.printf(
        "index: %d bytes an entry at 1,000,000, at most %d%n", used / 1_000_000, worst);
    assertThat(index.size()).isEqualTo(1_000_000);
    assertThat(used).isLessThan(100_000_000);
    assertThat(worst).isLessThan(85);
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
