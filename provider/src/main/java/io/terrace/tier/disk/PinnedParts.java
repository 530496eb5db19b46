package io.terrace.tier.disk;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The parts of a body with their regions pinned, from its opening until {@link #unpin}. */
final class PinnedParts {
  private final Parts parts;
  private final Region[] regions;

  private PinnedParts(Parts parts, Region[] regions) {
    this.parts = parts;
    this.regions = regions;
  }

  /** Pins every region that holds a part; null if one is gone. */
  static @Nullable PinnedParts pin(Regions log, Parts parts) {
    Region[] pinned = new Region[4];
    int count = 0;
    for (int part = 0; part < parts.count(); part++) {
      long sequence = Location.region(parts.location(part));
      if (indexOf(pinned, count, sequence) >= 0) {
        continue;
      }
      Region region = log.pin(sequence);
      if (region == null) {
        unpin(pinned, count);
        return null;
      }
      if (count == pinned.length) {
        pinned = Arrays.copyOf(pinned, count * 2);
      }
      pinned[count++] = region;
    }
    return new PinnedParts(parts, Arrays.copyOf(pinned, count));
  }

  private static int indexOf(Region[] regions, int count, long sequence) {
    for (int i = count - 1; i >= 0; i--) { // parts that follow one another share a region
      if (regions[i].sequence() == sequence) {
        return i;
      }
    }
    return -1;
  }

  Parts parts() {
    return parts;
  }

  Region region(int part) {
    return regions[indexOf(regions, regions.length, Location.region(parts.location(part)))];
  }

  void unpin() {
    unpin(regions, regions.length);
  }

  private static void unpin(Region[] regions, int count) {
    for (int i = 0; i < count; i++) {
      regions[i].unpin();
    }
  }
}
