package io.terrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TierSettingsTest {
  private static final Path DIRECTORY = Path.of("cache");
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void theDefaultsOfTheHeap() {
    assertThat(HeapSettings.builder().build()).isEqualTo(new HeapSettings(10_000, null, null));
  }

  @Test
  void theDefaultsOfTheDisk() {
    assertThat(DiskSettings.builder(DIRECTORY).build())
        .isEqualTo(
            new DiskSettings(
                DIRECTORY, 10L << 30, 64L << 20, 64L << 20, DiskSettings.Fsync.NEVER, SECOND));
  }

  @Test
  void theDefaultSizesOfEntriesAndRegionsGiveWayToASmallDisk() {
    DiskSettings small = DiskSettings.builder(DIRECTORY).maxBytes(1000).build();
    assertThat(small.maxEntryBytes()).isEqualTo(1000);
    assertThat(small.regionBytes()).isEqualTo(1000);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aSizeIsAtLeastOne(long size) {
    assertRefused("heap.max-entries", () -> new HeapSettings(size, null, null));
    assertRefused("heap.max-entries", () -> HeapSettings.builder().maxEntries(size));
    assertRefused("heap.max-bytes", () -> new HeapSettings(1, size, null));
    assertRefused("heap.max-bytes", () -> HeapSettings.builder().maxBytes(size));
    assertRefused("heap.max-entry-size", () -> new HeapSettings(1, null, null, size));
    assertRefused("heap.max-entry-size", () -> HeapSettings.builder().maxEntryBytes(size));
    assertRefused("disk.max-bytes", () -> disk(size, 1, 1, SECOND));
    assertRefused("disk.max-bytes", () -> DiskSettings.builder(DIRECTORY).maxBytes(size));
    assertRefused("disk.max-entry-size", () -> disk(9, size, 1, SECOND));
    assertRefused("disk.max-entry-size", () -> DiskSettings.builder(DIRECTORY).maxEntryBytes(size));
    assertRefused("disk.region-size", () -> disk(9, 1, size, SECOND));
    assertRefused("disk.region-size", () -> DiskSettings.builder(DIRECTORY).regionBytes(size));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999S", "PT2562047788015215H"})
  void aDurationIsCountedInMilliseconds(Duration duration) {
    assertRefused("heap.ttl", () -> new HeapSettings(1, null, duration));
    assertRefused("heap.ttl", () -> HeapSettings.builder().ttl(duration));
    assertRefused("disk.fsync-interval", () -> disk(9, 1, 1, duration));
    assertRefused(
        "disk.fsync-interval", () -> DiskSettings.builder(DIRECTORY).fsyncInterval(duration));
  }

  @Test
  void theLongestAndTheShortestDurationAreTaken() {
    Duration longest = Duration.ofMillis(Long.MAX_VALUE);
    assertThat(HeapSettings.builder().ttl(longest).build().ttl()).isEqualTo(longest);
    Duration shortest = Duration.ofMillis(1);
    assertThat(HeapSettings.builder().ttl(shortest).build().ttl()).isEqualTo(shortest);
  }

  @Test
  void anEntryIsNotLargerThanTheHeap() {
    assertThatThrownBy(() -> HeapSettings.builder().maxBytes(10).maxEntryBytes(11).build())
        .isInstanceOf(InvalidSettingException.class)
        .hasMessage(
            "heap.max-entry-size must be at most heap.max-bytes, which is 10 bytes, not 11");
    assertThat(HeapSettings.builder().maxBytes(10).maxEntryBytes(10).build().maxEntryBytes())
        .isEqualTo(10);
    assertThat(HeapSettings.builder().maxEntryBytes(Long.MAX_VALUE).build().maxBytes()).isNull();
  }

  @Test
  void anEntryOrARegionIsNotLargerThanTheDisk() {
    DiskSettings.Builder entry = DiskSettings.builder(DIRECTORY).maxBytes(9).maxEntryBytes(10);
    assertRefused("disk.max-entry-size", entry::build);
    DiskSettings.Builder region = DiskSettings.builder(DIRECTORY).maxBytes(9).regionBytes(10);
    assertRefused("disk.region-size", region::build);
    assertThat(disk(9, 9, 9, SECOND).regionBytes()).isEqualTo(9);
  }

  private static DiskSettings disk(long max, long entry, long region, Duration interval) {
    return new DiskSettings(DIRECTORY, max, entry, region, DiskSettings.Fsync.NEVER, interval);
  }

  private static void assertRefused(
      String setting, org.assertj.core.api.ThrowableAssert.ThrowingCallable making) {
    assertThatThrownBy(making)
        .isInstanceOfSatisfying(
            InvalidSettingException.class, e -> assertThat(e.setting()).isEqualTo(setting))
        .hasMessageStartingWith(setting + " must be ");
  }
}
