package io.terrace;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the disk tier.
 *
 * @param directory the root below which each cache has a folder of its own
 * @param maxBytes the most bytes of a cache on disk, at least 1
 * @param maxEntryBytes the largest body that is admitted, from 1 to {@code maxBytes}
 * @param regionBytes the size of one region file, from 1 to {@code maxBytes}; an upper bound, as
 *     the tier makes smaller regions where {@code maxBytes} would be too few of this size
 * @param fsync when written bytes are forced to the device
 * @param fsyncInterval how often, for {@link Fsync#INTERVAL}; at least 1 ms
 */
public record DiskSettings(
    Path directory,
    long maxBytes,
    long maxEntryBytes,
    long regionBytes,
    Fsync fsync,
    Duration fsyncInterval)
    implements TierSettings {
  @Serial private static final long serialVersionUID = 1L;

  private static final String MAX_BYTES = "disk.max-bytes";
  private static final String MAX_ENTRY_SIZE = "disk.max-entry-size";
  private static final String REGION_SIZE = "disk.region-size";
  private static final String FSYNC_INTERVAL = "disk.fsync-interval";

  /** When written bytes are forced to the device. All three survive the end of the process. */
  public enum Fsync {
    /** When the operating system sees fit: a power cut may lose the latest writes. */
    NEVER,
    /** Every {@link DiskSettings#fsyncInterval}: a power cut loses at most the writes since. */
    INTERVAL,
    /** Before a write returns: a power cut loses none. */
    ALWAYS
  }

  /**
   * @throws InvalidSettingException if a component is out of its range
   */
  public DiskSettings {
    requireNonNull(directory, "directory");
    requireNonNull(fsync, "fsync");
    Require.atLeastOne(MAX_BYTES, maxBytes);
    Require.atLeastOne(MAX_ENTRY_SIZE, maxEntryBytes);
    Require.atMost(MAX_ENTRY_SIZE, maxEntryBytes, MAX_BYTES, maxBytes);
    Require.atLeastOne(REGION_SIZE, regionBytes);
    Require.atMost(REGION_SIZE, regionBytes, MAX_BYTES, maxBytes);
    Require.atLeastOneMilli(FSYNC_INTERVAL, fsyncInterval);
  }

  @Override
  public String tier() {
    return "disk";
  }

  /** A builder with the defaults: 10 GiB, entries and regions of at most 64 MiB, no fsync. */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  @Serial
  private Object writeReplace() {
    return new SerializedForm(
        directory.toString(), maxBytes, maxEntryBytes, regionBytes, fsync, fsyncInterval);
  }

  /** The settings with the directory as a string: a {@link Path} is not serializable. */
  private record SerializedForm(
      String directory,
      long maxBytes,
      long maxEntryBytes,
      long regionBytes,
      Fsync fsync,
      Duration fsyncInterval)
      implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    @Serial
    private Object readResolve() {
      return new DiskSettings(
          Path.of(directory), maxBytes, maxEntryBytes, regionBytes, fsync, fsyncInterval);
    }
  }

  /**
   * Builds {@link DiskSettings}; a method throws {@link InvalidSettingException} for a value out of
   * range. Not thread safe.
   */
  public static final class Builder {
    private static final long MIB = 1L << 20;

    private final Path directory;
    private long maxBytes = 10 * 1024 * MIB;
    private @Nullable Long maxEntryBytes;
    private @Nullable Long regionBytes;
    private Fsync fsync = Fsync.NEVER;
    private Duration fsyncInterval = Duration.ofSeconds(1);

    private Builder(Path directory) {
      this.directory = requireNonNull(directory, "directory");
    }

    /** The most bytes of the cache on disk, at least 1; 10 GiB if not said. */
    public Builder maxBytes(long bytes) {
      maxBytes = Require.atLeastOne(MAX_BYTES, bytes);
      return this;
    }

    /** The largest body that is admitted; 64 MiB if not said, or {@code maxBytes} if less. */
    public Builder maxEntryBytes(long bytes) {
      maxEntryBytes = Require.atLeastOne(MAX_ENTRY_SIZE, bytes);
      return this;
    }

    /** The largest size of one region; 64 MiB if not said, or {@code maxBytes} if less. */
    public Builder regionBytes(long bytes) {
      regionBytes = Require.atLeastOne(REGION_SIZE, bytes);
      return this;
    }

    /** When written bytes are forced to the device; never if not said. */
    public Builder fsync(Fsync mode) {
      fsync = requireNonNull(mode, "fsync");
      return this;
    }

    /** How often for {@link Fsync#INTERVAL}, at least 1 ms; every second if not said. */
    public Builder fsyncInterval(Duration interval) {
      fsyncInterval = Require.atLeastOneMilli(FSYNC_INTERVAL, interval);
      return this;
    }

    /**
     * @throws InvalidSettingException if an entry or a region is larger than the tier
     */
    public DiskSettings build() {
      long defaultBytes = Math.min(64 * MIB, maxBytes);
      return new DiskSettings(
          directory,
          maxBytes,
          maxEntryBytes == null ? defaultBytes : maxEntryBytes,
          regionBytes == null ? defaultBytes : regionBytes,
          fsync,
          fsyncInterval);
    }
  }
}
