package io.terrace.tier.disk;

import static io.terrace.tier.Entries.key;
import static io.terrace.tier.Entries.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opening takes time in proportion to the entries, and little of it. Counted in time of the
 * processor, so that a busy machine does not matter; with a million entries as
 *
 * <pre>{@code mvn -pl provider test -Dtest=ReopenTimeTest -Dterrace.entries=1000000}</pre>
 */
class ReopenTimeTest {
  private static final int ENTRIES = Integer.getInteger("terrace.entries", 160_000);
  private static final long NANOS_PER_ENTRY = 3_000;

  @TempDir Path directory;

  @Test
  void openingIsFastAndLinear() throws IOException {
    double few = nanosPerEntry(ENTRIES / 4);
    double many = nanosPerEntry(ENTRIES);
    System.out.printf(
        Locale.ROOT,
        "reopen: %.0f ns an entry at %d, %.0f at %d%n",
        few,
        ENTRIES / 4,
        many,
        ENTRIES);
    assertThat(many).isLessThan(NANOS_PER_ENTRY);
    assertThat(many).isLessThan(2.5 * few + 200);
  }

  private double nanosPerEntry(int entries) throws IOException {
    DiskSetup setup = DiskSetup.in(directory.resolve("n" + entries)).maxBytes(1L << 30);
    try (DiskTier tier = setup.open()) {
      byte[] body = new byte[16];
      for (int i = 0; i < entries; i++) {
        put(tier, key(i), body);
      }
    }
    assertThat(setup.folder().resolve(Snapshot.NAME)).exists();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      try (DiskTier tier = setup.open()) {
        best =
            Math.min(best, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
        assertThat(tier.usage().entries()).isEqualTo(entries);
      }
    }
    Files.delete(setup.folder().resolve(Snapshot.NAME));
    try (DiskTier tier = setup.open()) {
      assertThat(tier.usage().entries()).as("by reading the regions").isEqualTo(entries);
    }
    return (double) best / entries;
  }
}
