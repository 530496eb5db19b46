package io.terrace.tier.disk;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The regions of a log in their order. Readers see one immutable array; writers hold the log's
 * lock.
 */
final class Regions {
  private volatile Region[] all = new Region[0];

  /** The region with this number, or null. */
  @Nullable Region find(long sequence) {
    Region[] regions = all;
    int count = regions.length;
    if (count == 0) {
      return null;
    }
    // Numbers are contiguous unless somebody deleted a file, so the first guess is nearly always
    // right.
    long guess = sequence - regions[0].sequence();
    if (guess >= 0 && guess < count && regions[(int) guess].sequence() == sequence) {
      return regions[(int) guess];
    }
    for (Region region : regions) {
      if (region.sequence() == sequence) {
        return region;
      }
    }
    return null;
  }

  /** The region with this number, pinned; null if there is none any more. */
  @Nullable Region pin(long sequence) {
    Region region = find(sequence);
    return region != null && region.pin() ? region : null;
  }

  /** All regions of this moment, oldest first; not to be changed. */
  Region[] all() {
    return all;
  }

  void add(Region region) {
    Region[] more = Arrays.copyOf(all, all.length + 1);
    more[more.length - 1] = region;
    all = more;
  }

  void remove(Region region) {
    Region[] current = all;
    Region[] fewer = new Region[current.length - 1];
    int to = 0;
    for (Region each : current) {
      if (each != region) {
        fewer[to++] = each;
      }
    }
    all = fewer;
  }
}
