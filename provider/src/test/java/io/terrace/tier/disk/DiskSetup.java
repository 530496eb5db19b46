package io.terrace.tier.disk;

import io.terrace.DiskSettings;
import io.terrace.tier.TierContext;
import io.terrace.tier.TierListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/** Opens disk tiers for tests. */
final class DiskSetup {
  static final String MANAGER_URI = "test:manager";
  static final String CACHE_NAME = "cache";

  private final Path directory;
  private InstantSource clock = InstantSource.system();
  private DiskFiles files = new ChannelFiles();
  private long maxBytes = 64L << 20;
  private long maxEntryBytes = 1L << 30;
  private long regionBytes = 64L << 20;
  private DiskSettings.Fsync fsync = DiskSettings.Fsync.NEVER;

  private TierListener listener = TierListener.NONE;

  private DiskSetup(Path directory) {
    this.directory = directory;
  }

  static DiskSetup in(Path directory) {
    return new DiskSetup(directory);
  }

  DiskSetup clock(InstantSource newClock) {
    clock = newClock;
    return this;
  }

  DiskSetup files(DiskFiles newFiles) {
    files = newFiles;
    return this;
  }

  DiskSetup listener(TierListener newListener) {
    listener = newListener;
    return this;
  }

  DiskSetup maxBytes(long newMaxBytes) {
    maxBytes = newMaxBytes;
    return this;
  }

  DiskSetup maxEntryBytes(long newMaxEntryBytes) {
    maxEntryBytes = newMaxEntryBytes;
    return this;
  }

  DiskSetup regionBytes(long newRegionBytes) {
    regionBytes = newRegionBytes;
    return this;
  }

  DiskSetup fsync(DiskSettings.Fsync newFsync) {
    fsync = newFsync;
    return this;
  }

  DiskSettings settings() {
    return new DiskSettings(
        directory,
        maxBytes,
        Math.min(maxEntryBytes, maxBytes),
        Math.min(regionBytes, maxBytes),
        fsync,
        Duration.ofMillis(20));
  }

  DiskTier open() throws IOException {
    return DiskTier.open(
        settings(), new TierContext(MANAGER_URI, CACHE_NAME, clock, listener), files);
  }

  /** The folder of the cache. */
  Path folder() {
    return CacheFolder.pathOf(directory.toAbsolutePath(), MANAGER_URI, CACHE_NAME);
  }
}
