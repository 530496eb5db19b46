package io.terrace;

import java.io.Serial;
import java.io.Serializable;
import java.time.Duration;

/**
 * How a cache of {@link StreamValue}s moves bytes. Immutable.
 *
 * @param chunkBytes the size of one buffer on the way between tiers, 64 KiB to 1 MiB
 * @param joinWrites whether a reader that finds nothing follows a write in progress
 * @param fillOnRange whether a range read makes the whole value be copied up in the background
 * @param laneTimeout how long reads and writes wait in all for a tier that is slower than they are,
 *     before it is left out; at least 1 ms
 */
public record StreamSettings(
    int chunkBytes, boolean joinWrites, boolean fillOnRange, Duration laneTimeout)
    implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  private static final String CHUNK_SIZE = "stream.chunk-size";
  private static final String LANE_TIMEOUT = "stream.lane-timeout";
  private static final int MIN_CHUNK_BYTES = 64 << 10;
  private static final int MAX_CHUNK_BYTES = 1 << 20;

  /** Chunks of 256 KiB, no joining, no filling, and a second of patience with a slow tier. */
  public static final StreamSettings DEFAULTS =
      new StreamSettings(256 << 10, false, false, Duration.ofSeconds(1));

  /**
   * @throws InvalidSettingException if a component is out of its range
   */
  public StreamSettings {
    checkedChunk(chunkBytes);
    Require.atLeastOneMilli(LANE_TIMEOUT, laneTimeout);
  }

  private static int checkedChunk(long bytes) {
    if (bytes < MIN_CHUNK_BYTES || bytes > MAX_CHUNK_BYTES) {
      throw new InvalidSettingException(
          CHUNK_SIZE, "must be from 64 KiB to 1 MiB, not " + bytes + " bytes");
    }
    return (int) bytes;
  }

  /** The same with buffers of another size, 64 KiB to 1 MiB. */
  public StreamSettings withChunkBytes(long bytes) {
    return new StreamSettings(checkedChunk(bytes), joinWrites, fillOnRange, laneTimeout);
  }

  /** The same, but a reader that finds nothing follows a write in progress. */
  public StreamSettings joiningWrites() {
    return new StreamSettings(chunkBytes, true, fillOnRange, laneTimeout);
  }

  /** The same, but a range read makes the whole value be copied up in the background. */
  public StreamSettings fillingOnRange() {
    return new StreamSettings(chunkBytes, joinWrites, true, laneTimeout);
  }

  /** The same with another patience, at least 1 ms. */
  public StreamSettings withLaneTimeout(Duration timeout) {
    return new StreamSettings(chunkBytes, joinWrites, fillOnRange, timeout);
  }
}
