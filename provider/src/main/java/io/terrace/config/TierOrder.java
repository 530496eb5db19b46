package io.terrace.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which tiers there are, and the rules of their order that concern shared ones. The rest of the
 * rules is in {@link io.terrace.TerraceConfiguration}.
 */
final class TierOrder {
  /** Tiers whose names are taken; they are the shared ones. */
  static final Set<String> UNAVAILABLE = ConfigurationParser.keys("redis", "aws");

  static final Set<String> AVAILABLE = ConfigurationParser.keys("heap", "disk");

  private TierOrder() {}

  static String unavailable(String tier) {
    return "tier '" + tier + "' is not available in this version";
  }

  /** Whether settings can be found for all names; adds to the problems if not. */
  static boolean check(Section cache, List<String> names) {
    if (names.isEmpty()) {
      cache.problem("tiers", "must name at least one tier: " + String.join(", ", AVAILABLE));
      return false;
    }
    boolean allKnown = true;
    for (String name : names) {
      if (UNAVAILABLE.contains(name)) {
        cache.problem("tiers", "cannot name '" + name + "': " + unavailable(name));
      } else if (!AVAILABLE.contains(name)) {
        cache.problem("tiers", unknown(name));
        allKnown = false;
      }
    }
    List<String> right = localAboveShared(names);
    if (allKnown && !right.equals(names)) {
      cache.problem("tiers", "has a local tier below the lowest shared one: use " + right);
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

  /** The same tiers, with those that stand below the lowest shared one moved right above it. */
  private static List<String> localAboveShared(List<String> names) {
    int lowestShared = names.size() - 1;
    while (lowestShared >= 0 && !UNAVAILABLE.contains(names.get(lowestShared))) {
      lowestShared--;
    }
    if (lowestShared < 0) {
      return names;
    }
    List<String> right = new ArrayList<>(names.subList(0, lowestShared));
    for (String below : names.subList(lowestShared + 1, names.size())) {
      right.add(below.equals("heap") ? 0 : right.size(), below);
    }
    right.add(names.get(lowestShared));
    return right;
  }
}
