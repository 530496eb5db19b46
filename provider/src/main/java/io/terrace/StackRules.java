package io.terrace;

import java.util.ArrayList;
import java.util.List;

/** What holds for the tiers of every stack, whether code or a file says them. */
final class StackRules {
  private StackRules() {}

  /**
   * There is a tier and no kind twice; the heap is on top; nothing local is below the lowest shared
   * tier, and redis not below aws.
   *
   * @throws InvalidSettingException if not; proposes the right order
   */
  static void checkOrder(List<TierSettings> tiers) {
    if (tiers.isEmpty()) {
      throw new InvalidSettingException("tiers", "must name at least one tier");
    }
    List<String> names = names(tiers);
    for (int i = 1; i < tiers.size(); i++) {
      if (names.indexOf(names.get(i)) < i) {
        throw new InvalidSettingException("tiers", "must name '" + names.get(i) + "' only once");
      }
    }
    if (names.contains("aws") && names.indexOf("redis") > names.indexOf("aws")) {
      throw new InvalidSettingException(
          "tiers", "has 'redis' below 'aws': what is durable is the lowest, put aws last");
    }
    List<String> right = names(inOrder(tiers));
    if (names.equals(right)) {
      return;
    }
    throw new InvalidSettingException(
        "tiers",
        names.indexOf("heap") > 0
            ? "must have 'heap' on top, as it is the nearest: " + right
            : "has a local tier below the lowest shared one: use " + right);
  }

  /**
   * The same tiers: the heap on top, and what stands below the lowest shared one right above it.
   */
  private static List<TierSettings> inOrder(List<TierSettings> tiers) {
    List<TierSettings> right = new ArrayList<>();
    TierSettings lowestShared = null;
    for (TierSettings settings : tiers) {
      if (settings instanceof HeapSettings) {
        right.add(0, settings);
      } else {
        right.add(settings);
      }
      lowestShared = settings.isShared() ? settings : lowestShared;
    }
    if (lowestShared != null) {
      right.remove(lowestShared);
      right.add(lowestShared);
    }
    return right;
  }

  /**
   * Each rule names two tiers of the stack, and goes up.
   *
   * @throws InvalidSettingException if not
   */
  static void checkPromotion(PromotionPolicy promotion, List<TierSettings> tiers) {
    if (promotion.rules().isEmpty()) {
      return;
    }
    List<String> names = names(tiers);
    for (PromotionPolicy.Pair pair : promotion.rules().keySet()) {
      checkIsUpwards(pair, names);
    }
  }

  private static void checkIsUpwards(PromotionPolicy.Pair pair, List<String> names) {
    String setting = "promote.from-" + pair.from() + ".to-" + pair.to();
    for (String name : List.of(pair.from(), pair.to())) {
      if (!names.contains(name)) {
        throw new InvalidSettingException(
            setting, "names '" + name + "', which is not among the tiers " + names);
      }
    }
    if (names.indexOf(pair.to()) >= names.indexOf(pair.from())) {
      throw new InvalidSettingException(
          setting, "does not go up: '" + pair.to() + "' is not above '" + pair.from() + "'");
    }
  }

  /**
   * What is said of coherence is said of a stack that has a shared tier.
   *
   * @throws InvalidSettingException if not
   */
  static void checkCoherence(CoherenceSettings coherence, List<TierSettings> tiers) {
    if (!coherence.equals(CoherenceSettings.DEFAULTS)
        && tiers.stream().noneMatch(TierSettings::isShared)) {
      throw new InvalidSettingException(
          "coherence", "is for stacks with a shared tier, redis or aws, not for " + names(tiers));
    }
  }

  private static List<String> names(List<TierSettings> tiers) {
    List<String> names = new ArrayList<>();
    for (TierSettings settings : tiers) {
      names.add(settings.tier());
    }
    return names;
  }
}
