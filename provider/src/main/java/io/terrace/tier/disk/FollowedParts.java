package io.terrace.tier.disk;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a write in progress that its followers read, in regions that are pinned until
 * {@link #release}. The reclaimer may move a chunk meanwhile: here it stays where it was first.
 * Thread safe.
 */
final class FollowedParts {
  /*
   * `this` guards everything. Acquired under the log's lock and under that of a PendingBody;
   * nothing is acquired under it.
   */
  private final Parts parts = new Parts();
  private long[] ends = new long[8];
  private Region[] pinned = new Region[4];
  private int pinnedCount;
  private boolean released;

  /** Takes the next chunk; called under the log's lock, so its region is there. */
  synchronized void add(Regions regions, long location, int recordBytes, int bodyBytes) {
    if (released || !pin(regions, Location.region(location))) {
      return;
    }
    int part = parts.count();
    if (part == ends.length) {
      ends = Arrays.copyOf(ends, part * 2);
    }
    ends[part] = (part == 0 ? 0 : ends[part - 1]) + bodyBytes;
    parts.add(location, recordBytes, bodyBytes);
  }

  private boolean pin(Regions regions, long sequence) {
    if (find(sequence) != null) {
      return true;
    }
    Region region = regions.pin(sequence);
    if (region == null) {
      return false;
    }
    if (pinnedCount == pinned.length) {
      pinned = Arrays.copyOf(pinned, pinnedCount * 2);
    }
    pinned[pinnedCount++] = region;
    return true;
  }

  private @Nullable Region find(long sequence) {
    for (int i = pinnedCount - 1; i >= 0; i--) { // the last is nearly always the one
      if (pinned[i].sequence() == sequence) {
        return pinned[i];
      }
    }
    return null;
  }

  /** The chunk that holds a byte of the body, or null if it was released. */
  synchronized PartReader.@Nullable Part at(long entryOffset) {
    int found = Arrays.binarySearch(ends, 0, parts.count(), entryOffset + 1);
    int part = found >= 0 ? found : -found - 1;
    if (part >= parts.count()) {
      return null;
    }
    Region region = find(Location.region(parts.location(part)));
    int bodyBytes = parts.bodyBytes(part);
    return region == null
        ? null
        : new PartReader.Part(
            region,
            parts.location(part),
            parts.recordBytes(part),
            bodyBytes,
            ends[part] - bodyBytes);
  }

  /** Lets the regions go; idempotent. */
  synchronized void release() {
    released = true;
    for (int i = 0; i < pinnedCount; i++) {
      pinned[i].unpin();
    }
    pinnedCount = 0;
  }
}
