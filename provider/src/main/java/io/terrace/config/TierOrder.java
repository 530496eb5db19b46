package io.terrace.config;

import io.terrace.TierSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which tiers there are. The rules of their order are in {@link io.terrace.TerraceConfiguration}.
 */
final class TierOrder {
  /** Tiers whose names are taken. */
  static final Set<String> UNAVAILABLE = ConfigurationParser.keys("aws");

  static final Set<String> AVAILABLE = ConfigurationParser.keys("heap", "disk", "redis");

  private TierOrder() {}

  static String unavailable(String tier) {
    return "tier '" + tier + "' is not available in this version";
  }

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
      cache.problem("tiers", "must name at least one tier: " + String.join(", ", AVAILABLE));
      return false;
    }
    for (String name : names) {
      if (UNAVAILABLE.contains(name)) {
        cache.problem("tiers", "cannot name '" + name + "': " + unavailable(name));
      } else if (!AVAILABLE.contains(name)) {
        cache.problem("tiers", unknown(name));
      }
    }
    return AVAILABLE.containsAll(names);
  }

  private static String unknown(String name) {
    List<String> tiers = new ArrayList<>(AVAILABLE);
    tiers.addAll(UNAVAILABLE);
    String nearest = NearestName.of(name, tiers);
    return "names '"
        + name
        + "', which is no tier: "
        + (nearest == null
            ? "known are " + String.join(", ", AVAILABLE)
            : "did you mean '" + nearest + "'?");
  }
}
