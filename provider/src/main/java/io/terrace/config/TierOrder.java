package io.terrace.config;

import io.terrace.TierSettings;
import java.util.List;
import java.util.Set;

/**
 * Which tiers there are. The rules of their order are in {@link io.terrace.TerraceConfiguration}.
 */
final class TierOrder {
  static final Set<String> TIERS = ConfigurationParser.keys("heap", "disk", "redis", "aws");

  private TierOrder() {}

  static boolean hasShared(List<TierSettings> tiers) {
    for (TierSettings settings : tiers) {
      if (settings.isShared()) {
        return true;
      }
    }
    return false;
  }

  /** Whether settings can be found for all names; adds to the problems if not. */
  static boolean check(Section cache, List<String> names) {
    if (names.isEmpty()) {
      cache.problem("tiers", "must name at least one tier: " + String.join(", ", TIERS));
      return false;
    }
    for (String name : names) {
      if (!TIERS.contains(name)) {
        cache.problem("tiers", unknown(name));
      }
    }
    return TIERS.containsAll(names);
  }

  private static String unknown(String name) {
    String nearest = NearestName.of(name, TIERS);
    return "names '"
        + name
        + "', which is no tier: "
        + (nearest == null
            ? "known are " + String.join(", ", TIERS)
            : "did you mean '" + nearest + "'?");
  }
}
